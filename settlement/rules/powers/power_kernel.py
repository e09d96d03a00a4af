"""The compiled kernel that proposes amounts: 2^(K + e log2(x) + f log2(stake)) in 128-bit integers.

It works in integers alone, so its answer depends on no machine, thread count or row order. Every step floors, and
the errors add up to a bound that is proven below; a row whose floor the bound leaves open is marked undecided and
settled by `settlement.rules.powers.exact`. Importing this module loads numba.

Notation: [b] is a number with b bits after the point; its unit is 2^-b.

log2(x), 1 <= x < 2^127, to [121]. x = 2^e m, 1 <= m < 2, m exact to [127].
  * i = the first 8 bits of m - 1; c1[i] (16 bits) is the least with c1 (1 + i/2^8) >= 1. m c1 = 1 + z1 is exact with
    143 bits and 0 <= z1 < 2^-8 + 2^-15 < 2^-7; it is cut to [135].
  * j = floor(2^15 z1); c2[j] = 1 - u (24 bits) is the least with c2 (1 + j/2^15) >= 1. (1 + z1) c2 = 1 + z,
    z = z1 - u - z1 u, 0 <= z < 2^-15 + 2^-23 < 2^-14; z1 u is cut to [135]. So z is known within 2^-134.
  * log2(x) = e - log2(c1) - log2(c2) + log2(1 + z). The two table entries are within 1/2 unit [121] each.
  * log2(1 + z) = z (a0 - z (a1 - z (.. a7))), a_k = log2(e)/(k+1); what is left out is below 2^-137.
    a7..a5 in 64 bits: an error of at most 4 units [63], which z^4 < 2^-56 and the outer z bring below 2^-131; the four
    outer steps: 1 unit of the cut and 1/2 of the coefficient each, below 8 units [127], and times z below 2^-138.
    The last product is cut to [121]: 1 unit.
  * together below 1/2 + 1/2 + 1 + 2^-9 < 3 units [121] either way.

y = K + e log2(x) + f log2(stake), to [116]. The exponents are cut to [127]: their error times a logarithm below 2^7 is
2^-120 = 2^-4 units [116]; 3 units [121] are below 2^-3 units [116]; the product is cut: 1 unit. K is within 0.51 unit.
  * together |error| < 2 (1 + 2^-3 + 2^-4) + 0.51 < 3 units [116]; the kernel uses SLACK_LOG = 4.

2^y = 2^k 2^f, k = floor(y). f = i/2^8 + j/2^16 + t, t < 2^-16, to [127]:
  * u = t ln 2 within 1.1 units [144]; exp(u) - 1 = u (1 + u/2! + .. + u^5/6!) leaves out less than 2^-127.
  * P = 2^(i/2^8) 2^(j/2^16): 1/2 unit each, times less than 2, and the product cut to [126]: 2 units: below 4 units.
  * P + P (exp(u) - 1): 1 unit of the cut, 2 of what was left out, errors of u below 2^-15 units: below 8 units [127].
The error of y makes a relative one of 2^(4 units [116]) - 1 < 2.78 * 2^-116; of a mantissa below 2 that is
2 * 2.78 * 2^11 < 11,400 units [127]. Together below SLACK_MANTISSA = 2^14 units.
"""

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import U64, Word
from indexer.rules.kernels.compiled import njit
from settlement.rules.columns.wide_words import (
    add_wide,
    multiply_high,
    multiply_upper,
    shift_left,
    shift_right,
    subtract_wide,
)
from settlement.rules.powers.groups import GROUP_EXACT, GROUP_OPEN

SLACK_LOG = 4
SLACK_MANTISSA = 1 << 14


@njit(nogil=True)
def count_leading_zeros(word: Word) -> int:
    """Return the number of zero bits above the first one of a uint64 above 0."""
    count = 0
    for step in (32, 16, 8, 4, 2, 1):
        if word < (Word(1) << Word(64 - step)):
            word <<= Word(step)
            count += step
    return count


@njit(nogil=True)
def log_two(
    high: Word,
    low: Word,
    inverse: U64,
    inverse_log: U64,
    nudge: U64,
    nudge_log: U64,
    series: U64,
) -> tuple[Word, Word]:
    """Return log2 of 0 < (high, low) < 2^127 to [121]."""
    zeros = count_leading_zeros(high) if high else 64 + count_leading_zeros(low)
    if zeros >= 64:
        mh, ml = low << Word(zeros - 64), Word(0)
    elif zeros:
        mh, ml = shift_left(high, low, zeros)
    else:
        mh, ml = high, low
    i = (mh >> Word(55)) & Word(255)
    c = inverse[i]
    # m c1 - 1 in [143]: the top limb's whole part falls away, then cut to [135]
    middle = mh * c
    mid_low = middle + multiply_high(ml, c)
    top = multiply_high(mh, c) + Word(mid_low < middle) - Word(1 << 15)
    zh = (top << Word(56)) | (mid_low >> Word(8))
    zl = (mid_low << Word(56)) | ((ml * c) >> Word(8))
    j = zh >> Word(56)
    u = nudge[j]
    # z1 u in [135]: the product of 145 bits cut by 24
    ph = zh * u
    pm = ph + multiply_high(zl, u)
    pt = multiply_high(zh, u) + Word(pm < ph)
    th, tl = (pt << Word(40)) | (pm >> Word(24)), (pm << Word(40)) | ((zl * u) >> Word(24))
    th += u << Word(47)  # u of 24 bits in [135]: 111 bits up
    zh, zl = subtract_wide(zh, zl, th, tl)
    zh, zl = shift_left(zh, zl, 7)  # [142]
    short = series[7, 0]
    for k in range(6, 3, -1):
        short = series[k, 0] - (multiply_high(zh, short) >> Word(14))
    hh, hl = short, Word(0)
    for k in range(3, -1, -1):
        th, tl = multiply_upper(zh, zl, hh, hl)
        th, tl = shift_right(th, tl, 14)
        hh, hl = subtract_wide(series[k, 0], series[k, 1], th, tl)
    hh, hl = multiply_upper(zh, zl, hh, hl)
    hh, hl = shift_right(hh, hl, 20)
    hh, hl = add_wide(hh, hl, inverse_log[i, 0], inverse_log[i, 1])
    hh, hl = add_wide(hh, hl, nudge_log[j, 0], nudge_log[j, 1])
    return hh + (Word(127 - zeros) << Word(LOG_SHIFT)), hl


LOG_SHIFT = 121 - 64


@njit(nogil=True)
def exp_two(high: Word, low: Word, powers: U64, series: U64, log_two_pair: U64) -> tuple[Word, Word]:
    """Return 2^f in [127] of f = (high, low) in [116], 0 <= f < 1."""
    i = high >> Word(44)
    j = (high >> Word(36)) & Word(255)
    th, tl = shift_left(high & ((Word(1) << Word(36)) - Word(1)), low, 28)  # t in [144]
    uh, ul = multiply_upper(th, tl, log_two_pair[0, 0], log_two_pair[0, 1])
    hh, hl = series[5, 0], series[5, 1]
    for k in range(4, -1, -1):
        hh, hl = multiply_upper(uh, ul, hh, hl)
        hh, hl = shift_right(hh, hl, 16)
        hh, hl = add_wide(hh, hl, series[k, 0], series[k, 1])
    hh, hl = multiply_upper(uh, ul, hh, hl)
    hh, hl = shift_left(hh, hl, 1)  # exp(u) - 1 in [144]
    ph, pl = multiply_upper(powers[i, 0], powers[i, 1], powers[256 + j, 0], powers[256 + j, 1])
    ph, pl = shift_left(ph, pl, 1)
    hh, hl = multiply_upper(ph, pl, hh, hl)
    hh, hl = shift_right(hh, hl, 16)
    return add_wide(ph, pl, hh, hl)


@njit(nogil=True)
def power_floor(yh: Word, yl: Word, powers: U64, series: U64, log_two_pair: U64) -> tuple[Word, Word, bool]:
    """Return floor(2^y) of y = (yh, yl) signed in [116], and whether the bound leaves no other integer."""
    if yh >> Word(63):
        _, near = add_wide(yh, yl, Word(0), Word(SLACK_LOG))
        return Word(0), Word(0), not (yh == ~Word(0) and near < Word(SLACK_LOG))
    k = int(yh >> Word(52))
    if k > 126:
        return Word(0), Word(0), False
    mh, ml = exp_two(yh & ((Word(1) << Word(52)) - Word(1)), yl, powers, series, log_two_pair)
    most_h, most_l = add_wide(mh, ml, Word(0), Word(SLACK_MANTISSA))
    least_h, least_l = subtract_wide(mh, ml, Word(0), Word(SLACK_MANTISSA))
    if most_h < mh:
        return Word(0), Word(0), False
    most_h, most_l = shift_right(most_h, most_l, 127 - k)
    least_h, least_l = shift_right(least_h, least_l, 127 - k)
    return least_h, least_l, most_h == least_h and most_l == least_l


@njit(cache=True, nogil=True)
def propose_amounts(
    group_of: NDArray[np.int64],
    x: U64,
    stake: U64,
    state: NDArray[np.uint8],
    constant: U64,
    x_exponent: U64,
    stake_exponent: U64,
    inverse: U64,
    inverse_log: U64,
    nudge: U64,
    nudge_log: U64,
    log_series: U64,
    powers: U64,
    exp_series: U64,
    log_two_pair: U64,
    out: U64,
    undecided: NDArray[np.bool_],
) -> None:
    """Write the amount of every row to `out` (n, 2), low limb first, or mark it undecided.

    x, stake: (n, 2) low limb first; group_of (n,) indexes state (g,) and the (g, 2) pairs: K in [116], two's
    complement; exponents in [127].
    """
    for row in range(len(group_of)):
        group = group_of[row]
        out[row, 0] = out[row, 1] = Word(0)
        undecided[row] = state[group] == GROUP_EXACT
        if state[group] != GROUP_OPEN:
            continue
        yh, yl = constant[group, 0], constant[group, 1]
        zero = False
        for factor in range(2):
            column, exponent = (x, x_exponent) if factor == 0 else (stake, stake_exponent)
            eh, el = exponent[group, 0], exponent[group, 1]
            if eh == 0 and el == 0:
                continue
            if column[row, 0] == 0 and column[row, 1] == 0:
                zero = True
                continue
            lh, ll = log_two(column[row, 1], column[row, 0], inverse, inverse_log, nudge, nudge_log, log_series)
            lh, ll = multiply_upper(lh, ll, eh, el)
            lh, ll = shift_right(lh, ll, 4)
            yh, yl = add_wide(yh, yl, lh, ll)
        if zero:
            continue
        high, low, decided = power_floor(yh, yl, powers, exp_series, log_two_pair)
        out[row, 0], out[row, 1] = low, high
        undecided[row] = not decided
