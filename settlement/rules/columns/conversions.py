"""Addresses, amounts and words as numpy columns, and their conversions.

addresses: uint8 (n, 20). Amounts: uint64 (n, 2), low limb first, which is the buffer of an Arrow
decimal128(38, 0) column; every value is at most `AMOUNT_LIMIT`. Words: uint8 (n, 32), big-endian.
"""

import sys
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT
from settlement.rules.columns.ordering import row_bytes

Addresses = NDArray[np.uint8]
Amounts = NDArray[np.uint64]
Words = NDArray[np.uint8]

ADDRESS_TYPE = pa.binary(20)
AMOUNT_TYPE = pa.decimal128(38, 0)

_LIMB_MASK = (1 << 64) - 1
_LIMIT_LOW = np.uint64(AMOUNT_LIMIT & _LIMB_MASK)
_LIMIT_HIGH = np.uint64(AMOUNT_LIMIT >> 64)

if sys.byteorder != "little":
    raise ImportError("the columns are little-endian buffers: a little-endian machine is required")


def no_addresses(count: int = 0) -> Addresses:
    """Return `count` zero addresses."""
    return np.zeros((count, 20), dtype=np.uint8)


def no_amounts(count: int = 0) -> Amounts:
    """Return `count` zero amounts."""
    return np.zeros((count, 2), dtype=np.uint64)


def addresses_from_bytes(values: Sequence[bytes]) -> Addresses:
    """Return the column of 20-byte strings; ValueError if one has another length."""
    if any(len(value) != 20 for value in values):
        raise ValueError("expected addresses of 20 bytes")
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, 20).copy()


def addresses_to_bytes(column: Addresses) -> list[bytes]:
    """Return each address as 20 bytes."""
    return row_bytes(column)


def amounts_from_ints(values: Iterable[int]) -> Amounts:
    """Return the column of non-negative ints; UnsoundError if one is negative or above the limit."""
    listed = list(values)
    for value in listed:
        if not 0 <= value <= AMOUNT_LIMIT:
            raise UnsoundError("an amount is out of range", expected=f"0..{AMOUNT_LIMIT}", got=str(value))
    flat = b"".join(value.to_bytes(16, "little") for value in listed)
    return np.frombuffer(flat, dtype=np.uint64).reshape(-1, 2).copy()


def amounts_to_ints(column: Amounts) -> list[int]:
    """Return each amount as a Python int."""
    return [high << 64 | low for low, high in zip(column[:, 0].tolist(), column[:, 1].tolist(), strict=True)]


def amount_at(column: Amounts, row: int) -> int:
    """Return one amount as a Python int."""
    return int(column[row, 1]) << 64 | int(column[row, 0])


def addresses_from_arrow(column: "pa.Array | pa.ChunkedArray") -> Addresses:
    """Return a binary or fixed-size binary column as addresses; UnsoundError on nulls or another width."""
    return _bytes_from_arrow(column, 20)


def words_from_arrow(column: "pa.Array | pa.ChunkedArray") -> Words:
    """Return a binary column of 32-byte words; UnsoundError on nulls or another width."""
    return _bytes_from_arrow(column, 32)


def addresses_to_arrow(column: Addresses) -> pa.FixedSizeBinaryArray:
    """Return a fixed_size_binary(20) array over the same values."""
    flat = np.ascontiguousarray(column, dtype=np.uint8)
    return pa.Array.from_buffers(ADDRESS_TYPE, len(flat), [None, pa.py_buffer(flat)])


def amounts_from_arrow(column: "pa.Array | pa.ChunkedArray") -> Amounts:
    """Return a decimal128(p, 0) column as amounts; UnsoundError on nulls, fractions or values out of range."""
    array = _one_array(column)
    if not pa.types.is_decimal128(array.type) or array.type.scale != 0:
        raise UnsoundError("an amount column has the wrong type", expected="decimal128(38, 0)", got=str(array.type))
    limbs = np.frombuffer(array.buffers()[1] or b"", dtype=np.uint64)
    amounts = limbs[2 * array.offset : 2 * (array.offset + len(array))].reshape(-1, 2).copy()
    verify_amounts(amounts, "an amount column")
    return amounts


def amounts_to_arrow(column: Amounts) -> pa.Decimal128Array:
    """Return a decimal128(38, 0) array over the same values."""
    flat = np.ascontiguousarray(column, dtype=np.uint64)
    return pa.Array.from_buffers(AMOUNT_TYPE, len(flat), [None, pa.py_buffer(flat)])


def words_from_amounts(column: Amounts) -> Words:
    """Return each amount as a big-endian word of 32 bytes."""
    words = np.zeros((len(column), 4), dtype=">u8")
    words[:, 2] = column[:, 1]
    words[:, 3] = column[:, 0]
    return words.view(np.uint8).reshape(-1, 32)


def amounts_from_words(words: Words) -> Amounts:
    """Return big-endian words as amounts; UnsoundError if one is above the limit."""
    limbs = np.ascontiguousarray(words, dtype=np.uint8).view(">u8").reshape(-1, 4)
    amounts = np.stack([limbs[:, 3], limbs[:, 2]], axis=1).astype(np.uint64)
    if limbs[:, :2].any():
        raise UnsoundError("an amount is out of range", expected=f"at most {AMOUNT_LIMIT}", got="more than 128 bits")
    verify_amounts(amounts, "a column of words")
    return amounts


def verify_amounts(column: Amounts, where: str) -> None:
    """Raise UnsoundError if an amount is above the limit; `where` names the column."""
    low, high = column[:, 0], column[:, 1]
    above = (high > _LIMIT_HIGH) | ((high == _LIMIT_HIGH) & (low > _LIMIT_LOW))
    if above.any():
        row = int(above.argmax())
        got = str(amount_at(column, row))
        raise UnsoundError(
            "an amount is out of range", expected=f"0..{AMOUNT_LIMIT}", got=got, where=f"{where}, row {row}"
        )


def add_amounts(left: Amounts, right: Amounts, where: str) -> Amounts:
    """Return the row-wise sum; UnsoundError if one is above the limit (two values in range never wrap 128 bits)."""
    low = left[:, 0] + right[:, 0]
    carry = (low < left[:, 0]).astype(np.uint64)
    total = np.stack([low, left[:, 1] + right[:, 1] + carry], axis=1)
    verify_amounts(total, where)
    return total


def sum_amounts(column: Amounts) -> int:
    """Return the exact sum as a Python int, of any size."""
    halves = np.ascontiguousarray(column).view(np.uint32).reshape(-1, 4)
    parts = halves.sum(axis=0, dtype=np.uint64)  # fewer than 2^32 rows of 32 bits each: no overflow
    return sum(int(part) << (32 * place) for place, part in enumerate(parts))


def _one_array(column: "pa.Array | pa.ChunkedArray") -> pa.Array:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # what combine_chunks gives for no chunks at all
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], type=array.type)
    if array.null_count:
        raise UnsoundError("a column has nulls", expected="no nulls", got=f"{array.null_count}")
    return array


def _bytes_from_arrow(column: "pa.Array | pa.ChunkedArray", width: int) -> NDArray[np.uint8]:
    array = _one_array(column)
    if not pa.types.is_fixed_size_binary(array.type):
        array = _fixed_width(array, width)
    if array.type.byte_width != width:
        raise UnsoundError("a column has the wrong width", expected=f"{width} bytes", got=str(array.type))
    flat = np.frombuffer(array.buffers()[1] or b"", dtype=np.uint8)
    return flat[width * array.offset : width * (array.offset + len(array))].reshape(-1, width).copy()


def _fixed_width(array: pa.Array, width: int) -> pa.Array:
    try:
        return array.cast(pa.binary(width))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UnsoundError("a column has the wrong width", expected=f"{width} bytes", got=str(error)) from error
