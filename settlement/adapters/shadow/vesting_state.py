"""The miners' vesting amounts of a deployed PoZK network, read from the state of an archive node."""

from collections.abc import Sequence

from indexer.adapters.nodes.pool import NodePool
from indexer.ports.chain import Node
from indexer.words.errors import InputError
from indexer.words.quantities import AMOUNT_LIMIT, Address, BlockNumber, to_hex
from settlement.adapters.chain.chain_state import StateAt
from settlement.rules.contracts.call_data import encode_call
from settlement.rules.shadow.vesting import VestingAmount


def read_amounts(node: Node, contract: Address, miners: Sequence[Address], block: BlockNumber) -> tuple[list[int], int]:
    """Return what `contract` says of the miners after a block, and that block's time in seconds since 1970."""
    state = StateAt(node, block)
    answers = state.call_many(contract, [_view_of(miner) for miner in miners])
    return [int.from_bytes(answer, "big") for answer in answers], state.number_of(state.header().get("timestamp"))


def fetch_vesting(pool: NodePool, contract: Address, reads: Sequence[tuple[Address, int]]) -> list[VestingAmount]:
    """Return what `contract` said of each (miner, block) in the block before; its view leaves out what has ended.

    InputError where it says otherwise in the block itself: which of the two the labor saw, no state tells.
    """
    return [] if not reads else pool.attempt(lambda node: _fetch(node, contract, reads))


def _fetch(node: Node, contract: Address, reads: Sequence[tuple[Address, int]]) -> list[VestingAmount]:
    state = StateAt(node, BlockNumber(0))
    calls = [
        [{"to": to_hex(contract), "data": to_hex(_view_of(account))}, hex(block - before)]
        for account, block in reads
        for before in (1, 0)
    ]
    words = [int.from_bytes(state.bytes_of(answer), "big") for answer in node.request_many("eth_call", calls)]
    found = []
    for (account, block), before, after in zip(reads, words[::2], words[1::2], strict=True):
        if before != after or before > AMOUNT_LIMIT:
            raise InputError(
                "the state does not tell a vesting amount",
                expected="one amount before and after the block of a miner's first labor",
                got=f"{before} and {after}",
                where=f"miner {to_hex(account)}, block {block}",
                remedy="state the amounts with --vesting FILE",
            )
        found.append(VestingAmount(block - 1, account, before, 0))
    return found


def _view_of(miner: Address) -> bytes:
    return encode_call("miner", ("address",), (miner,))
