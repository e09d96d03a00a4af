"""ABI words as columns: 32 big-endian bytes to numbers, addresses and amounts, with what is refused.

Each function takes words uint8 (n, 32) and returns the column and a mask of the rows that strict ABI decoding
refuses (dirty padding) or that do not fit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import U8, U64, Mask
from indexer.words.quantities import AMOUNT_LIMIT

_LIMIT_HIGH, _LIMIT_LOW = np.uint64(AMOUNT_LIMIT >> 64), np.uint64(AMOUNT_LIMIT & (2**64 - 1))
_ALL_ONES = np.uint64(2**64 - 1)
_SIGN = np.uint64(1 << 63)
_UINT_TYPES = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}


def limbs_of(words: U8) -> U64:
    """Return the words as uint64 (n, 4), most significant first."""
    return words.view(np.uint64).byteswap()


def decode_uints(words: U8, bits: int) -> tuple[NDArray[np.unsignedinteger], Mask]:
    """Return a column of the unsigned type of 8, 16, 32 or 64 bits."""
    raw = words.view(np.uint64)  # in the order of memory: whether a limb is zero does not depend on it
    values = raw[:, 3].byteswap()
    dirty = (raw[:, 0] | raw[:, 1] | raw[:, 2]) != 0
    if bits < 64:
        dirty |= values >> np.uint64(bits) != 0
    return values.astype(_UINT_TYPES[bits], copy=False), dirty


def decode_addresses(words: U8) -> tuple[U8, Mask]:
    """Return uint8 (n, 20)."""
    raw = words.view(np.uint32)
    return np.ascontiguousarray(words[:, 12:]), (raw[:, 0] | raw[:, 1] | raw[:, 2]) != 0


def decode_bools(words: U8) -> tuple[Mask, Mask]:
    """Return booleans; a word other than 0 and 1 is refused."""
    return words[:, 31] == 1, (words[:, :31] != 0).any(axis=1) | (words[:, 31] > 1)


def decode_amounts(words: U8, bits: int) -> tuple[U64, Mask, Mask]:
    """Return little-endian limbs uint64 (n, 2), the dirty rows, and the rows above the amount limit."""
    limbs = limbs_of(words)
    dirty = np.zeros(len(limbs), dtype=np.bool_)
    if bits < 256:
        dirty = (limbs[:, 0] | limbs[:, 1]) != 0  # only uint128 is narrower than a word
    too_big = ~dirty & (((limbs[:, 0] | limbs[:, 1]) != 0) | _above_limit(limbs[:, 2], limbs[:, 3]))
    return np.ascontiguousarray(limbs[:, :1:-1]), dirty, too_big


def decode_signed_amounts(words: U8) -> tuple[U64, Mask, Mask]:
    """Return two's complement little-endian limbs uint64 (n, 2), no dirty rows, the rows beyond +- the limit."""
    limbs = limbs_of(words)
    negative = limbs[:, 0] >= _SIGN
    fill = np.where(negative, _ALL_ONES, np.uint64(0))
    low = np.where(negative, ~limbs[:, 3] + np.uint64(1), limbs[:, 3])  # magnitude: invert and add one
    carry = negative & (limbs[:, 3] == 0)
    high = np.where(negative, ~limbs[:, 2] + carry.astype(np.uint64), limbs[:, 2])
    wide = (limbs[:, 0] != fill) | (limbs[:, 1] != fill) | (negative & (limbs[:, 2] < _SIGN))
    too_big = wide | _above_limit(high, low)
    return np.ascontiguousarray(limbs[:, :1:-1]), np.zeros(len(limbs), dtype=np.bool_), too_big


def _above_limit(high: U64, low: U64) -> Mask:
    above: Mask = (high > _LIMIT_HIGH) | ((high == _LIMIT_HIGH) & (low > _LIMIT_LOW))
    return above
