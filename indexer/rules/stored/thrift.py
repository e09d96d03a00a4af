"""Thrift's compact protocol, as far as Parquet's footers and page headers are written in it.

`at` is a list of one position, which is moved behind what is read. IndexError where the bytes end too early, ValueError
where they are none of it, RecursionError where they are nested too deep.
"""

from __future__ import annotations

from typing import Any

STOP, BINARY, STRUCT = 0, 8, 12
_LISTS = (9, 10)
VARINTS = (4, 5, 6)  # i16, i32, i64
_FIXED = {1: 0, 2: 0, 3: 1, 7: 8}  # booleans are in the field's type; a byte, a double


def read_struct(data: bytes, at: list[int]) -> dict[int, Any]:
    """Return the numbers, the booleans and the structs among a struct's fields by their number; others are skipped."""
    found: dict[int, Any] = {}
    number = 0
    while True:
        head = data[at[0]]
        at[0] += 1
        kind, step = head & 15, head >> 4
        if kind == STOP:
            return found
        number = number + step if step else zigzag(varint(data, at))
        if kind in VARINTS:
            found[number] = zigzag(varint(data, at))
        elif kind == STRUCT:
            found[number] = read_struct(data, at)
        elif kind in (1, 2):
            found[number] = kind == 1
        else:
            skip(data, at, kind)


def skip(data: bytes, at: list[int], kind: int) -> None:
    """Move behind a value of a type."""
    if kind in VARINTS:
        varint(data, at)
    elif kind == BINARY:
        size = varint(data, at)
        at[0] += size
    elif kind in _FIXED:
        at[0] += _FIXED[kind]
    elif kind == STRUCT:
        while (head := data[at[0]]) & 15 != STOP:
            at[0] += 1
            if not head >> 4:
                varint(data, at)
            skip(data, at, head & 15)
        at[0] += 1
    elif kind in _LISTS:
        count, element = list_head(data, at)
        for _ in range(count):
            _skip_element(data, at, element)
    else:
        raise ValueError(f"expected a type that footers have, got {kind}")


def _skip_element(data: bytes, at: list[int], kind: int) -> None:
    if kind in (1, 2):  # in a list a boolean has a byte of its own
        at[0] += 1
    else:
        skip(data, at, kind)


def list_head(data: bytes, at: list[int]) -> tuple[int, int]:
    """Return how many elements a list has, and of which type."""
    head = data[at[0]]
    at[0] += 1
    count = head >> 4
    return (varint(data, at) if count == 15 else count), head & 15


def varint(data: bytes, at: list[int]) -> int:
    """Return a number of seven bits a byte, low ones first."""
    value = shift = 0
    while True:
        byte = data[at[0]]
        at[0] += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7


def zigzag(value: int) -> int:
    """Return the signed number that an unsigned one stands for."""
    return (value >> 1) ^ -(value & 1)
