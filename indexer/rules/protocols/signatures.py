"""Signatures of events, as Solidity writes them, parsed into what is decoded and stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from indexer.rules.consensus.keccak import keccak256
from indexer.words.quantities import Hash32

_COLUMN_NAMES = {
    "from": "from_account",  # words that SQL reserves
    "to": "to_account",
    "by": "by_account",
    "blockHash": "decided_block_hash",  # arguments that name another log than the one they stand in
    "logIndex": "decided_log_index",
}
_OPAQUE = {"taskId", "id"}  # a number on chain, an opaque word here
_AMOUNT_TYPES = {"uint256", "int256", "uint128"}
_TYPE = r"address|bool|u?int\d*|bytes\d*|string"
_SIGNATURE = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*")
_ARGUMENT = re.compile(rf"\s*({_TYPE})\s+(indexed\s+)?([A-Za-z_]\w*)\s*")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an event: its name and ABI type on chain, its column in the lake."""

    name: str
    abi_type: str
    indexed: bool
    column: str

    @property
    def is_dynamic(self) -> bool:
        """Whether the data section holds an offset to it rather than its value."""
        return self.abi_type in ("bytes", "string")

    @property
    def is_amount(self) -> bool:
        """Whether it is stored as DECIMAL(38,0) and limited to 10^38 - 1."""
        return self.abi_type in _AMOUNT_TYPES and self.name not in _OPAQUE


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event: who emits it (a blank between), its arguments in order, its topic0, its lake table."""

    name: str
    emitter: str
    arguments: tuple[Argument, ...]
    topic0: Hash32
    table: str

    @property
    def emitters(self) -> tuple[str, ...]:
        """The contracts that emit it."""
        return tuple(self.emitter.split())

    @property
    def indexed(self) -> tuple[Argument, ...]:
        """The arguments in topics 1, 2 and 3."""
        return tuple(argument for argument in self.arguments if argument.indexed)

    @property
    def plain(self) -> tuple[Argument, ...]:
        """The arguments in the data section."""
        return tuple(argument for argument in self.arguments if not argument.indexed)


def parse_signature(text: str, emitter: str = "") -> EventType:
    """Parse `Name(type [indexed] name, ..)`; ValueError where the text is not of that form.

    Worked: `Claimed(address indexed account, uint256 amount)` has topic0
    keccak256("Claimed(address,uint256)") and table `claimed`.
    """
    match = _SIGNATURE.fullmatch(text)
    if match is None:
        raise ValueError(f"expected an event signature Name(type name, ..), got {text!r}")
    name, body = match.groups()
    arguments = tuple(_parse_argument(part) for part in body.split(",")) if body.strip() else ()
    if sum(argument.indexed for argument in arguments) > 3:
        raise ValueError(f"expected at most 3 indexed arguments, got {text!r}")
    canonical = f"{name}({','.join(argument.abi_type for argument in arguments)})"
    return EventType(name, emitter, arguments, Hash32(keccak256(canonical.encode())), to_snake_case(name))


def to_snake_case(name: str) -> str:
    """Return `taskId` as `task_id`, `AppRegistered` as `app_registered`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _parse_argument(text: str) -> Argument:
    match = _ARGUMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"expected `type [indexed] name`, got {text!r}")
    abi_type, indexed, name = match.groups()
    canonical = {"uint": "uint256", "int": "int256"}.get(abi_type, abi_type)
    return Argument(name, canonical, indexed is not None, _COLUMN_NAMES.get(name, to_snake_case(name)))


def parse_signatures(signatures: Mapping[str, str]) -> tuple[EventType, ...]:
    """Parse the lines of each contract (several: a blank between) in order."""
    return tuple(
        parse_signature(line, emitter) for emitter, lines in signatures.items() for line in lines.strip().splitlines()
    )
