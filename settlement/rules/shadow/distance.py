"""How far what was paid lies from the exact rule, and how far it may: the contracts' logarithm has double precision."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from settlement.rules.columns.conversions import amounts_from_ints, amounts_to_ints
from settlement.rules.powers.exact_split import floor_rows_exact
from settlement.rules.powers.fixed_point import Split
from settlement.rules.shadow.fold import UNDETERMINED, Compared, OpenedPool
from settlement.rules.shadow.pools import miners_share
from settlement.rules.shadow.seen import EpochLabor

_RELATIVE = Fraction(3352, 10**18)
_ABSOLUTE = Fraction(1, 2**124)
_DECADES = 12


@dataclass(frozen=True, slots=True)
class Distance:
    """Of each collect whose stakes are known: the exact amount, paid minus exact, and how far it may be, in wei."""

    compared: Sequence[Compared]
    exact: Sequence[int]
    differences: Sequence[int]
    bounds: Sequence[int]

    @property
    def worst(self) -> int:
        """The greatest difference by size."""
        return max((abs(each) for each in self.differences), default=0)

    @property
    def beyond(self) -> int:
        """How many are further than they may be."""
        return sum(abs(each) > bound for each, bound in zip(self.differences, self.bounds, strict=True))

    def distribution(self) -> dict[str, int]:
        """Return how many differ by 0, by 1, by up to 10, 100 and so on."""
        limits = [0, *(10**decade for decade in range(_DECADES))]
        counts = {str(limit): 0 for limit in limits} | {"more": 0}
        for each in self.differences:
            counts[next((str(limit) for limit in limits if abs(each) <= limit), "more")] += 1
        return {name: count for name, count in counts.items() if count}


def measure_distance(
    compared: Sequence[Compared], pools: Sequence[OpenedPool], epochs: Sequence[EpochLabor]
) -> Distance:
    """Return how far each paid amount is from the exact rule, both levels of it exact."""
    compared = [each for each in compared if each.state != UNDETERMINED]
    parts = _exact_parts(pools, {each.epoch: each for each in epochs})
    splits, phi_bounds = [], []
    for each in compared:
        part, bound = parts[id(each.pool)][each.collect.role]
        splits.append(Split(part, each.split.x_total, each.split.stake_total, each.split.exponent))
        phi_bounds.append(bound)
    exact = _exact([(split, each.labor, each.stake) for split, each in zip(splits, compared, strict=True)])
    bounds = [
        _bound(split, each.labor, each.stake, amount) + _ceil(Fraction(phi_bound * amount, max(split.pool, 1)))
        for split, each, amount, phi_bound in zip(splits, compared, exact, phi_bounds, strict=True)
    ]
    differences = [each.collect.amount - amount for each, amount in zip(compared, exact, strict=True)]
    return Distance(compared, exact, differences, bounds)


def _exact_parts(
    pools: Sequence[OpenedPool], epochs: dict[int, EpochLabor]
) -> dict[int, tuple[tuple[int, int], tuple[int, int]]]:
    """Return by pool the exact miners' and players' parts, each with how far the contracts' may be from it."""
    rows, found = [], {}
    for opened in pools:
        epoch = epochs[opened.epoch]
        app = epoch.apps[opened.app]
        rows.append((Split(opened.pool.total, epoch.work, epoch.stake, opened.pool.alpha), app.work, app.stake))
    for opened, (split, work, stake), phi in zip(pools, rows, _exact(rows), strict=True):
        bound = _bound(split, work, stake, phi)
        miners = phi * miners_share(opened.pool.percent, epochs[opened.epoch].apps[opened.app].proofs) // 100
        found[id(opened.pool)] = ((miners, bound + 1), (phi - miners, bound + 1))
    return found


def _exact(rows: Sequence[tuple[Split, int, int]]) -> list[int]:
    group_of = np.arange(len(rows), dtype=np.int64)
    x, stake = amounts_from_ints(x for _, x, _ in rows), amounts_from_ints(stake for _, _, stake in rows)
    return amounts_to_ints(floor_rows_exact([split for split, _, _ in rows], group_of, x, stake))


def _bound(split: Split, x: int, stake: int, exact: int) -> int:
    """Return how far one CD of the contracts may be from `exact`, above the clamp of their logarithm, in wei."""
    if not x or not stake:
        return 1
    least = min(Fraction(x, split.x_total), Fraction(stake, split.stake_total))
    return _ceil(exact * (split.exponent * _RELATIVE + _ABSOLUTE / least)) + 1


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
