"""Compiled parts of `settlement.rules.ordering`. Importing this module loads numba."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Order = NDArray[np.int64]


@njit(cache=True, nogil=True)
def sort_runs(order: Order, first: Keys, starts: Order, rest: Keys) -> None:
    """Sort each run of `order` in place: rows equal in `first` (n,), by `rest` (n, k), then by row number."""
    for start in starts:
        stop = start + 1
        while stop < len(order) and first[order[stop]] == first[order[start]]:
            stop += 1
        for place in range(start + 1, stop):
            row = order[place]
            at = place
            while at > start and _comes_before(row, order[at - 1], rest):
                order[at] = order[at - 1]
                at -= 1
            order[at] = row


@njit(nogil=True)
def _comes_before(row: int, other: int, rest: Keys) -> bool:
    for place in range(rest.shape[1]):
        if rest[row, place] != rest[other, place]:
            return bool(rest[row, place] < rest[other, place])
    return row < other


@njit(cache=True, nogil=True)
def find_rows(wanted: Keys, table: Keys, places: Order, found: Order) -> None:
    """Write to `found` the place of each wanted key (n, k) in the sorted table (m, k), or -1."""
    last = 0
    for row in range(len(wanted)):
        if _compare(wanted, row, table, last) != 0:
            low, high = 0, len(table)
            while low < high:
                middle = (low + high) // 2
                if _compare(wanted, row, table, middle) > 0:
                    low = middle + 1
                else:
                    high = middle
            last = min(low, len(table) - 1)
        found[row] = places[last] if _compare(wanted, row, table, last) == 0 else -1


@njit(nogil=True)
def _compare(wanted: Keys, row: int, table: Keys, place: int) -> int:
    for key in range(wanted.shape[1]):
        if wanted[row, key] != table[place, key]:
            return 1 if wanted[row, key] > table[place, key] else -1
    return 0
