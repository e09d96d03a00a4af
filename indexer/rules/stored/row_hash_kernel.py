"""Compiled hashing of rows by columns; `indexer.rules.stored.row_sums` says what is hashed. Loads numba."""

import numpy as np
from numba import uint64

from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import load8, load32, load64

FACTORS = np.array([0x9E3779B97F4A7C15, 0xD1342543DE82EF95], dtype=np.uint64)
"""The two lanes' factors, odd; those of `row_hash`, here so that the cache of kernels knows them."""
CODED, NARROW, WIDE = 0, 32, 64
"""The forms of `hashed_columns`, likewise."""
ROWS_AT_A_TIME = 1024
"""Their lanes stay in the innermost cache."""


@njit(inline="always")
def finish(lane: np.uint64) -> np.uint64:
    """Return a lane so mixed that every bit of it depends on every bit (the finalizer of MurmurHash3)."""
    lane ^= lane >> uint64(33)
    lane *= uint64(0xFF51AFD7ED558CCD)
    lane ^= lane >> uint64(33)
    lane *= uint64(0xC4CEB9FE1A85EC53)
    return lane ^ (lane >> uint64(33))


@njit(inline="always")
def _last_word(at: int, end: int) -> np.uint64:
    """Return the word of the fewer than eight bytes that are left of a byte string."""
    word, shift = uint64(0), uint64(0)
    while at < end:
        word |= uint64(load8(at)) << shift
        shift += uint64(8)
        at += 1
    return word


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
            word = _last_word(at, end)
            a, b = a * first + word, b * second + word
            p, q = p * first, q * second
        values[row, 0], values[row, 1], powers[row, 0], powers[row, 1] = a, b, p, q


@njit(inline="always")
def _absorb_numbers(state: np.ndarray, width: int, at: int) -> None:
    """Take one number of so many bytes a row, those from `at` on, into the lanes of the rows: state u64 (n, 2)."""
    first, second = FACTORS[0], FACTORS[1]
    for row in range(len(state)):
        if width == 8:
            word = load64(at + 8 * row)
        elif width == 4:
            word = uint64(load32(at + 4 * row))
        elif width == 2:
            word = uint64(load8(at + 2 * row)) | uint64(load8(at + 2 * row + 1)) << uint64(8)
        else:
            word = uint64(load8(at + row))
        state[row, 0], state[row, 1] = state[row, 0] * first + word, state[row, 1] * second + word


@njit(inline="always")
def _absorb_amounts(state: np.ndarray, at: int) -> None:
    """Take one number of 16 bytes a row."""
    first, second = FACTORS[0], FACTORS[1]
    for row in range(len(state)):
        low, high = load64(at + 16 * row), load64(at + 16 * row + 8)
        state[row, 0] = (state[row, 0] * first + low) * first + high
        state[row, 1] = (state[row, 1] * second + low) * second + high


@njit(inline="always")
def _absorb_bytes(state: np.ndarray, values: int, offsets: int, is_wide: bool) -> None:
    """Take one byte string a row, as `values_of` reads them; the words of addresses and of hashes at one go."""
    first, second = FACTORS[0], FACTORS[1]
    first4, second4 = first * first * first * first, second * second * second * second
    for row in range(len(state)):
        if is_wide:
            at, end = int64(load64(offsets + 8 * row)), int64(load64(offsets + 8 * row + 8))
        else:
            at, end = int64(load32(offsets + 4 * row)), int64(load32(offsets + 4 * row + 4))
        size = uint64(end - at)
        at, end = values + at, values + end
        a, b = state[row, 0], state[row, 1]
        if size == 20:
            one, two, three = load64(at), load64(at + 8), uint64(load32(at + 16))
            a = a * first4 + (((size * first + one) * first + two) * first + three)
            b = b * second4 + (((size * second + one) * second + two) * second + three)
        elif size == 32:
            one, two, three, four = load64(at), load64(at + 8), load64(at + 16), load64(at + 24)
            a = (a * first4 + (((size * first + one) * first + two) * first + three)) * first + four
            b = (b * second4 + (((size * second + one) * second + two) * second + three)) * second + four
        else:
            a, b = a * first + size, b * second + size
            while end - at >= 8:
                word = load64(at)
                a, b = a * first + word, b * second + word
                at += 8
            if at < end:
                word = _last_word(at, end)
                a, b = a * first + word, b * second + word
        state[row, 0], state[row, 1] = a, b


@njit(inline="always")
def _absorb_coded(state: np.ndarray, values: int, codes: int, powers: int) -> None:
    """Take one of the byte strings that `values_of` has read a row, that of its 32-bit code."""
    for row in range(len(state)):
        at = 16 * int64(load32(codes + 4 * row))
        state[row, 0] = state[row, 0] * load64(powers + at) + load64(values + at)
        state[row, 1] = state[row, 1] * load64(powers + at + 8) + load64(values + at + 8)


@njit(inline="always")
def _absorb(state: np.ndarray, column: np.ndarray, start: int) -> None:
    """Take the rows of a column from `start` on; `column` is a line of `ColumnPlaces.places`."""
    form, values, others = column[0], column[1], column[2]
    if form == CODED:
        _absorb_coded(state, values, others + 4 * start, column[3])
    elif form in (NARROW, WIDE):
        _absorb_bytes(state, values, others + form // 8 * start, form == WIDE)
    elif form == 16:
        _absorb_amounts(state, values + 16 * start)
    else:
        _absorb_numbers(state, form, values + form * start)


@njit(inline="always")
def _sum_hashes(state: np.ndarray, group: np.ndarray, sums: np.ndarray) -> None:
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
def sum_columns(seed: np.ndarray, columns: np.ndarray, lean: int, group: np.ndarray, sums: np.ndarray) -> None:
    """Add the hashes of rows to those of their group: sums u64 (2, g, 3), of whole rows and of `lean` columns alone.

    `columns` are `ColumnPlaces.places`, of which the first are the lean ones, seed u64 (2,) what the lanes begin with,
    group i64 (n,), -1 for rows of none. Where there are no more than `lean` columns, only these are summed.
    """
    block, kept = np.empty((ROWS_AT_A_TIME, 2), dtype=np.uint64), np.empty((ROWS_AT_A_TIME, 2), dtype=np.uint64)
    for start in range(0, len(group), ROWS_AT_A_TIME):
        part = group[start : start + ROWS_AT_A_TIME]
        state = block[: len(part)]
        state[:, 0], state[:, 1] = seed[0], seed[1]
        for place in range(len(columns)):
            if lean > 0 and place == lean:
                _sum_hashes(state, part, sums[1])
            present = columns[place, 4]
            if present == 0:
                _absorb(state, columns[place], start)
            else:  # rows without the column keep the lanes they had
                kept[: len(part)] = state
                _absorb(state, columns[place], start)
                for row in range(len(part)):
                    if load8(present + start + row) == 0:
                        state[row, 0], state[row, 1] = kept[row, 0], kept[row, 1]
        _sum_hashes(state, part, sums[int64(len(columns) == lean)])


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
