"""The miners' vesting amounts of a deployed PoZK network, out of the call data of the transactions that set them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from indexer.adapters.nodes.pool import NodePool
from indexer.ports.chain import Node
from indexer.rules.consensus.keccak import keccak256
from indexer.words.blocks import BlockRange, block_range
from indexer.words.errors import InputError
from indexer.words.faults import MissingFault, UnreachableFault
from indexer.words.quantities import AMOUNT_LIMIT, Address, BlockNumber, parse_address, parse_quantity, to_hex
from settlement.adapters.shadow.vesting_state import read_amounts
from settlement.rules.shadow.vesting import VestingAmount, amount_after

_TYPES = ("address[]", "uint256[]", "uint256[]")
_SELECTOR = "0x" + keccak256(f"setMinerAmount({','.join(_TYPES)})".encode())[:4].hex()
_BLOCKS_AT_ONCE = 50
_MOST_SECONDS = 2**63


def scan_calls(
    pool: NodePool, contract: Address, first: BlockNumber, reads: Sequence[tuple[Address, int]], last: BlockNumber
) -> list[VestingAmount]:
    """Return what transactions to `contract` set in the blocks from `first` to `last`, all of which are asked for.

    `reads` are the (miner, block) where the contracts read an amount. InputError where call data alone do not tell it.
    """
    found: list[VestingAmount] = []
    for part in block_range(first, last).chunks(_BLOCKS_AT_ONCE):
        found += pool.attempt(partial(_of_blocks, contract=contract, blocks=part))
    return _verified(pool, contract, found, reads, last)


def fetch_calls(
    pool: NodePool, contract: Address, hashes: Sequence[str], reads: Sequence[tuple[Address, int]], last: BlockNumber
) -> list[VestingAmount]:
    """Return what the transactions of these hashes set; InputError where they are not all that did, by the state."""
    found = pool.attempt(lambda node: list(_of_hashes(node, contract, hashes)))
    return _verified(pool, contract, [row for row in found if row.block <= last], reads, last)


def _of_blocks(node: Node, contract: Address, blocks: BlockRange) -> list[VestingAmount]:
    asked: list[list[object]] = [[hex(each.from_block), True] for each in blocks.chunks(1)]
    answers = node.request_many("eth_getBlockByNumber", asked)
    calls = [call for block in answers for call in _members(node, block, "transactions")]
    return list(_amounts(node, [call for call in calls if _is_ours(call, contract)]))


def _of_hashes(node: Node, contract: Address, hashes: Sequence[str]) -> Iterator[VestingAmount]:
    calls = node.request_many("eth_getTransactionByHash", [[each] for each in hashes])
    for name, call in zip(hashes, calls, strict=True):
        if call is None:
            raise MissingFault("node does not have a transaction", expected=name, got="none", where=node.name)
        if not _is_ours(call, contract):
            raise InputError(
                "a transaction sets no vesting amount",
                expected=f"setMinerAmount of {to_hex(contract)}",
                got="another call",
                where=name,
            )
    yield from _amounts(node, calls)


def _members(node: Node, block: object, name: str) -> list[Any]:
    found = block.get(name) if isinstance(block, Mapping) else None
    if not isinstance(found, list):
        raise UnreachableFault("node answered a malformed block", got=str(block)[:80], where=node.name)
    return found


def _is_ours(call: object, contract: Address) -> bool:
    if not isinstance(call, Mapping):
        return False
    data = call.get("input", call.get("data"))
    return str(call.get("to")).lower() == to_hex(contract) and str(data).lower().startswith(_SELECTOR)


def _amounts(node: Node, calls: Sequence[Any]) -> Iterator[VestingAmount]:
    """Yield what the calls that succeeded set, in the order of the chain."""
    try:
        placed = sorted(
            ((parse_quantity(call["blockNumber"]), parse_quantity(call["transactionIndex"]), call) for call in calls),
            key=lambda each: each[:2],
        )
        receipts = node.request_many("eth_getTransactionReceipt", [[call["hash"]] for _, _, call in placed])
        for (block, _, call), receipt in zip(placed, receipts, strict=True):
            if isinstance(receipt, Mapping) and parse_quantity(receipt["status"]):
                data = bytes.fromhex(call.get("input", call.get("data"))[10:])
                for miner, amount, end in zip(*decode(_TYPES, data), strict=True):
                    yield VestingAmount(block, parse_address(miner), amount, min(end, _MOST_SECONDS))
    except (KeyError, TypeError, ValueError, AttributeError, DecodingError) as error:
        raise UnreachableFault(
            "node answered a malformed transaction", got=repr(error)[:80], where=node.name
        ) from error


def _verified(
    pool: NodePool,
    contract: Address,
    found: Sequence[VestingAmount],
    reads: Sequence[tuple[Address, int]],
    last: BlockNumber,
) -> list[VestingAmount]:
    """Return the amounts in order, the last of a block each; InputError where they cannot be all that counts."""
    newest = {(row.block, row.account): row for row in found}
    clash = next((read for read in reads if read[::-1] in newest), None)
    if clash is not None:
        raise _untold("was set in the very block of its first labor", clash[0], clash[1])
    rows = sorted(newest.values(), key=lambda row: (row.block, row.account))
    miners = sorted({account for account, _ in reads})
    stated, now = pool.attempt(lambda node: read_amounts(node, contract, miners, last))
    for account, amount in zip(miners, stated, strict=True):
        if amount_after(rows, account, now) != amount:
            raise _untold(f"is {amount} by the contract and {amount_after(rows, account, now)} by calls", account, last)
    above = next((row for row in rows if row.amount > AMOUNT_LIMIT), None)
    if above is not None:
        raise _untold("is above 10^38 - 1", above.account, above.block)
    return rows


def _untold(why: str, account: Address, block: int) -> InputError:
    return InputError(
        "call data do not tell a vesting amount",
        expected="amounts that transactions to the contract alone set",
        got=f"the amount {why}",
        where=f"miner {to_hex(account)}, block {block}",
        remedy="use --vesting state with an archive node, or state the amounts with --vesting FILE",
    )
