"""Call data of contracts: a selector, then the arguments as the contract ABI lays them.

Types are uintN, address, bool, bytesN, bytes and arrays T[] of these, of any depth. Each argument takes one word of 32
bytes at the front: its value or, of bytes and arrays, the place of its value behind. Worked: f(uint8,bytes) of 1 and
0xab is 4 bytes, then the words 1, 64 (two words stand before it), 1 (byte), 0xab00..00.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from indexer.rules.consensus.keccak import keccak256

WORD = 32
_ARRAY = "[]"


def encode_call(function: str, types: Sequence[str], arguments: Sequence[Any]) -> bytes:
    """Return the call data of a function; ValueError or OverflowError where a value is none of its type."""
    return keccak256(f"{function}({','.join(types)})".encode())[:4] + encode_arguments(types, arguments)


def encode_arguments(types: Sequence[str], arguments: Sequence[Any]) -> bytes:
    """Return the arguments alone; ValueError or OverflowError likewise."""
    return _laid(zip(types, arguments, strict=True), len(types))


def _laid(pairs: Iterable[tuple[str, Any]], count: int) -> bytes:
    """Return `count` values of (type, value), those of one word in front."""
    front, behind, place = [], [], WORD * count
    for kind, value in pairs:
        if kind.endswith(_ARRAY) or kind == "bytes":
            encoded = _long(kind, value)
            front.append(place.to_bytes(WORD))
            behind.append(encoded)
            place += len(encoded)
        else:
            front.append(_word(kind, value))
    return b"".join(front + behind)


def _long(kind: str, value: Any) -> bytes:
    """Return bytes or an array: how many there are, then what they are, in whole words."""
    if kind.endswith(_ARRAY):
        element = kind.removesuffix(_ARRAY)
        return len(value).to_bytes(WORD) + _laid(((element, each) for each in value), len(value))
    if not isinstance(value, bytes):
        raise ValueError(f"not a value of {kind}: {value!r}")
    return len(value).to_bytes(WORD) + value + bytes(-len(value) % WORD)


def _word(kind: str, value: Any) -> bytes:
    if kind.startswith("uint") and type(value) is not bool and isinstance(value, int):
        return value.to_bytes(int(kind[4:]) // 8).rjust(WORD, b"\0")
    if kind == "bool" and isinstance(value, bool):
        return value.to_bytes(WORD)
    size = 20 if kind == "address" else int(kind.removeprefix("bytes")) if kind.startswith("bytes") else None
    if size is None or not isinstance(value, bytes) or len(value) != size:
        raise ValueError(f"not a value of {kind}: {value!r}")
    return value.rjust(WORD, b"\0") if kind == "address" else value.ljust(WORD, b"\0")
