"""Sort orders and lookups of byte columns, by 64-bit keys instead of byte strings."""

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Order = NDArray[np.int64]


def byte_keys(column: NDArray[np.uint8]) -> list[Keys]:
    """Return u8 (n, w) as ceil(w / 8) columns of big-endian 64-bit keys that sort as the bytes do."""
    count, width = column.shape
    whole = -(-width // 8)
    padded = column
    if width % 8:
        padded = np.zeros((count, 8 * whole), dtype=np.uint8)
        padded[:, :width] = column
    words = np.ascontiguousarray(padded).view(">u8").reshape(count, whole)
    return [words[:, place].astype(np.uint64) for place in range(whole)]


def lexicographic_order(*keys: NDArray[np.unsignedinteger]) -> Order:
    """Return the stable ascending order of rows; the first key column is the most significant.

    Only the first key is sorted as a whole; the others order the rows that it leaves equal.
    """
    first, rest = keys[0], keys[1:]
    order = np.argsort(first, kind=None if rest else "stable")
    while rest:
        ties = _tied_positions(first[order])
        if len(ties) == 0:
            break
        rows = order[ties]
        group = np.cumsum(np.concatenate([[True], np.diff(first[rows].astype(np.uint64)) != 0]))
        if len(ties) == len(order) and group[-1] == 1:  # this key says nothing: let the next one lead
            return lexicographic_order(*rest)
        order[ties] = rows[np.lexsort((rows, *(key[rows] for key in reversed(rest)), group))]
        break
    return order.astype(np.int64)


def address_order(*columns: NDArray[np.uint8]) -> Order:
    """Return the stable ascending order of rows of byte columns, the first the most significant."""
    return lexicographic_order(*[key for column in columns for key in byte_keys(column)])


def equal_to_previous(*columns: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return, for sorted rows, which row equals the one before it; columns are 1- or 2-dimensional."""
    count = len(columns[0])
    same = np.zeros(count, dtype=np.bool_)
    if count > 1:
        same[1:] = True
        for column in columns:
            equal = column[1:] == column[:-1]
            same[1:] &= equal if equal.ndim == 1 else equal.all(axis=1)
    return same


def match_rows(wanted: NDArray[np.uint8], table: NDArray[np.uint8]) -> Order:
    """Return for each row of `wanted` its row in `table`, or -1; both u8 (n, w), `table` without duplicates."""
    if len(wanted) == 0 or len(table) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    starts = np.flatnonzero(~equal_to_previous(wanted))  # runs of one value are looked up once
    known = {row: place for place, row in enumerate(row_bytes(table))}
    found = np.array([known.get(row, -1) for row in row_bytes(wanted[starts])], dtype=np.int64)
    return np.repeat(found, np.diff(np.append(starts, len(wanted))))


def row_bytes(column: NDArray[np.uint8]) -> list[bytes]:
    """Return each row of u8 (n, w) as bytes."""
    count, width = column.shape
    flat = np.ascontiguousarray(column).tobytes()
    return [flat[width * row : width * (row + 1)] for row in range(count)]


def _tied_positions(ordered: NDArray[np.unsignedinteger]) -> Order:
    same = equal_to_previous(ordered)
    tied = same.copy()
    tied[:-1] |= same[1:]
    return np.flatnonzero(tied)
