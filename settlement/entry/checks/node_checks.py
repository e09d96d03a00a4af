"""The checks of the nodes and of the chain that they serve."""

import time
from functools import partial
from itertools import pairwise

from indexer.flows.head.head import fetch_agreed_head
from indexer.flows.start.early_logs import verify_none_earlier
from indexer.flows.start.estimate import estimate
from indexer.flows.start.provable import find_level
from indexer.flows.start.start import verify_enough_nodes
from indexer.ports.chain import Node
from indexer.rules.proof.checkpoints import format_checkpoint, verify_checkpoints, verify_reached
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.errors import InputError, RetryLaterError, UnsoundError, printable
from indexer.words.faults import NodeFault
from indexer.words.finality import FINALIZED, Finality
from indexer.words.levels import BLOOM, RECEIPTS
from indexer.words.quantities import BlockNumber
from settlement.adapters.chain.chain_state import StateAt
from settlement.entry.checks.beliefs import beliefs
from settlement.entry.checks.inspection import Doubt, Inspection, Said
from settlement.entry.configuration.assembly import open_nodes

MAX_HEAD_AGE_SECONDS = 600
MEGABYTE = 1e6


def check_node(look: Inspection, node: Node) -> Said:
    """Say what one node is and how far it is."""
    version = printable(str(node.request("web3_clientVersion", [])))[:100]
    head = node.fetch_head(Finality(0)).ref.number
    if not look.settings.chain.finality.is_by_tag:
        return f"{version}, head {head}"
    return f"{version}, head {head}, finalized {node.fetch_head(FINALIZED).ref.number}"


def check_chain(look: Inspection) -> Said:
    """Say which chain the nodes serve, and how transactions are priced there."""
    nodes, configured = look.chain.pool.nodes, look.settings.chain.chain_id
    verify_enough_nodes(look.wanted, len(nodes))
    found = {name: chain_id for name, chain_id in map(_chain_id, nodes) if chain_id is not None}
    if not found:
        raise RetryLaterError("no node tells its chain id", where=", ".join(node.name for node in nodes))
    others = sorted(name for name, chain_id in found.items() if chain_id != configured)
    if others:
        if len(others) == len(found):
            look.wrong_keys.add("chain_id")
        raise InputError(
            "nodes are of another chain" if len(others) > 1 else "node is of another chain",
            expected=f"chain_id {configured}",
            got=" and ".join(sorted({str(found[name]) for name in others})),
            where=", ".join(others),
            remedy="correct chain.chain_id or chain.rpc",
        )
    if look.chain.state.at_newest(_has_base_fee):
        return f"chain {configured}, {len(found)} of {len(nodes)} nodes on it"
    return f"chain {configured}, without a base fee: transactions are priced by eth_gasPrice"


def _chain_id(node: Node) -> tuple[str, int | None]:
    try:
        return node.name, node.fetch_chain_id()
    except NodeFault:
        return node.name, None


def _has_base_fee(state: StateAt) -> bool:
    return state.header().get("baseFeePerGas") is not None


def check_proof(look: Inspection) -> Said:
    """Say which level of proof the chain allows; chain.verify must not ask for more."""
    wanted = look.wanted
    found = look.chain.pool.attempt(lambda node: find_level(node, wanted), rounds=1)
    allowed = f"{found.said}: chain.verify may be {' or '.join(level.word for level in found.levels)}"
    if found.allows(wanted.level):
        return allowed
    if found.obstacle is not None and (found.obstacle.exit_code == InputError.exit_code or wanted.level == BLOOM):
        raise found.obstacle
    return Doubt(allowed)  # whether receipts are served where they are needed is another check's word


def check_finality(look: Inspection) -> Said:
    """Say what enough nodes call final, as a line for the configuration, and what is believed without a check."""
    wanted, pool = look.wanted, look.chain.pool
    agreement = fetch_agreed_head(pool, wanted)
    verify_reached(wanted.checkpoints, agreement.head)
    for checkpoint in wanted.checkpoints:
        alone = BlockRange(checkpoint.number, checkpoint.number)
        pool.attempt(partial(_verify_checkpoint, blocks=alone, checkpoint=checkpoint), rounds=1)
    agreed = f"{wanted.agreement(len(pool.nodes))} of {len(pool.nodes)} nodes agree on block {agreement.head.number}"
    paste = f'to paste below [chain]: checkpoints = ["{format_checkpoint(agreement.head)}"]'
    return "; ".join([agreed, paste, *beliefs(look.settings), *filter(None, [agreement.lag])])


def _verify_checkpoint(node: Node, blocks: BlockRange, checkpoint: BlockRef) -> None:
    verify_checkpoints(node.fetch_headers(blocks), [checkpoint], node.name)


def check_start(look: Inspection) -> Said:
    """Say whether logs of ours lie before the blocks from which on contracts are read."""
    wanted, pool = look.wanted, look.chain.pool
    head = pool.attempt(lambda node: node.fetch_head(wanted.finality), rounds=1).ref.number
    late = {f"contracts.{key}": spans[0].from_block for key, spans in wanted.contracts.items()}
    for key, block in {"chain.start_block": wanted.start_block, **late}.items():
        if block > head:
            raise InputError(
                f"{key} begins behind the end of the chain",
                expected=f"at most the final block {head}",
                got=str(block),
                remedy="lower it",
            )
    try:
        return pool.attempt(lambda node: verify_none_earlier(node, wanted), rounds=1)
    except InputError:
        look.wrong_keys |= {"start_block", *wanted.contracts} if wanted.start_block else set(wanted.contracts)
        raise
    except NodeFault as fault:  # logs so old may be gone from this node; whether it matters index finds out
        return Doubt(f"whether logs of ours lie before the blocks that are read could not be looked at: {fault.line()}")


def check_ingestion(look: Inspection) -> Said:
    """Estimate what a first ingestion costs, by the first node that answers."""
    wanted, chain = look.wanted, look.settings.chain
    pool = open_nodes(look.settings)
    found, node = pool.attempt(lambda node: (estimate(node, wanted, time.monotonic), node.name), rounds=1)
    if not found.serves_receipts and chain.level == RECEIPTS:
        raise InputError(
            "the node serves no receipts at chain.start_block",
            expected="receipts of old blocks",
            got="none",
            where=f"{node} block {chain.start_block}",
            remedy="use an archive node or `pozk index --import BUNDLE`",
        )
    served = "served" if found.serves_receipts else "NOT served (pruned)"
    return (
        f"{found.blocks:,} blocks from start_block to finalized: about {found.requests:,} requests, "
        f"{found.bytes / MEGABYTE:,.1f} MB, {found.seconds:,.1f} s from an empty lake; "
        f"receipts of block {chain.start_block} are {served}"
    )


def check_clock(look: Inspection) -> Said:
    """Say how old the newest block is by this machine's clock."""

    def newest(node: Node) -> list[int]:
        head = node.fetch_head(Finality(0)).ref.number
        headers = node.fetch_headers(BlockRange(BlockNumber(max(0, head - 3)), head))
        return [int(timestamp) for timestamp in headers.timestamp]

    times = look.chain.pool.attempt(newest, rounds=1)
    if any(later < earlier for earlier, later in pairwise(times)):
        raise UnsoundError("block timestamps fall", got=str(times))
    age = int(time.time()) - times[-1]
    if age < -MAX_HEAD_AGE_SECONDS:
        raise UnsoundError(
            "the newest block is in the future", got=f"{-age} s ahead", remedy="correct this machine's clock"
        )
    return f"newest block {age} s old" + (" (a test chain, or a node that lags)" if age > MAX_HEAD_AGE_SECONDS else "")
