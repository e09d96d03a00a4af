"""What is checked before the first block: the chain, the settings, and that nothing of ours lies before the start."""

from __future__ import annotations

from contextlib import suppress

from indexer.flows.identity import IngestSettings, load_identity, verify_identity
from indexer.flows.piece import fetch_page, split_range
from indexer.ports.chain import Chain, Node
from indexer.ports.lake import LakeStore
from indexer.rules.logs import LogColumns, concat_logs
from indexer.rules.verify import ContractSpan, LogFilter
from indexer.words.blocks import BlockRange, next_block
from indexer.words.errors import InputError
from indexer.words.faults import NodeFault, RangeFault
from indexer.words.quantities import BlockNumber


def check_start(chain: Chain, lake: LakeStore, settings: IngestSettings) -> bool:
    """Check chain id and identity; return whether the lake is new. InputError for whatever does not fit."""
    if settings.quorum is not None and settings.quorum > len(chain.nodes):
        got = f"{len(chain.nodes)} in chain.rpc"
        raise InputError(
            "too few nodes for the quorum", expected=f"{settings.quorum} nodes", got=got, remedy="add some"
        )
    verify_chain_id(chain, settings.chain_id)
    stored = load_identity(lake)
    verify_identity(stored, settings)
    if not stored and settings.start_block > 0:
        chain.attempt(lambda node: verify_start_block(node, settings))
    return not stored


def verify_chain_id(chain: Chain, expected: int) -> None:
    """Check the chain id of every node that answers; at least one must."""
    first = chain.attempt(lambda node: _verify_chain_id(node, expected))
    for node in chain.nodes:
        if node.name != first:
            with suppress(NodeFault):  # it may come up later; its headers will not link if it is of another chain
                _verify_chain_id(node, expected)


def _verify_chain_id(node: Node, expected: int) -> str:
    found = node.fetch_chain_id()
    if found != expected:
        raise InputError(
            "node is of another chain",
            expected=f"chain_id {expected}",
            got=str(found),
            where=node.name,
            remedy="correct chain.chain_id or chain.rpc",
        )
    return node.name


def verify_start_block(node: Node, settings: IngestSettings) -> None:
    """Check that no log of ours lies below `start_block`.

    A contract without code at the block before cannot have logged there: one call. For a contract that was
    there, or where the node has pruned that state, the node is asked for its logs before the start, from its
    creation on as far as the node knows it.
    """
    before = BlockNumber(settings.start_block - 1)
    for spans in settings.contracts.values():
        for span in spans:
            if span.from_block < settings.start_block and _may_have_logged(node, span, before):
                _refuse_earlier_logs(node, span, before, settings)


def _may_have_logged(node: Node, span: ContractSpan, before: BlockNumber) -> bool:
    try:
        return node.has_code(span.address, before)
    except NodeFault:  # no state of that block: its logs have to tell
        return True


def _refuse_earlier_logs(node: Node, span: ContractSpan, before: BlockNumber, settings: IngestSettings) -> None:
    first = _creation_block(node, span, before)
    ours = LogFilter((span,), settings.counted_filter().topics)
    for blocks in BlockRange(first, before).chunks(settings.max_range):
        logs = _logs_of(node, blocks, ours)
        if len(logs):
            raise InputError(
                "start_block is above our first log",
                expected=f"at most {int(logs.block_number.min())}",
                got=str(settings.start_block),
                where="chain.start_block",
                remedy="lower it",
            )


def _creation_block(node: Node, span: ContractSpan, before: BlockNumber) -> BlockNumber:
    """Return the first block at whose end the contract has code, by halving; `from_block` without old state."""
    low, high = span.from_block, before
    while low < high:
        middle = BlockNumber((low + high) // 2)
        try:
            exists = node.has_code(span.address, middle)
        except NodeFault:
            return span.from_block
        if exists:
            high = middle
        else:
            low = next_block(middle)
    return low


def _logs_of(node: Node, blocks: BlockRange, ours: LogFilter) -> LogColumns:
    try:
        return fetch_page(node, blocks, ours)
    except RangeFault as fault:
        if len(blocks) == 1:
            raise
        parts = split_range(blocks, fault.max_blocks)
        return concat_logs([_logs_of(node, part, ours) for part in parts])
