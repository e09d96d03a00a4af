"""What rows of amounts share, and what holds for all of them."""

from dataclasses import dataclass
from fractions import Fraction

from settlement.rules.powers.exact import Factor

GROUP_ZERO, GROUP_OPEN, GROUP_EXACT = 0, 1, 2
"""What holds for all rows of a group: 0 whatever the row; to be computed; to be left to the integers."""


@dataclass(frozen=True, slots=True)
class PowerGroup:
    """What the rows of a group share: scale in wei, factors, and the denominators and exponents of their own.

    Exponents are 0..1.
    """

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

    def state(self) -> int:
        """Return GROUP_ZERO if every amount is 0, GROUP_EXACT if a total is 0, else GROUP_OPEN."""
        if self.scale == 0 or any(factor.numerator == 0 and factor.exponent > 0 for factor in self.factors):
            return GROUP_ZERO
        totals = ((self.x_total, self.x_exponent), (self.stake_total, self.stake_exponent))
        return GROUP_EXACT if any(total == 0 and exponent > 0 for total, exponent in totals) else GROUP_OPEN
