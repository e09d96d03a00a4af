"""Compiled hashing of rows by columns; `indexer.rules.stored.row_sums` says what is hashed. Loads numba."""

import numpy as np
from numba import uint64

from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import load8, load32, load64

FACTORS = np.array([0x9E3779B97F4A7C15, 0xD1342543DE82EF95], dtype=np.uint64)
"""The two lanes' factors, odd; those of `row_hash`, here so that the cache of kernels knows them."""


@njit(inline="always")
def finish(lane: np.uint64) -> np.uint64:
    """Return a lane so mixed that every bit of it depends on every bit (the finalizer of MurmurHash3)."""
    lane ^= lane >> uint64(33)
    lane *= uint64(0xFF51AFD7ED558CCD)
    lane ^= lane >> uint64(33)
    lane *= uint64(0xC4CEB9FE1A85EC53)
    return lane ^ (lane >> uint64(33))


@njit(cache=True, nogil=True)
def values_of(address: int, offsets: np.ndarray, values: np.ndarray, powers: np.ndarray) -> None:
    """Fill values u64 (n, 2) with lane sums of byte strings, and powers u64 (n, 2) with what a lane before it grows by.

    String i lies at `address` + offsets[i] .. offsets[i + 1]. Its words are its length and its bytes, eight at a time.
    """
    first, second = FACTORS[0], FACTORS[1]
    for row in range(len(values)):
        at, end = address + int64(offsets[row]), address + int64(offsets[row + 1])
        a = b = uint64(end - at)
        p, q = first, second
        while end - at >= 8:
            word = load64(at)
            a, b = a * first + word, b * second + word
            p, q = p * first, q * second
            at += 8
        if at < end:
            word, shift = uint64(0), uint64(0)
            while at < end:
                word |= uint64(load8(at)) << shift
                shift += uint64(8)
                at += 1
            a, b = a * first + word, b * second + word
            p, q = p * first, q * second
        values[row, 0], values[row, 1], powers[row, 0], powers[row, 1] = a, b, p, q


@njit(cache=True, nogil=True)
def absorb_bytes(state: np.ndarray, address: int, offsets: np.ndarray) -> None:
    """Take one byte string a row, string i as above, into the lanes of the rows: state u64 (n, 2)."""
    first, second = FACTORS[0], FACTORS[1]
    for row in range(len(state)):
        at, end = address + int64(offsets[row]), address + int64(offsets[row + 1])
        a, b = state[row, 0] * first + uint64(end - at), state[row, 1] * second + uint64(end - at)
        while end - at >= 8:
            word = load64(at)
            a, b = a * first + word, b * second + word
            at += 8
        if end - at == 4:
            word = uint64(load32(at))
            a, b = a * first + word, b * second + word
        elif at < end:
            word, shift = uint64(0), uint64(0)
            while at < end:
                word |= uint64(load8(at)) << shift
                shift += uint64(8)
                at += 1
            a, b = a * first + word, b * second + word
        state[row, 0], state[row, 1] = a, b


@njit(cache=True, nogil=True)
def absorb_indexed(state: np.ndarray, index: np.ndarray, values: np.ndarray, powers: np.ndarray) -> None:
    """Take the byte string index[i] of those that `values_of` has read into the lanes of row i."""
    for row in range(len(state)):
        place = index[row]
        state[row, 0] = state[row, 0] * powers[place, 0] + values[place, 0]
        state[row, 1] = state[row, 1] * powers[place, 1] + values[place, 1]


@njit(cache=True, nogil=True)
def absorb_words(state: np.ndarray, words: np.ndarray) -> None:
    """Take numbers u64 (n, k), k words each, into the lanes of the rows."""
    first, second = FACTORS[0], FACTORS[1]
    for row in range(len(state)):
        for place in range(words.shape[1]):
            state[row, 0] = state[row, 0] * first + words[row, place]
            state[row, 1] = state[row, 1] * second + words[row, place]


@njit(cache=True, nogil=True)
def sum_hashes(state: np.ndarray, group: np.ndarray, sums: np.ndarray) -> None:
    """Add each row's 128-bit hash to sums u64 (g, 3) of its group: rows, low and high half; group -1 is left out."""
    for row in range(len(state)):
        place = group[row]
        if place >= 0:
            low, high = finish(state[row, 0]), finish(state[row, 1])
            total = sums[place, 1] + low
            sums[place, 2] += high + uint64(total < low)
            sums[place, 1] = total
            sums[place, 0] += uint64(1)


@njit(cache=True, nogil=True)
def sum_amounts(limbs: np.ndarray, bucket: np.ndarray, sums: np.ndarray) -> None:
    """Add magnitudes limbs u64 (n, 2), low first, to sums u64 (k, 3) of 192 bits of their bucket; -1 is left out."""
    for row in range(len(limbs)):
        place = bucket[row]
        if place >= 0:
            low = sums[place, 0] + limbs[row, 0]
            carry = uint64(low < limbs[row, 0])
            middle = sums[place, 1] + limbs[row, 1]
            over = uint64(middle < limbs[row, 1])
            sums[place, 0] = low
            sums[place, 1] = middle + carry
            sums[place, 2] += over + uint64(middle + carry < carry)


@njit(cache=True, nogil=True)
def sum_numbers(numbers: np.ndarray, keys: np.ndarray, group: np.ndarray, most: int, sums: np.ndarray) -> None:
    """Add numbers u64 (n,) to sums u64 (groups x most, 3) of 192 bits at `group x most + key`; group -1 is left out."""
    for row in range(len(numbers)):
        if group[row] >= 0:
            place = group[row] * most + int64(keys[row])
            low = sums[place, 0] + numbers[row]
            sums[place, 1] += uint64(low < numbers[row])
            sums[place, 0] = low
