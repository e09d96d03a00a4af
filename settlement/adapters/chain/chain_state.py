"""The newest state of a chain, read through the same nodes as everything else, and never older than what was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from indexer.adapters.nodes.pool import NodePool
from indexer.ports.chain import Node
from indexer.words.errors import InputError
from indexer.words.faults import MissingFault, NodeFault, RevertFault, UnreachableFault
from indexer.words.quantities import Address, BlockNumber, parse_quantity, to_hex

T = TypeVar("T")
_MOST = 1 << 120
_BAD_PARAMETERS = "error -32602"


@dataclass(frozen=True, slots=True)
class StateAt:
    """One node's state after one block; what is read of it names the block, which a lagging backend does not have."""

    node: Node
    block: BlockNumber

    def call(self, to: Address, data: bytes, sender: Address | None = None) -> bytes:
        """Return what a call returns; RevertFault where it reverts."""
        message = _message(to, data) | ({} if sender is None else {"from": to_hex(sender)})
        return self.bytes_of(self.node.request("eth_call", [message, hex(self.block)]))

    def code_of(self, address: Address) -> bytes:
        """Return the code of an account; empty where it is no contract."""
        return self.bytes_of(self.node.request("eth_getCode", [to_hex(address), hex(self.block)]))

    def call_many(self, to: Address, calls: Sequence[bytes]) -> list[bytes]:
        """Return what many calls of one contract return, in as few requests as the node takes."""
        answers = self.node.request_many("eth_call", [[_message(to, data), hex(self.block)] for data in calls])
        return [self.bytes_of(answer) for answer in answers]

    def estimate_gas(self, sender: Address, to: Address, data: bytes) -> int:
        """Return the gas that a call would take; RevertFault where it would revert."""
        message = _message(to, data) | {"from": to_hex(sender)}
        try:
            return self.number("eth_estimateGas", [message, hex(self.block)])
        except NodeFault as fault:
            if isinstance(fault, RevertFault) or _BAD_PARAMETERS not in fault.got:
                raise
        return self.number("eth_estimateGas", [message])  # some nodes take no block here

    def count_transactions(self, account: Address) -> int:
        """Return how many transactions of an account are in blocks: its next nonce."""
        return self.number("eth_getTransactionCount", [to_hex(account), hex(self.block)])

    def number(self, method: str, params: Sequence[object]) -> int:
        """Return the answer of a method that gives a number."""
        return self.number_of(self.node.request(method, params))

    def header(self) -> Mapping[str, object]:
        """Return the members of the block's header that the node gives."""
        return self.node.fetch_block(self.block)

    def number_of(self, value: object) -> int:
        """Return an answer as a number; UnreachableFault for what is none, or more than any count, price or time."""
        try:
            number = parse_quantity(value)
            if number >= _MOST:
                raise ValueError(f"expected at most 120 bits, got {str(value)[:20]}..")
            return number
        except ValueError as error:
            raise UnreachableFault("node answered a malformed number", got=str(error), where=self.node.name) from error

    def bytes_of(self, value: object) -> bytes:
        """Return an answer as bytes; UnreachableFault for what is no hex text."""
        try:
            if isinstance(value, str) and value.startswith("0x"):
                return bytes.fromhex(value[2:])
        except ValueError:
            pass
        raise UnreachableFault("node answered malformed bytes", got=str(value)[:80], where=self.node.name)


class ChainState:
    """Reads of the newest state. Every node is asked for its chain id once, before anything else."""

    def __init__(self, pool: NodePool, chain_id: int) -> None:
        self.pool, self.chain_id = pool, chain_id
        self._known: set[int] = set()
        self._least = BlockNumber(0)
        self._is_placed = False

    def hold(self, block: BlockNumber) -> None:
        """From now on read only states that hold this block."""
        self._least = max(self._least, block)

    def at_newest(self, read: Callable[[StateAt], T]) -> T:
        """Do `read` on the newest state of the healthiest node; on a NodeFault on that of another, then again."""
        if not self._is_placed:
            self._place()
        return self.pool.attempt(lambda node: read(self._newest(node)))

    def verify_chain(self, node: Node) -> None:
        """Raise InputError if a node serves another chain."""
        if id(node) in self._known:
            return
        found = node.fetch_chain_id()
        if found != self.chain_id:
            raise InputError(
                "node is of another chain",
                expected=f"chain_id {self.chain_id}",
                got=str(found),
                where=node.name,
                remedy="correct chain.chain_id or chain.rpc",
            )
        self._known.add(id(node))

    def _place(self) -> None:
        """Read from now on only states as new as half of the nodes have: one that lags, or boasts, is left out.

        Worked: nodes at 100, 70 and 2^60 place it at 100; of two nodes the older one counts.
        """
        with suppress(NodeFault):  # nobody answers yet: whoever reads waits for them
            heads = sorted(self.pool.each(self._head), reverse=True)
            self.hold(heads[len(heads) // 2])
            self._is_placed = True

    def _head(self, node: Node) -> BlockNumber:
        self.verify_chain(node)
        return BlockNumber(StateAt(node, BlockNumber(0)).number("eth_blockNumber", []))

    def _newest(self, node: Node) -> StateAt:
        newest = self._head(node)
        if newest < self._least:
            raise MissingFault(
                "node lags behind what was sent",
                expected=f"block {self._least} or a later one",
                got=str(newest),
                where=node.name,
                remedy="wait, or use another node",
            )
        return StateAt(node, newest)


def _message(to: Address, data: bytes) -> dict[str, str]:
    return {"to": to_hex(to), "data": to_hex(data)}
