"""Pages of byte strings of one length, taken out of Parquet as they lie there: addresses and hashes of many values.

Arrow copies such a column string by string, which costs four times what unpacking and hashing it does. Here a page that
is `DELTA_LENGTH_BYTE_ARRAY` of strings of one length, none of them null, becomes a column without a copy; of anything
else is said that Arrow must read it. What is read is hashed and held against the ledger, whoever reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pyarrow as pa

from indexer.rules.columns.arrays import I64
from indexer.rules.stored.thrift import read_struct, varint, zigzag

_DATA_PAGE, _DELTA_LENGTH = 0, 6
_MOST_HEADER = 1 << 12  # bytes; beyond, a page's statistics are not for us
_CODECS = {"UNCOMPRESSED": None, "SNAPPY": "snappy", "ZSTD": "zstd", "GZIP": "gzip"}


def read_pages(chunk: bytes, codec: str, count: int, most_bytes: int, *, is_optional: bool) -> list[pa.Array] | None:
    """Return the `count` strings of a column chunk's pages as large binary; None where Arrow must read them.

    `most_bytes` is what the pages may have unpacked, `is_optional` whether the schema allows nulls.
    """
    if codec not in _CODECS:
        return None
    try:
        found = [_strings_of(*page, is_optional=is_optional) for page in _pages(chunk, _CODECS[codec], most_bytes)]
    except (ValueError, IndexError, KeyError, TypeError, RecursionError, ArithmeticError, OSError, pa.ArrowException):
        return None  # whatever is wrong with the bytes, Arrow is the one to say it
    return found if sum(map(len, found)) == count else None


def _pages(chunk: bytes, codec: str | None, most_bytes: int) -> Iterator[tuple[pa.Buffer, int]]:
    """Yield each page unpacked, and how many values it has; ValueError for one of another kind."""
    place, left = 0, most_bytes
    while place < len(chunk):
        at = [0]
        header = read_struct(chunk[place : place + _MOST_HEADER], at)
        data = header[5]
        if header[1] != _DATA_PAGE or data[2] != _DELTA_LENGTH:
            raise ValueError("expected a data page of lengths and bytes")
        unpacked, packed, place = header[2], header[3], place + at[0]
        left -= unpacked
        if unpacked < 0 or left < 0 or not 0 <= packed <= len(chunk) - place:
            raise ValueError("expected sizes within those of the chunk")
        page = pa.py_buffer(chunk).slice(place, packed)
        yield page if codec is None else pa.Codec(codec).decompress(page, unpacked), data[1]
        place += packed


def _strings_of(page: pa.Buffer, count: int, *, is_optional: bool) -> pa.Array:
    """Return the strings of a page; ValueError unless they are `count` of one length, without nulls."""
    head = page.slice(0, min(page.size, 64)).to_pybytes()
    at = [0]
    if is_optional:
        _skip_levels(head, at, count)
    block, parts, values, first = (varint(head, at) for _ in range(4))
    length = zigzag(first)
    widths = (values + block - 2) // block * (1 + parts)  # each block: the least delta, and a width for each part
    start = at[0] + widths
    if values != count or count < 1 or length < 1 or start + count * length != page.size:
        raise ValueError("expected bytes of as many strings of one length")
    if page.slice(at[0], widths).to_pybytes().strip(b"\0"):
        raise ValueError("expected strings of one length")
    offsets = pa.py_buffer(_offsets(count, length))
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), count, [None, offsets, page.slice(start)])


def _skip_levels(head: bytes, at: list[int], count: int) -> None:
    """Move behind the levels that say which values are there; ValueError unless it is one run over all of them."""
    size = int.from_bytes(head[:4], "little")
    at[0] = 4
    if varint(head, at) != 2 * count or head[at[0]] != 1 or at[0] + 1 != 4 + size:
        raise ValueError("expected one run of values that are there")
    at[0] += 1


@lru_cache(maxsize=4)
def _offsets(count: int, length: int) -> I64:
    offsets: I64 = np.arange(count + 1, dtype=np.int64) * length
    return offsets
