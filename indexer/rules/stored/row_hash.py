"""What `row_hash_kernel` does, for few rows: loading that costs 0.6 CPU seconds. Its functions, by numpy alone."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64, U64
from indexer.rules.stored.hashed_columns import CODED, NARROW, WIDE

FACTORS = np.array([0x9E3779B97F4A7C15, 0xD1342543DE82EF95], dtype=np.uint64)
"""The two lanes' factors, odd."""
_HALF = 32


def finish(lanes: U64) -> U64:
    """Return lanes so mixed that every bit of one depends on every bit (the finalizer of MurmurHash3)."""
    lanes = (lanes ^ lanes >> np.uint64(33)) * np.uint64(0xFF51AFD7ED558CCD)
    lanes = (lanes ^ lanes >> np.uint64(33)) * np.uint64(0xC4CEB9FE1A85EC53)
    return lanes ^ lanes >> np.uint64(33)


def values_of(address: int, offsets: NDArray[np.signedinteger], values: U64, powers: U64) -> None:
    """Fill values u64 (n, 2) with lane sums of byte strings, and powers u64 (n, 2) with what a lane before it grows by.

    String i lies at `address` + offsets[i] .. offsets[i + 1]. Its words are its length and its bytes, eight at a time.
    """
    sizes = np.diff(offsets).astype(np.int64)
    counts = (sizes + 7) // 8
    longest_first = np.argsort(-counts, kind="stable")
    words, starts = _words_at(address, offsets, sizes, counts)
    lanes = np.repeat(sizes[longest_first].astype(np.uint64)[:, None], 2, axis=1)
    grown = np.tile(FACTORS, (len(sizes), 1))
    starts, left = starts[longest_first], np.searchsorted(-counts[longest_first], -np.arange(counts.max(initial=0)))
    for place, rows in enumerate(left.tolist()):
        lanes[:rows] = lanes[:rows] * FACTORS + words[starts[:rows] + place][:, None]
        grown[:rows] *= FACTORS
    values[longest_first], powers[longest_first] = lanes, grown


def _words_at(address: int, offsets: NDArray[np.signedinteger], sizes: I64, counts: I64) -> tuple[U64, I64]:
    """Return byte strings as words, the last of each padded with zeros, and where each one's begin."""
    starts = np.cumsum(counts) - counts
    begins = offsets[:-1].astype(np.int64) - int(offsets[0])
    total = int(sizes.sum())
    text = _load(address + int(offsets[0]), total, np.uint8)
    padded = np.zeros(8 * int(counts.sum()), dtype=np.uint8)
    padded[np.arange(total) + np.repeat(8 * starts - begins, sizes)] = text
    return padded.view(np.uint64), starts


def sum_columns(seed: U64, columns: I64, lean: int, group: I64, sums: U64) -> None:
    """Add the hashes of rows to those of their group: sums u64 (2, g, 3), of whole rows and of `lean` columns alone.

    `columns` are `ColumnPlaces.places`, of which the first are the lean ones, seed u64 (2,) what the lanes begin with,
    group i64 (n,), -1 for rows of none. Where there are no more than `lean` columns, only these are summed.
    """
    state = np.tile(seed, (len(group), 1))
    for place, column in enumerate(columns.tolist()):
        if lean and place == lean:
            _sum_hashes(state, group, sums[1])
        lanes = _absorbed(state, column)
        present = _load(column[4], len(group), np.uint8) if column[4] else np.ones(len(group), dtype=np.uint8)
        state = np.where(present[:, None] != 0, lanes, state)
    _sum_hashes(state, group, sums[int(len(columns) == lean)])


def _absorbed(state: U64, column: Sequence[int]) -> U64:
    """Return the lanes of the rows with one column taken into them."""
    form, at, others, powers_at, _ = column
    count = len(state)
    if form in (NARROW, WIDE):
        values, powers = np.empty_like(state), np.empty_like(state)
        values_of(at, _load(others, count + 1, np.int32 if form == NARROW else np.int64), values, powers)
        return state * powers + values
    if form == CODED:
        codes = _load(others, count, np.int32)
        words = 2 * (int(codes.max()) + 1)
        known: tuple[U64, ...] = tuple(_load(each, words, np.uint64).reshape(-1, 2)[codes] for each in (at, powers_at))
        return state * known[1] + known[0]
    numbers: U64 = _load(at, count * form, np.uint8).view(f"<u{min(form, 8)}").reshape(count, -1).astype(np.uint64)
    for place in range(numbers.shape[1]):
        state = state * FACTORS + numbers[:, place : place + 1]
    return state


def _load(address: int, count: int, kind: type[np.generic]) -> NDArray[Any]:
    """Return so many numbers as lie at an address."""
    size = count * np.dtype(kind).itemsize
    if not size:
        return np.zeros(0, dtype=kind)
    return np.frombuffer(memoryview((ctypes.c_uint8 * size).from_address(address)), dtype=kind)


def _sum_hashes(state: U64, group: I64, sums: U64) -> None:
    """Add each row's 128-bit hash to sums u64 (g, 3) of its group: rows, low and high half; group -1 is left out."""
    sums[:, 0] += np.bincount(group[group >= 0], minlength=len(sums)).astype(np.uint64)
    _add_totals(finish(state), group, sums[:, 1:])


def sum_amounts(limbs: U64, bucket: I64, sums: U64) -> None:
    """Add magnitudes limbs u64 (n, 2), low first, to sums u64 (k, 3) of 192 bits of their bucket; -1 is left out."""
    _add_totals(limbs, bucket, sums)


def sum_numbers(numbers: U64, keys: NDArray[np.integer], group: I64, most: int, sums: U64) -> None:
    """Add numbers u64 (n,) to sums u64 (groups x most, 3) of 192 bits at `group x most + key`; group -1 is left out."""
    _add_totals(numbers[:, None], np.where(group >= 0, group * most + keys.astype(np.int64), -1), sums)


def _add_totals(limbs: U64, bucket: I64, sums: U64) -> None:
    """Add numbers of n words, low first, to sums of k words of their bucket, modulo 2^(64 k); below 2^32 rows."""
    rows = np.flatnonzero(bucket >= 0)
    halves = np.ascontiguousarray(limbs[rows]).view(np.uint32).astype(np.uint64)
    totals = np.zeros((len(sums), halves.shape[1]), dtype=np.uint64)
    np.add.at(totals, bucket[rows], halves)
    for place in np.flatnonzero(totals.any(axis=1)).tolist():
        total = sum(int(half) << (_HALF * at) for at, half in enumerate(totals[place]))
        total += sum(int(word) << (2 * _HALF * at) for at, word in enumerate(sums[place]))
        for at in range(sums.shape[1]):
            sums[place, at] = np.uint64((total >> (2 * _HALF * at)) & 0xFFFFFFFFFFFFFFFF)
