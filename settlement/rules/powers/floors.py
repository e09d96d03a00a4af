"""Rows of amounts that share all but two factors: floor(group value * (x/X)^e * (stake/S)^f), exactly."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import gmpy2
import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import U64
from settlement.rules.columns.conversions import Amounts, amounts_from_ints, amounts_to_ints
from settlement.rules.powers.exact import exact_power, floor_product, reduced_bases
from settlement.rules.powers.groups import GROUP_EXACT, GROUP_OPEN, GROUP_ZERO, PowerGroup
from settlement.rules.powers.power_tables import EXPONENT_BITS, MANTISSA_BITS, power_tables, split_wide

SMALL_EPOCH_ROWS = 512
"""Up to here the integers alone are faster than loading the compiled kernel."""

SMALL_ROOT = 64
"""Up to this degree a root of integers costs less than a bracket by logarithms."""


@dataclass(frozen=True, slots=True)
class GroupColumns:
    """The groups as the kernel reads them: state u8 (g,), K in [116] and the exponents in [127] as (g, 2) pairs."""

    state: NDArray[np.uint8]
    constant: U64
    x_exponent: U64
    stake_exponent: U64


def floor_rows(groups: Sequence[PowerGroup], group_of: NDArray[np.int64], x: Amounts, stake: Amounts) -> Amounts:
    """Return the amount of every row: group_of (n,) indexes `groups`, x and stake are (n, 2).

    A fast kernel proposes, and where its proven bound leaves two candidates the integers decide.
    """
    if len(group_of) <= SMALL_EPOCH_ROWS:
        return floor_rows_by_integers(groups, group_of, x, stake)
    amounts, undecided = propose_rows(groups, group_of, x, stake)
    rows = np.flatnonzero(undecided)
    amounts[rows] = floor_rows_by_integers(groups, group_of[rows], x[rows], stake[rows])
    return amounts


def propose_rows(
    groups: Sequence[PowerGroup], group_of: NDArray[np.int64], x: Amounts, stake: Amounts
) -> tuple[Amounts, NDArray[np.bool_]]:
    """Return the kernel's amounts and which rows its bound leaves undecided."""
    from settlement.rules.powers import power_kernel

    tables, columns = power_tables(), group_columns(groups)
    amounts = np.empty((len(group_of), 2), dtype=np.uint64)
    undecided = np.empty(len(group_of), dtype=np.bool_)
    power_kernel.propose_amounts(
        np.ascontiguousarray(group_of, dtype=np.int64),
        np.ascontiguousarray(x),
        np.ascontiguousarray(stake),
        columns.state,
        columns.constant,
        columns.x_exponent,
        columns.stake_exponent,
        tables.inverse,
        tables.inverse_log,
        tables.nudge,
        tables.nudge_log,
        tables.log_series,
        tables.powers,
        tables.exp_series,
        tables.log_two,
        amounts,
        undecided,
    )
    return amounts, undecided


def group_columns(groups: Sequence[PowerGroup]) -> GroupColumns:
    """Return the groups' constants; K = log2(scale * factors / (X^e S^f)) within 0.51 unit of [116].

    MPFR rounds each of at most 40 operations to 256 bits on values below 2^12: an error below 2^-230.
    """
    states = [group.state() for group in groups]
    with gmpy2.context(gmpy2.get_context(), precision=256, round=gmpy2.RoundToNearest):
        log_of = _LogCache()
        constants = [
            _constant(group, log_of) if state == GROUP_OPEN else 0 for group, state in zip(groups, states, strict=True)
        ]
    return GroupColumns(
        np.array(states, dtype=np.uint8),
        split_wide(constants),
        split_wide([_exponent(group.x_exponent) for group in groups]),
        split_wide([_exponent(group.stake_exponent) for group in groups]),
    )


def floor_rows_by_integers(
    groups: Sequence[PowerGroup], group_of: NDArray[np.int64], x: Amounts, stake: Amounts
) -> Amounts:
    """Return the amount of every row by the definition; rows alike are evaluated once."""
    known: dict[tuple[int, int, int], int] = {}
    evaluators: dict[int, Callable[[int, int], int]] = {}
    amounts = []
    for row in zip(group_of.tolist(), amounts_to_ints(x), amounts_to_ints(stake), strict=True):
        if row not in known:
            group, own_x, own_stake = row
            if group not in evaluators:
                evaluators[group] = _evaluator(groups[group])
            known[row] = evaluators[group](own_x, own_stake)
        amounts.append(known[row])
    return amounts_from_ints(amounts)


class _LogCache(dict[int, "gmpy2.mpfr"]):
    """log2 of positive integers in the current context: groups share most of theirs."""

    def __missing__(self, value: int) -> "gmpy2.mpfr":
        self[value] = found = gmpy2.log2(gmpy2.mpz(value))
        return found


def _constant(group: PowerGroup, log_of: _LogCache) -> int:
    total = log_of[group.scale]
    for factor in group.factors:
        if factor.exponent:
            ratio = log_of[factor.numerator] - log_of[factor.denominator]
            total += ratio * factor.exponent.numerator / factor.exponent.denominator
    for whole, exponent in ((group.x_total, group.x_exponent), (group.stake_total, group.stake_exponent)):
        if exponent:
            total -= log_of[whole] * exponent.numerator / exponent.denominator
    return int(gmpy2.rint(gmpy2.mul_2exp(total, EXPONENT_BITS)))


def _exponent(exponent: Fraction) -> int:
    return (exponent.numerator << MANTISSA_BITS) // exponent.denominator


def _evaluator(group: PowerGroup) -> Callable[[int, int], int]:
    """Return (x, stake) -> amount; for a small Q with the group's part of N and D computed once."""
    if group.state() == GROUP_ZERO:
        return lambda _x, _stake: 0
    exponents = [factor.exponent for factor in group.factors] + [group.x_exponent, group.stake_exponent]
    root = lcm(*(exponent.denominator for exponent in exponents))
    if group.state() == GROUP_EXACT or root > SMALL_ROOT:
        return lambda x, stake: floor_product(group.scale, group.row_factors(x, stake))
    shared = reduced_bases(group.scale, group.row_factors(1, 1))
    numerator, denominator, own_root = exact_power(shared or {})
    numerator, denominator = numerator ** (root // own_root), denominator ** (root // own_root)
    x_power, stake_power = int(group.x_exponent * root), int(group.stake_exponent * root)

    def evaluate(x: int, stake: int) -> int:
        if (x == 0 and x_power) or (stake == 0 and stake_power):
            return 0
        whole = numerator * gmpy2.mpz(x) ** x_power * gmpy2.mpz(stake) ** stake_power
        return int(gmpy2.iroot(whole // denominator, root)[0])

    return evaluate
