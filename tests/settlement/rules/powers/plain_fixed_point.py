"""The arithmetic of the deployed contracts read word by word, every step checked: what the fast one is held against."""

from indexer.words.errors import UnsoundError
from settlement.rules.powers.fixed_point import (
    EXP_DIVISOR,
    EXP_MIN,
    EXP_MODULUS,
    EXP_SERIES,
    EXP_STEPS,
    LN_MIN,
    LN_SERIES,
    LN_STEPS,
    ONE,
)

_LIMIT = 1 << 255


def cobb_douglas(split, x, stake):
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


def natural_log(x):
    """Return ln(x) for 0 < x <= ONE, never below EXP_MIN; UnsoundError elsewhere."""
    if not 0 < x <= ONE:
        raise UnsoundError("the contracts revert", expected="a logarithm of 0 < x <= 1", got=f"{x} / 2^127")
    if x == ONE:
        return 0
    if x <= LN_MIN:
        return EXP_MIN
    result = 0
    for bound, subtract in LN_STEPS:
        if x <= bound:
            result -= subtract
            x = _quotient(_checked(x * ONE), bound)
    y = z = x - ONE
    square = _quotient(_checked(y * y), ONE)
    for place, (a, divisor) in enumerate(LN_SERIES):
        result = _checked(result + _quotient(_checked(z * (a - y)), divisor))
        if place < len(LN_SERIES) - 1:
            z = _quotient(_checked(z * square), ONE)
    return result


def exponential(x):
    """Return exp(x) for x <= 0, 0 below EXP_MIN; UnsoundError above 0."""
    if x > 0:
        raise UnsoundError("the contracts revert", expected="an exponential of x <= 0", got=f"{x} / 2^127")
    if x == 0 or x < EXP_MIN:
        return ONE if x == 0 else 0
    y = z = -(-x % EXP_MODULUS)
    result = 0
    for coefficient in EXP_SERIES:
        z = _quotient(_checked(z * y), ONE)
        result = _checked(result + _checked(z * coefficient))
    result = _quotient(result, EXP_DIVISOR) + y + ONE
    for bit, multiply, divide_by in EXP_STEPS:
        if -x & bit:
            result = _quotient(_checked(result * multiply), divide_by)
    return result


def _quotient(numerator, denominator):
    if denominator == 0:
        raise UnsoundError("the contracts revert", expected="a division", got="a division by zero")
    quotient = abs(numerator) // abs(denominator)
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def _checked(value):
    if not -_LIMIT <= value < _LIMIT:
        raise UnsoundError("the contracts revert", expected="a value of 256 bits", got=f"{value.bit_length()} bits")
    return value
