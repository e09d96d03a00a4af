"""One contract by its ABI: calls encoded, views read through the nodes and decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from indexer.words.errors import InputError
from indexer.words.faults import RevertFault
from indexer.words.quantities import Address, to_hex
from settlement.adapters.chain.chain_state import ChainState, StateAt
from settlement.rules.contracts.call_data import encode_call

T = TypeVar("T")
CALLS_PER_READ = 100
"""How many calls are read of one state; more than that is a new question."""


class Contract:
    """`name` is what the contract is, and `key` where its address is configured, for errors."""

    def __init__(
        self, state: ChainState, address: Address, abi: Sequence[Mapping[str, Any]], *, name: str, key: str
    ) -> None:
        self.state, self.address, self._name, self._key = state, address, name, key
        self._functions = {entry["name"]: entry for entry in abi if entry["type"] == "function"}

    def encode(self, function: str, arguments: Sequence[Any]) -> bytes:
        """Return the call data of a function."""
        return encode_call(function, self._types(function, "inputs"), arguments)

    def read(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        """Return what a view returns; InputError where no node knows a contract there that answers so."""
        data = self.encode(function, arguments)
        return self._answering(function, lambda state: self._decoded(function, state.call(self.address, data), state))

    def attempt(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        """Return what a call would return if it were sent now; RevertFault where all nodes say that it would revert."""
        data = self.encode(function, arguments)
        return self.state.at_newest(lambda state: self._decoded(function, state.call(self.address, data), state))

    def read_many(self, function: str, arguments: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Return what a view returns for each of many arguments."""
        calls = [self.encode(function, each) for each in arguments]
        found: list[tuple[Any, ...]] = []
        for first in range(0, len(calls), CALLS_PER_READ):
            part = calls[first : first + CALLS_PER_READ]
            found += self._answering(function, partial(self._read_part, function, part))
        return found

    def read_batch(self, state: StateAt, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[tuple[Any, ...]]:
        """Return what several views return, of one state, in one request where the node takes it."""
        answers = state.call_many(self.address, [self.encode(name, arguments) for name, arguments in calls])
        return [self._decoded(name, answer, state) for (name, _), answer in zip(calls, answers, strict=True)]

    def _read_part(self, function: str, calls: Sequence[bytes], state: StateAt) -> list[tuple[Any, ...]]:
        return [self._decoded(function, answer, state) for answer in state.call_many(self.address, calls)]

    def _decoded(self, function: str, answer: bytes, state: StateAt) -> tuple[Any, ...]:
        from eth_abi.abi import decode  # 0.07 CPU seconds: what is only encoded needs none of it
        from eth_abi.exceptions import DecodingError

        try:
            return tuple(decode(self._types(function, "outputs"), answer))
        except (DecodingError, OverflowError, ValueError) as error:
            got = f"{len(answer)} bytes ({error})"[:200]
            raise RevertFault(f"no {self._name} answers {function}", got=got, where=state.node.name) from error

    def _types(self, function: str, side: str) -> list[str]:
        return [str(each["type"]) for each in self._functions[function][side]]

    def _answering(self, function: str, read: Callable[[StateAt], T]) -> T:
        """Turn the refusal of all nodes into InputError: there is no such contract."""
        try:
            return self.state.at_newest(read)
        except RevertFault as fault:
            raise InputError(
                f"the {self._name} does not answer as one",
                expected=f"a contract with {function}",
                got=fault.got,
                where=f"{to_hex(self.address)} on {fault.where}",
                remedy=f"correct {self._key}",
            ) from fault
