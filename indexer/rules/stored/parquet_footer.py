"""Where a Parquet footer tells of Bloom filters, and how to hide them without moving a byte.

A footer is a struct in Thrift's compact protocol: each field begins with a byte whose high half is its number less
that of the field before. Of a column's metadata (field 3 of 1 of 4 of the footer) field 14 is the offset of its filter
and 15 the filter's length. With five more in that half they are fields 19 and 20, which no reader knows and every one
skips.
"""

from __future__ import annotations

from collections.abc import Iterator

_STOP, _BINARY, _STRUCT = 0, 8, 12
_LISTS = (9, 10)
_VARINTS = (4, 5, 6)  # i16, i32, i64
_FIXED = {1: 0, 2: 0, 3: 1, 7: 8}  # booleans are in the field's type; a byte, a double
_COLUMN_METADATA = (4, 1, 3)
_FILTER_OFFSET, _BEYOND_ALL_KNOWN = 14, 5


def filter_places(footer: bytes) -> list[tuple[int, int]]:
    """Return (position in the footer, byte to be put there) for every column chunk that has a Bloom filter.

    ValueError where the bytes are no footer.
    """
    try:
        return list(_struct(footer, [0], _COLUMN_METADATA))
    except IndexError:
        raise ValueError("expected a Parquet footer, got one that is cut off") from None


def _struct(data: bytes, at: list[int], path: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Walk the struct at `at`, moving it behind; along `path` look for the field, elsewhere only skip."""
    number = 0
    while True:
        place = at[0]
        head = data[place]
        at[0] += 1
        kind, step = head & 15, head >> 4
        if kind == _STOP:
            return
        number = number + step if step else _zigzag(_varint(data, at))
        if not path and number == _FILTER_OFFSET:
            if not 0 < step <= 15 - _BEYOND_ALL_KNOWN:
                raise ValueError(f"expected a filter's offset close behind another field, got a step of {step}")
            yield place, head + (_BEYOND_ALL_KNOWN << 4)
        if path and number == path[0]:
            yield from _along(data, at, kind, path[1:])
        else:
            _skip(data, at, kind)


def _along(data: bytes, at: list[int], kind: int, path: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Walk a struct, or the structs of a list."""
    if kind == _STRUCT:
        yield from _struct(data, at, path)
        return
    count, element = _list_head(data, at)
    if element != _STRUCT:
        raise ValueError(f"expected a list of structs, got one of type {element}")
    for _ in range(count):
        yield from _struct(data, at, path)


def _skip(data: bytes, at: list[int], kind: int) -> None:
    if kind in _VARINTS:
        _varint(data, at)
    elif kind == _BINARY:
        size = _varint(data, at)
        at[0] += size
    elif kind in _FIXED:
        at[0] += _FIXED[kind]
    elif kind == _STRUCT:
        while (head := data[at[0]]) & 15 != _STOP:
            at[0] += 1
            if not head >> 4:
                _varint(data, at)
            _skip(data, at, head & 15)
        at[0] += 1
    elif kind in _LISTS:
        count, element = _list_head(data, at)
        for _ in range(count):
            _skip_element(data, at, element)
    else:
        raise ValueError(f"expected a type that footers have, got {kind}")


def _skip_element(data: bytes, at: list[int], kind: int) -> None:
    if kind in (1, 2):  # in a list a boolean has a byte of its own
        at[0] += 1
    else:
        _skip(data, at, kind)


def _list_head(data: bytes, at: list[int]) -> tuple[int, int]:
    head = data[at[0]]
    at[0] += 1
    count = head >> 4
    return (_varint(data, at) if count == 15 else count), head & 15


def _varint(data: bytes, at: list[int]) -> int:
    value = shift = 0
    while True:
        byte = data[at[0]]
        at[0] += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
