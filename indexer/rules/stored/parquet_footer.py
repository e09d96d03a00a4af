"""Where a Parquet footer tells of Bloom filters, and how to hide them without moving a byte.

A footer is a struct in Thrift's compact protocol: each field begins with a byte whose high half is its number less
that of the field before. Of a column's metadata (field 3 of 1 of 4 of the footer) field 14 is the offset of its filter
and 15 the filter's length. With five more in that half they are fields 19 and 20, which no reader knows and every one
skips.
"""

from __future__ import annotations

from collections.abc import Iterator

from indexer.rules.stored.thrift import STOP, STRUCT, list_head, skip, varint, zigzag

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
        if kind == STOP:
            return
        number = number + step if step else zigzag(varint(data, at))
        if not path and number == _FILTER_OFFSET:
            if not 0 < step <= 15 - _BEYOND_ALL_KNOWN:
                raise ValueError(f"expected a filter's offset close behind another field, got a step of {step}")
            yield place, head + (_BEYOND_ALL_KNOWN << 4)
        if path and number == path[0]:
            yield from _along(data, at, kind, path[1:])
        else:
            skip(data, at, kind)


def _along(data: bytes, at: list[int], kind: int, path: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """Walk a struct, or the structs of a list."""
    if kind == STRUCT:
        yield from _struct(data, at, path)
        return
    count, element = list_head(data, at)
    if element != STRUCT:
        raise ValueError(f"expected a list of structs, got one of type {element}")
    for _ in range(count):
        yield from _struct(data, at, path)
