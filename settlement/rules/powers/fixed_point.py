"""The fixed-point arithmetic of the deployed PoZK contracts: signed 256 bits, 127 of them after the point.

Every division truncates toward zero; what leaves 256 bits reverts. Measured against the contracts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from settlement.rules.columns.conversions import Amounts, amounts_from_ints, amounts_to_ints

ONE = 1 << 127
LN_MIN = 0x733048C5A
EXP_MIN = -0x1FF0000000000000000000000000000000

LN_STEPS = (  # (if x is at most this, divide by it and subtract this)
    (0x1C8464F76164760000000, 0x1000000000000000000000000000000000),
    (0xF1AADDD7742E90000000000000, 0x800000000000000000000000000000000),
    (0xAFE10820813D78000000000000000, 0x400000000000000000000000000000000),
    (0x2582AB704279EC00000000000000000, 0x200000000000000000000000000000000),
    (0x1152AAA3BF81CC000000000000000000, 0x100000000000000000000000000000000),
    (0x2F16AC6C59DE70000000000000000000, 0x80000000000000000000000000000000),
    (0x4DA2CBF1BE5828000000000000000000, 0x40000000000000000000000000000000),
    (0x63AFBE7AB2082C000000000000000000, 0x20000000000000000000000000000000),
    (0x70F5A893B608861E1F58934F97AEA57D, 0x10000000000000000000000000000000),
)
LN_SERIES = (  # (a, divisor)
    (0x100000000000000000000000000000000, 0x100000000000000000000000000000000),
    (0xAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, 0x200000000000000000000000000000000),
    (0x99999999999999999999999999999999, 0x300000000000000000000000000000000),
    (0x92492492492492492492492492492492, 0x400000000000000000000000000000000),
    (0x8E38E38E38E38E38E38E38E38E38E38E, 0x500000000000000000000000000000000),
    (0x8BA2E8BA2E8BA2E8BA2E8BA2E8BA2E8B, 0x600000000000000000000000000000000),
    (0x89D89D89D89D89D89D89D89D89D89D89, 0x700000000000000000000000000000000),
    (0x88888888888888888888888888888888, 0x800000000000000000000000000000000),
)
EXP_MODULUS = 0x10000000000000000000000000000000
EXP_SERIES = (
    0x10E1B3BE415A0000,
    0x5A0913F6B1E0000,
    0x168244FDAC78000,
    0x4807432BC18000,
    0xC0135DCA04000,
    0x1B707B1CDC000,
    0x36E0F639B800,
    0x618FEE9F800,
    0x9C197DCC00,
    0xE30DCE400,
    0x12EBD1300,
    0x17499F00,
    0x1A9D480,
    0x1C6380,
    0x1C638,
    0x1AB8,
    0x17C,
    0x14,
    0x1,
)
EXP_PAIRS = tuple(zip(EXP_SERIES[::2], (*EXP_SERIES[1::2], 0), strict=True))
"""The coefficients of even and of odd powers, two by two."""
EXP_DIVISOR = 0x21C3677C82B40000
EXP_STEPS = (  # (bit of -x, multiply, divide by)
    (0x1000000000000000000000000000000000, 0xF1AADDD7742E56D32FB9F99744, 0x43CBAF42A000812488FC5C220AD7B97BF6E99E),
    (0x800000000000000000000000000000000, 0xAFE10820813D65DFE6A33C07F738F, 0x5D27A9F51C31B7C2F8038212A0574779991),
    (0x400000000000000000000000000000000, 0x2582AB704279E8EFD15E0265855C47A, 0x1B4C902E273A58678D6D3BFDB93DB96D02),
    (0x200000000000000000000000000000000, 0x1152AAA3BF81CB9FDB76EAE12D029571, 0x3B1CC971A9BB5B9867477440D6D157750),
    (0x100000000000000000000000000000000, 0x2F16AC6C59DE6F8D5D6F63C1482A7C86, 0x15BF0A8B1457695355FB8AC404E7A79E3),
    (0x80000000000000000000000000000000, 0x4DA2CBF1BE5827F9EB3AD1AA9866EBB3, 0xD3094C70F034DE4B96FF7D5B6F99FCD8),
    (0x40000000000000000000000000000000, 0x63AFBE7AB2082BA1A0AE5E4EB1B479DC, 0xA45AF1E1F40C333B3DE1DB4DD55F29A7),
    (0x20000000000000000000000000000000, 0x70F5A893B608861E1F58934F97AEA57D, 0x910B022DB7AE67CE76B441C27035C6A1),
    (0x10000000000000000000000000000000, 0x783EAFEF1C0A8F3978C7F81824D62EBF, 0x88415ABBE9A76BEAD8D00CF112E4D4A8),
)

_LIMIT = 1 << 255


@dataclass(frozen=True, slots=True)
class Split:
    """`CD` but for a row's own x and stake: pool in wei, X, S, and the exponent e of x; stake has 1 - e."""

    pool: int
    x_total: int
    stake_total: int
    exponent: Fraction


def floor_rows_fixed(splits: Sequence[Split], group_of: NDArray[np.int64], x: Amounts, stake: Amounts) -> Amounts:
    """Return what the contracts pay for every row; UnsoundError where they would revert."""
    rows = zip(group_of.tolist(), amounts_to_ints(x), amounts_to_ints(stake), strict=True)
    return amounts_from_ints(cobb_douglas(splits[group], p, s) for group, p, s in rows)


def cobb_douglas(split: Split, x: int, stake: int) -> int:
    """Return CD(pool, x, X, stake, S, e) as the contracts compute it."""
    if stake == 0 or x == 0 or split.pool == 0:
        return 0
    if stake == split.stake_total or x == split.x_total:
        return split.pool
    work_share = _quotient(_checked(x * ONE), split.x_total)
    stake_share = _quotient(_checked(stake * ONE), split.stake_total)
    low, high = sorted((work_share, stake_share))
    if high == 0:
        raise UnsoundError("the contracts revert", expected="a share of at least 2^-127", got=f"x {x}, stake {stake}")
    logarithm = _checked(natural_log(_quotient(_checked(low * ONE), high)) * split.exponent.numerator)
    power = exponential(_quotient(logarithm, split.exponent.denominator))
    if work_share <= stake_share:
        share = _quotient(_checked(stake_share * power), ONE)
    else:
        share = _quotient(_checked(stake_share * ONE), power)
    return max(_checked(share * split.pool) >> 127, 0)


def natural_log(x: int) -> int:
    """Return ln(x) for 0 < x <= ONE, never below EXP_MIN; UnsoundError elsewhere.

    All its values but the first are negative or zero: what is computed are their sizes, which fit into 256 bits.
    """
    if not 0 < x <= ONE:
        raise UnsoundError("the contracts revert", expected="a logarithm of 0 < x <= 1", got=f"{x} / 2^127")
    if x == ONE:
        return 0
    if x <= LN_MIN:
        return EXP_MIN
    size = 0
    for bound, subtract in LN_STEPS:
        if x <= bound:
            size += subtract
            x = (x << 127) // bound
    y = z = ONE - x
    square = (y * y) >> 127
    for a, divisor in LN_SERIES:
        size += z * (a + y) // divisor
        z = (z * square) >> 127
    return -size


def exponential(x: int) -> int:
    """Return exp(x) for x <= 0, 0 below EXP_MIN; UnsoundError above 0.

    The powers of a negative number change their signs: what is computed are their sizes, which fit into 256 bits.
    """
    if x > 0:
        raise UnsoundError("the contracts revert", expected="an exponential of x <= 0", got=f"{x} / 2^127")
    if x == 0 or x < EXP_MIN:
        return ONE if x == 0 else 0
    size = -x
    y = z = size % EXP_MODULUS
    result = 0
    for even, odd in EXP_PAIRS:
        z = (z * y) >> 127
        result += z * even
        z = (z * y) >> 127
        result -= z * odd
    result = result // EXP_DIVISOR - y + ONE
    for bit, multiply, divide_by in EXP_STEPS:
        if size & bit:
            result = result * multiply // divide_by
    return result


def _quotient(numerator: int, denominator: int) -> int:
    if denominator == 0:
        raise UnsoundError("the contracts revert", expected="a division", got="a division by zero")
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def _checked(value: int) -> int:
    if not -_LIMIT <= value < _LIMIT:
        raise UnsoundError("the contracts revert", expected="a value of 256 bits", got=f"{value.bit_length()} bits")
    return value
