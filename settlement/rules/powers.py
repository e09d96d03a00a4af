"""Rows of amounts that share all but two factors: floor(group value * (x/X)^e * (stake/S)^f), exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from settlement.rules.columns import Amounts, amounts_from_ints, amounts_to_ints
from settlement.rules.exact import Factor, floor_product


@dataclass(frozen=True, slots=True)
class PowerGroup:
    """What the rows of a group share: scale in wei, factors, and the denominators and exponents of their own."""

    scale: int
    factors: tuple[Factor, ...]
    x_total: int
    x_exponent: Fraction
    stake_total: int
    stake_exponent: Fraction

    def row_factors(self, x: int, stake: int) -> tuple[Factor, ...]:
        """Return all factors of one row."""
        own_x = Factor(x, self.x_total, self.x_exponent)
        own_stake = Factor(stake, self.stake_total, self.stake_exponent)
        return (*self.factors, own_x, own_stake)


def floor_rows(groups: Sequence[PowerGroup], group_of: NDArray[np.int64], x: Amounts, stake: Amounts) -> Amounts:
    """Return the amount of every row: group_of (n,) indexes `groups`, x and stake are (n, 2)."""
    rows = zip(group_of.tolist(), amounts_to_ints(x), amounts_to_ints(stake), strict=True)
    return amounts_from_ints(floor_product(groups[g].scale, groups[g].row_factors(p, q)) for g, p, q in rows)
