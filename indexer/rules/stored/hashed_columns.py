"""Columns of Arrow as the hashing of rows reads them: by address, each prepared once for all of its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64, U64

CODED, NARROW, WIDE = 0, 32, 64
"""Forms of columns: codes of a dictionary, byte strings by how many bits their offsets have. Others are numbers of so
many bytes: 1, 2, 4, 8, 16."""

ReadValues: TypeAlias = Callable[[int, NDArray[np.signedinteger], U64, U64], None]
"""`values_of` of `row_hash`, or of `row_hash_kernel`."""


@dataclass(frozen=True, slots=True)
class ColumnPlaces:
    """Where the columns of some rows lie, which must outlive the use of it: `held` is what else lies there.

    places: i64 (k, 5), a line a column: its form; the address of its numbers, of its bytes, or of the lanes of its
    dictionary; of its offsets or codes; of the powers of its dictionary; of a byte a row that is 0 where there is none,
    0 where all rows have the column.
    """

    places: I64
    held: list[Any]


def places_of(columns: Mapping[str, pa.Array], optional: frozenset[str], read_values: ReadValues) -> ColumnPlaces:
    """Return where columns of equally many rows lie; ValueError for nulls of a column that is not `optional`."""
    found, held = np.zeros((len(columns), 5), dtype=np.int64), list[Any]()
    for line, (name, column) in zip(found, columns.items(), strict=True):
        if name in optional and column.null_count:
            present = column.is_valid().to_numpy(zero_copy_only=False).view(np.uint8)
            column, line[4] = _filled(column), present.ctypes.data
            held.append(present)
        form, arrays = _form_of(column, read_values)
        line[0], line[1 : 1 + len(arrays)] = form, [_address(array) for array in arrays]
        held.extend((column, *arrays))
    return ColumnPlaces(found, held)


def _form_of(column: pa.Array, read_values: ReadValues) -> tuple[int, list[int | NDArray[Any]]]:
    """Return the form of a column, and its addresses or the arrays that lie there."""
    if pa.types.is_dictionary(column.type):
        values, powers = lanes_of(column.dictionary, read_values)
        return CODED, [values, numbers_of(column.indices.cast(pa.int32())), powers]
    if is_bytes(column.type):
        address, offsets = address_and_offsets(column)
        return 8 * offsets.itemsize, [address, offsets]
    words = numbers_of(column) if _is_unsigned(column.type) else words_of(column)
    return words.strides[0], [words]


def _is_unsigned(kind: pa.DataType) -> bool:
    return bool(pa.types.is_unsigned_integer(kind))


def _address(place: int | NDArray[Any]) -> int:
    return place if isinstance(place, int) else place.ctypes.data


def _filled(column: pa.Array) -> pa.Array:
    """Return a column with anything in the place of its nulls."""
    plain = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    return plain.fill_null(b"" if is_bytes(plain.type) else 0)


def lanes_of(column: pa.Array, read_values: ReadValues) -> tuple[U64, U64]:
    """Return the lane sums of byte strings and their powers, both u64 (n, 2); ValueError on nulls."""
    values, powers = np.empty((len(column), 2), dtype=np.uint64), np.empty((len(column), 2), dtype=np.uint64)
    read_values(*address_and_offsets(column), values, powers)
    return values, powers


def is_bytes(kind: pa.DataType) -> bool:
    """Return whether a column is of byte strings or text."""
    return any(
        test(kind)
        for test in (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_string, pa.types.is_large_string)
    )


def address_and_offsets(column: pa.Array) -> tuple[int, NDArray[np.signedinteger]]:
    """Return where the bytes of a column of byte strings lie, and the n + 1 places between them."""
    if column.null_count:
        raise ValueError("expected no nulls")
    wide = pa.types.is_large_binary(column.type) or pa.types.is_large_string(column.type)
    _, starts, data = column.buffers()
    offsets: NDArray[np.signedinteger] = np.frombuffer(starts, dtype=np.int64 if wide else np.int32)
    return data.address if data is not None else 0, offsets[column.offset : column.offset + len(column) + 1]


def numbers_of(column: pa.Array | pa.ChunkedArray) -> NDArray[Any]:
    """Return a column of integers as numpy, without copying one that is one piece; ValueError on nulls.

    Arrow's own way looks for pandas with every call, which costs more than reading the numbers.
    """
    if column.null_count:
        raise ValueError("expected no nulls")
    if isinstance(column, pa.ChunkedArray):
        parts = [numbers_of(chunk) for chunk in column.chunks]
        empty = np.zeros(0, dtype=column.type.to_pandas_dtype())
        return parts[0] if len(parts) == 1 else np.concatenate([empty, *parts])
    numbers: NDArray[Any] = np.frombuffer(column.buffers()[1] or b"", dtype=column.type.to_pandas_dtype())
    return numbers[column.offset : column.offset + len(column)]


def words_of(column: pa.Array) -> U64:
    """Return numbers as u64 (n, 1), amounts as u64 (n, 2); ValueError on nulls."""
    if column.null_count:
        raise ValueError("expected no nulls")
    if pa.types.is_decimal(column.type):
        limbs: U64 = np.frombuffer(column.buffers()[1], dtype=np.uint64)
        return limbs[2 * column.offset : 2 * (column.offset + len(column))].reshape(-1, 2)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    return numbers_of(column).astype(np.uint64, copy=False).reshape(-1, 1)
