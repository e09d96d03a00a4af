"""Whether logs of ours lie before the block from which on a contract is read: they would be missing."""

from __future__ import annotations

from indexer.flows.ranges.piece import split_range
from indexer.ports.chain import Node
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange
from indexer.words.errors import InputError
from indexer.words.faults import NodeFault, RangeFault
from indexer.words.quantities import BlockNumber, to_hex

_MOST_QUESTIONS = 60


def verify_none_earlier(node: Node, settings: IngestSettings) -> str:
    """Return in words what was looked at; InputError naming the key if a log lies before a contract's first block.

    A contract that took another's place is read from its `from_block` on by intention: only the first of each is
    looked at. A NodeFault where the node is down.
    """
    begun = {contract: spans[0].from_block for contract, spans in settings.contracts.items()}
    starts = {contract: max(settings.start_block, begin) for contract, begin in begun.items()}
    looked, asked = "", 0
    for contract in sorted(contract for contract, start in starts.items() if start):
        key = "chain.start_block" if starts[contract] == settings.start_block else f"contracts.{contract}"
        blocks = BlockRange(BlockNumber(0), BlockNumber(starts[contract] - 1))
        first, asked = _first_log(node, settings, contract, blocks, asked)
        if first is not None:
            raise InputError(
                f"{key} is above the first log of {contract}",
                expected=f"at most {first}",
                got=str(starts[contract]),
                where=to_hex(settings.contracts[contract][0].address),
                remedy=f"lower {key}" + ("; chain.vouch_start answers for what is false" * settings.vouch_start),
            )
        looked = "no log of ours lies before the blocks from which on contracts are read"
    if asked > _MOST_QUESTIONS:
        return "whether logs of ours lie below the start was not looked at: the node answers few blocks at a time"
    return looked or "every block is read"


def _first_log(
    node: Node, settings: IngestSettings, contract: str, blocks: BlockRange, asked: int
) -> tuple[int | None, int]:
    """Return the first block with a log of a contract at its first address, and how many questions were asked."""
    address = settings.contracts[contract][0].address
    topics = [event.topic0 for event in settings.protocol.counted if contract in event.emitters]
    parts = [blocks] if topics else []  # no topic is any topic
    while parts and asked <= _MOST_QUESTIONS:
        part, asked = parts.pop(0), asked + 1
        try:
            logs = node.fetch_logs(part, [address], topics)
        except RangeFault as fault:
            if len(part) == 1:
                raise NodeFault(fault.what, got=fault.got, where=fault.where, remedy=fault.remedy) from fault
            parts = [*split_range(part, fault.max_blocks), *parts]
            continue
        if len(logs):
            return int(logs.block_number.min()), asked
    return None, asked
