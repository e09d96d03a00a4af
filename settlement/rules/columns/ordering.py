"""Sort orders and lookups of byte columns, by 64-bit keys instead of byte strings."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64, U64

SMALL_ROWS = 512
"""Up to here numpy alone is faster than loading a compiled kernel."""

LONG_RUN = 32
"""Rows equal in the leading word: up to here they are sorted by insertion, more by the remaining words alone."""


def byte_keys(column: NDArray[np.uint8]) -> list[U64]:
    """Return u8 (n, w) as ceil(w / 8) columns of big-endian 64-bit keys that sort as the bytes do."""
    return [byte_key(column, place) for place in range(-(-column.shape[1] // 8))]


def byte_key(column: NDArray[np.uint8], place: int) -> U64:
    """Return bytes 8 place .. 8 place + 7 of u8 (n, w) as one key, zeros beyond the width."""
    part = column[:, 8 * place : 8 * place + 8]
    padded = np.zeros((len(column), 8), dtype=np.uint8)
    padded[:, : part.shape[1]] = part
    return padded.view(">u8").ravel().astype(np.uint64)


def address_order(*columns: NDArray[np.uint8]) -> I64:
    """Return the stable ascending order of rows of byte columns u8 (n, w), the first the most significant."""
    return _order_of_words(_join_words(columns), 0)


def _join_words(columns: Sequence[NDArray[np.uint8]]) -> U64:
    """Return each row's bytes one behind the other as big-endian words (n, k), zeros behind the last byte."""
    width = sum(column.shape[1] for column in columns)
    joined = np.empty((len(columns[0]), -(-width // 8) * 8), dtype=np.uint8)
    joined[:, width:] = 0
    stops = accumulate(column.shape[1] for column in columns)
    for column, stop in zip(columns, stops, strict=True):
        joined[:, stop - column.shape[1] : stop] = column
    return joined.view(np.uint64)


def _order_of_words(words: U64, place: int) -> I64:
    """Return the stable ascending order of rows of big-endian words (n, k), whose words before `place` are equal.

    Only one word is sorted as a whole. Rows that it leaves equal are few, or many of one value: the former are settled
    by insertion over all words, the latter by the same rule from the next word on.
    """
    if len(words) <= SMALL_ROWS or place + 1 == words.shape[1]:
        return np.lexsort([words[:, each].byteswap() for each in range(words.shape[1] - 1, place - 1, -1)])
    from settlement.rules.columns import ordering_kernel

    if ordering_kernel.ascend(words, place):
        return np.arange(len(words))
    first = words[:, place].byteswap()
    if (first == first[0]).all():  # this word says nothing: let the next one lead
        return _order_of_words(words, place + 1)
    order = np.argsort(first)
    starts = _run_starts(first[order])
    lengths = np.diff(np.append(starts, len(order)))
    short = starts[(lengths > 1) & (lengths <= LONG_RUN)]
    if len(short):
        ordering_kernel.sort_runs(order, first, short, words, place + 1)
    for start, length in zip(starts[lengths > LONG_RUN], lengths[lengths > LONG_RUN], strict=True):
        rows = np.sort(order[start : start + length])
        order[start : start + length] = rows[_order_of_words(words[rows], place + 1)]
    return order


def equal_to_previous(*columns: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return, for sorted rows, which row equals the one before it; columns are 1- or 2-dimensional."""
    count = len(columns[0])
    same = np.zeros(count, dtype=np.bool_)
    if count > 1:
        same[1:] = True
        for column in columns:
            for part in _parts(column):
                same[1:] &= part[1:] == part[:-1]
    return same


def is_ascending(*columns: NDArray[np.uint8]) -> bool:
    """Return whether the rows of byte columns ascend, the first column the most significant, and none is repeated."""
    count = len(columns[0])
    if count < 2:
        return True
    equal, above = np.ones(count - 1, dtype=np.bool_), np.zeros(count - 1, dtype=np.bool_)
    for column in columns:
        for place in range(-(-column.shape[1] // 8)):
            key = byte_key(column, place)
            above |= equal & (key[1:] > key[:-1])
            equal &= key[1:] == key[:-1]
            if above.all() or not (above | equal).all():
                return bool(above.all())
    return False


def match_rows(wanted: NDArray[np.uint8], table: NDArray[np.uint8]) -> I64:
    """Return for each row of `wanted` its row in `table`, or -1; both u8 (n, w), `table` without duplicates."""
    if len(wanted) == 0 or len(table) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    if len(wanted) <= SMALL_ROWS:
        known = {row: place for place, row in enumerate(row_bytes(table))}
        return np.array([known.get(row, -1) for row in row_bytes(wanted)], dtype=np.int64)
    from settlement.rules.columns import ordering_kernel

    order = address_order(table)
    found = np.empty(len(wanted), dtype=np.int64)
    sorted_keys = np.stack([key[order] for key in byte_keys(table)], axis=1)
    ordering_kernel.find_rows(np.stack(byte_keys(wanted), axis=1), sorted_keys, order, found)
    return found


def is_row(column: NDArray[np.uint8], value: bytes) -> NDArray[np.bool_]:
    """Return which rows of u8 (n, w) are `value`."""
    same: NDArray[np.bool_] = np.ascontiguousarray(column).view(f"V{column.shape[1]}").ravel() == np.void(value)
    return same


def rows_equal(column: NDArray[np.uint8], value: bytes) -> list[int]:
    """Return the rows of u8 (n, w) that are `value`, ascending."""
    return [int(row) for row in np.flatnonzero(is_row(column, value))]


def distinct_rows(column: NDArray[np.uint8]) -> list[bytes]:
    """Return the values of u8 (n, w), ascending; for columns of few values: the rows left are read once a value."""
    found: list[bytes] = []
    while len(column):
        found.append(column[0].tobytes())
        column = column[~is_row(column, found[-1])]
    return sorted(found)


def row_bytes(column: NDArray[np.uint8]) -> list[bytes]:
    """Return each row of u8 (n, w) as bytes."""
    count, width = column.shape
    flat = np.ascontiguousarray(column).tobytes()
    return [flat[width * row : width * (row + 1)] for row in range(count)]


def _run_starts(ordered: U64) -> I64:
    return np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


def _parts(column: NDArray[np.generic]) -> "Sequence[NDArray[np.generic]]":
    if column.ndim == 1:
        return [column]
    if column.dtype == np.uint8:
        return byte_keys(column.view(np.uint8))
    return [column[:, place] for place in range(column.shape[1])]
