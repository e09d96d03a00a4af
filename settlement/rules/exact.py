"""The definition of every amount: the floor of an exact real number, a product of fractional powers.

value = scale * product of (numerator / denominator) ** exponent. With Q the least common denominator of the
reduced exponents, value ** Q is a rational N / D and floor(value) = iroot(N // D, Q).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import gmpy2


@dataclass(frozen=True, slots=True)
class Factor:
    """`(numerator / denominator) ** exponent` with numerator >= 0, denominator >= 0, exponent >= 0.

    An exponent of 0 makes the factor 1, whatever the base, also 0/0. A numerator of 0 makes it 0.
    """

    numerator: int
    denominator: int
    exponent: Fraction


def floor_product(scale: int, factors: Iterable[Factor]) -> int:
    """Return floor(scale * product of factors); ZeroDivisionError for x / 0 with x > 0 and exponent > 0."""
    bases = reduced_bases(scale, factors)
    if bases is None:
        return 0
    low, high = _bracket(bases)
    if low == high:
        return low
    return floor_by_definition(bases)


def reduced_bases(scale: int, factors: Iterable[Factor]) -> dict[Fraction, Fraction] | None:
    """Return base -> exponent of the same value, equal bases merged and ones dropped; None if the value is 0.

    (p/q)^e * (p/q)^f = (p/q)^(e+f): merging keeps Q small, so that one-account epochs and equal shares stay cheap.
    """
    bases: dict[Fraction, Fraction] = {}
    if scale == 0:
        return None
    for numerator, denominator, exponent in [
        (scale, 1, Fraction(1)),
        *((f.numerator, f.denominator, f.exponent) for f in factors),
    ]:
        if exponent == 0:
            continue
        if numerator == 0:
            return None
        base = Fraction(numerator, denominator)
        if base != 1:
            bases[base] = bases.get(base, Fraction(0)) + exponent
    return bases


def floor_by_definition(bases: dict[Fraction, Fraction]) -> int:
    """Return floor(product of base ** exponent) as iroot(N // D, Q), in integers throughout."""
    numerator, denominator, root = exact_power(bases)
    return int(gmpy2.iroot(numerator // denominator, root)[0])


def exact_power(bases: dict[Fraction, Fraction]) -> "tuple[gmpy2.mpz, gmpy2.mpz, int]":
    """Return (N, D, Q) with value ** Q = N / D."""
    root = lcm(*(exponent.denominator for exponent in bases.values()))
    numerator = denominator = gmpy2.mpz(1)
    for base, exponent in bases.items():
        power = int(exponent * root)
        numerator *= gmpy2.mpz(base.numerator) ** power
        denominator *= gmpy2.mpz(base.denominator) ** power
    return numerator, denominator, root


def _bracket(bases: dict[Fraction, Fraction]) -> tuple[int, int]:
    """Return two integers that enclose floor(value), almost always equal.

    With P bits MPFR rounds each operation correctly: relative error at most 2^-P. Every logarithm of an integer
    below 2^W is below W, every sum of the k terms below 2kW, so log2(value) has an absolute error below
    2^-P * (k terms) * (4 operations) * 2kW, and value a relative one below twice that. With k <= 16 and W <= 2^12
    this is below 2^(30 - P); the bracket uses 2^(40 - P) = 2^-216.
    """
    widest = max((max(b.numerator.bit_length(), b.denominator.bit_length()) for b in bases), default=0)
    if len(bases) > 8 or widest > 4096:
        return 0, -1
    with gmpy2.context(gmpy2.get_context(), precision=256, round=gmpy2.RoundToNearest):
        exponent = gmpy2.mpfr(0)
        for base, power in bases.items():
            difference = gmpy2.log2(gmpy2.mpz(base.numerator)) - gmpy2.log2(gmpy2.mpz(base.denominator))
            exponent += difference * gmpy2.mpz(power.numerator) / gmpy2.mpz(power.denominator)
        value = gmpy2.exp2(exponent)
        slack = gmpy2.div_2exp(value, 216)
        return int(gmpy2.floor(value - slack)), int(gmpy2.floor(value + slack))
