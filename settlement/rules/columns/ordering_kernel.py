"""Compiled parts of `settlement.rules.columns.ordering`. Importing this module loads numba."""

import numpy as np

from indexer.rules.columns.arrays import I64, U64
from indexer.rules.kernels.compiled import njit
from settlement.rules.columns.wide_words import swap_bytes


@njit(cache=True, nogil=True)
def sort_runs(order: I64, first: U64, starts: I64, words: U64, place: int) -> None:
    """Sort each run of `order` in place: rows equal in `first` (n,), by big-endian `words` (n, k) from `place` on.

    Rows that these leave equal ascend by their number.
    """
    for start in starts:
        stop = start + 1
        while stop < len(order) and first[order[stop]] == first[order[start]]:
            stop += 1
        for next_at in range(start + 1, stop):
            row = order[next_at]
            at = next_at
            while at > start and _comes_before(row, order[at - 1], words, place):
                order[at] = order[at - 1]
                at -= 1
            order[at] = row


@njit(cache=True, nogil=True)
def ascend(words: U64, place: int) -> bool:
    """Return whether no row of big-endian `words` (n, k), from `place` on, is below the one before it."""
    for row in range(1, len(words)):
        for each in range(place, words.shape[1]):
            if words[row, each] != words[row - 1, each]:
                if swap_bytes(words[row, each]) < swap_bytes(words[row - 1, each]):
                    return False
                break
    return True


@njit(nogil=True)
def _comes_before(row: int, other: int, words: U64, place: int) -> bool:
    for each in range(place, words.shape[1]):
        if words[row, each] != words[other, each]:
            return bool(swap_bytes(words[row, each]) < swap_bytes(words[other, each]))
    return row < other


@njit(cache=True, nogil=True)
def find_rows(wanted: U64, table: U64, places: I64, found: I64) -> None:
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
def _compare(wanted: U64, row: int, table: U64, place: int) -> int:
    for key in range(wanted.shape[1]):
        if wanted[row, key] != table[place, key]:
            return 1 if wanted[row, key] > table[place, key] else -1
    return 0


@njit(cache=True, nogil=True)
def sort_hashes(words: U64, bits: int, crowded: int, order: I64) -> bool:
    """Write the ascending order of (n, 4) words of big-endian bytes to `order`; False if a bucket is crowded.

    The first `bits` bits name the bucket; inside, insertion by the first 64 bits, then by all, then by row.
    """
    count, shift = len(words), np.uint64(64 - bits)
    starts = np.zeros((1 << bits) + 1, dtype=np.int64)
    for row in range(count):
        starts[int(swap_bytes(words[row, 0]) >> shift) + 1] += 1
    for bucket in range(1 << bits):
        if starts[bucket + 1] > crowded:
            return False
        starts[bucket + 1] += starts[bucket]
    keys, ends = np.empty(count, dtype=np.uint64), starts[:-1].copy()
    for row in range(count):
        key = swap_bytes(words[row, 0])
        at = ends[int(key >> shift)]
        ends[int(key >> shift)] += 1
        keys[at], order[at] = key, row
    for bucket in range(1 << bits):
        for place in range(starts[bucket] + 1, starts[bucket + 1]):
            key, row, at = keys[place], order[place], place
            while at > starts[bucket] and _hash_before(key, row, keys[at - 1], order[at - 1], words):
                keys[at], order[at] = keys[at - 1], order[at - 1]
                at -= 1
            keys[at], order[at] = key, row
    return True


@njit(nogil=True)
def _hash_before(key: np.uint64, row: int, other_key: np.uint64, other: int, words: U64) -> bool:
    if key != other_key:
        return bool(key < other_key)
    return _comes_before(row, other, words, 1)
