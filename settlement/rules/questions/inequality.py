"""How unequally amounts are spread, as exact fractions."""

from collections.abc import Sequence
from fractions import Fraction


def gini_of(ascending: Sequence[int]) -> Fraction:
    """Return the Gini coefficient of amounts sorted ascending: 0 all equal, near 1 one has all; 0 for none.

    G = sum over i of (2i - n - 1) x_i / (n sum x), i from 1. Of (1, 3): ((2-3)*1 + (4-3)*3) / (2*4) = 1/4.
    """
    count, total = len(ascending), sum(ascending)
    if total == 0:
        return Fraction(0)
    weighted = sum((2 * place - count + 1) * amount for place, amount in enumerate(ascending))
    return Fraction(weighted, count * total)


def top_share_of(ascending: Sequence[int], count: int) -> Fraction:
    """Return the part that the `count` largest amounts have of all; 0 for none."""
    total = sum(ascending)
    return Fraction(sum(ascending[-count:]), total) if total and count > 0 else Fraction(0)
