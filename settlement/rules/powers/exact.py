"""The definition of every amount: the floor of an exact real number, a product of fractional powers.

value = scale * product of (numerator / denominator) ** exponent. With Q the least common denominator of the
reduced exponents, value ** Q is a rational N / D and floor(value) = iroot(N // D, Q).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import gmpy2

FIRST_PRECISION = 256
"""Bits of the first interval: more than any amount has, with a hundred to spare."""


@dataclass(frozen=True, slots=True)
class Factor:
    """`(numerator / denominator) ** exponent` with numerator >= 0, denominator >= 0, exponent >= 0.

    An exponent of 0 makes the factor 1, whatever the base, also 0/0. A numerator of 0 makes it 0.
    """

    numerator: int
    denominator: int
    exponent: Fraction


def floor_product(scale: int, factors: Iterable[Factor]) -> int:
    """Return floor(scale * product of factors); ZeroDivisionError for x / 0 with x > 0 and exponent > 0.

    Intervals of growing precision enclose the value. While an integer lies inside, either the value is that integer,
    which `is_integer` decides without roots, or it is not, and then some precision tells them apart.
    """
    bases = reduced_bases(scale, factors)
    if bases is None:
        return 0
    precision, tested = FIRST_PRECISION, -1
    while True:
        low, high = bracket(bases, precision)
        if low == high:
            return low
        if high == low + 1 and high != tested:
            if is_integer(bases, high):
                return high
            tested = high
        precision *= 2


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


def bracket(bases: dict[Fraction, Fraction], precision: int) -> tuple[int, int]:
    """Return the floors of two numbers that enclose the value, almost always equal.

    MPFR rounds each operation correctly to P bits: relative error at most 2^-P. With k bases of integers below 2^W,
    every logarithm is below W and every sum below 2kW; at most 4 operations for each base make the absolute error of
    log2(value) less than 8 k^2 W 2^-P, and the relative one of the value less than twice that, plus 2^-P for the last
    power. With k < 2^4 and W < 2^12 this is below 2^(4 + 8 + 12 - P) = 2^(24 - P); the bracket takes 2^(40 - P).
    """
    widest = max((max(b.numerator.bit_length(), b.denominator.bit_length()) for b in bases), default=0)
    if len(bases) >= 16 or widest >= 4096:
        raise ValueError(f"expected fewer than 16 bases below 2^4096, got {len(bases)} of {widest} bits")
    with gmpy2.context(gmpy2.get_context(), precision=precision, round=gmpy2.RoundToNearest):
        exponent = gmpy2.mpfr(0)
        for base, power in bases.items():
            difference = gmpy2.log2(gmpy2.mpz(base.numerator)) - gmpy2.log2(gmpy2.mpz(base.denominator))
            exponent += difference * gmpy2.mpz(power.numerator) / gmpy2.mpz(power.denominator)
        value = gmpy2.exp2(exponent)
        slack = gmpy2.div_2exp(value, precision - 40)
        return int(gmpy2.floor(value - slack)), int(gmpy2.floor(value + slack))


def is_integer(bases: dict[Fraction, Fraction], candidate: int) -> bool:
    """Return whether product of base ** exponent equals the candidate, exactly.

    All integers involved are written over one set of coprime numbers; a product of powers of coprime numbers above 1
    is 1 only if every exponent is 0. So both sides are equal if and only if the exponents of each agree.
    """
    if candidate == 0:
        return False
    powers = [(base.numerator, exponent) for base, exponent in bases.items()]
    powers += [(base.denominator, -exponent) for base, exponent in bases.items()]
    powers.append((candidate, Fraction(-1)))
    coprime = coprime_numbers([number for number, _ in powers])
    return all(sum(_multiplicity(number, one) * exponent for number, exponent in powers) == 0 for one in coprime)


def coprime_numbers(numbers: Iterable[int]) -> list[int]:
    """Return pairwise coprime numbers above 1 of which each of the positive `numbers` is a product of powers.

    Two numbers with a common divisor g are replaced by their quotients by g, and g: their product falls, so it ends.
    """
    found: list[int] = []
    waiting = list(numbers)
    while waiting:
        number = waiting.pop()
        if number == 1:
            continue
        for place, other in enumerate(found):
            divisor = gcd(number, other)
            if divisor > 1:
                found.pop(place)
                waiting += [number // divisor, other // divisor, divisor]
                break
        else:
            found.append(number)
    return found


def _multiplicity(number: int, divisor: int) -> int:
    count = 0
    while number % divisor == 0:
        number, count = number // divisor, count + 1
    return count
