"""The compiled kernel of `normalize`: floor(total * w / whole) for every row. Importing this module loads numba.

With R = floor(total 2^128 / whole), floor(w R / 2^128) is the quotient or one less: total w / whole exceeds w R / 2^128
by less than w / 2^128 < 1. The remainder total w - q whole then lies in 0 <= r < 2 whole < 2^128, so its low 128 bits
decide. total and whole are below 2^127.
"""

import numpy as np

from indexer.rules.columns.arrays import U64, Word
from indexer.rules.kernels.compiled import njit
from settlement.rules.columns.wide_words import add_wide, multiply_high, subtract_wide


def limbs_of(value: int, count: int) -> U64:
    """Return a non-negative int as `count` uint64 limbs, low first."""
    return np.frombuffer(value.to_bytes(8 * count, "little"), dtype=np.uint64).copy()


@njit(cache=True, nogil=True)
def scale_rows(weights: U64, ratio: U64, total: U64, whole: U64, out: U64) -> None:
    """Write floor(total * w / whole) of every w: weights and out (n, 2), ratio (4,), total and whole (2,)."""
    product = np.empty(6, dtype=np.uint64)
    for row in range(len(weights)):
        product[:] = Word(0)
        for place in range(2):
            carry = Word(0)
            for limb in range(4):
                low = weights[row, place] * ratio[limb]
                high = multiply_high(weights[row, place], ratio[limb])
                high, low = add_wide(high, low, Word(0), carry)
                high, low = add_wide(high, low, Word(0), product[place + limb])
                product[place + limb] = low
                carry = high
            product[place + 4] = carry
        qh, ql = product[3], product[2]
        ah, al = _multiply_low(total[1], total[0], weights[row, 1], weights[row, 0])
        bh, bl = _multiply_low(qh, ql, whole[1], whole[0])
        rh, rl = subtract_wide(ah, al, bh, bl)
        if rh > whole[1] or (rh == whole[1] and rl >= whole[0]):
            qh, ql = add_wide(qh, ql, Word(0), Word(1))
        out[row, 0], out[row, 1] = ql, qh


@njit(nogil=True)
def _multiply_low(ah: Word, al: Word, bh: Word, bl: Word) -> tuple[Word, Word]:
    return multiply_high(al, bl) + ah * bl + al * bh, al * bl
