"""How the amounts of an epoch are computed part by part: all that a part's rows share, and the rows evaluated by it.

The sums of the whole epoch are in the rows of its apps, so a plan is made of these alone; each part then needs nothing
of another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.rules.columns.arrays import I64
from settlement.rules.allocation.bonus_pools import BonusPool, rows_of_pools, spent_of_pools
from settlement.rules.allocation.participation import places_of
from settlement.rules.columns.conversions import Addresses, Amounts, no_addresses, no_amounts, sum_amounts
from settlement.rules.facts.aggregates import KIND_MINER, Aggregates
from settlement.rules.powers.floors import floor_rows
from settlement.rules.powers.groups import PowerGroup


@dataclass(frozen=True, slots=True)
class AmountPlan:
    """The terms of an epoch for rows of any part. apps: (g, 20).

    emission: the factors of (role, app) at `role * g + place`. paid: the pools that are split, each with the place of
    its app; bonuses: their factors at `2 * pool + role`. emitted: the pool in wei; it is shared to the last wei where
    `is_normalized`.
    """

    apps: Addresses
    emission: Sequence[PowerGroup]
    paid: Sequence[tuple[BonusPool, int]]
    bonuses: Sequence[PowerGroup]
    emitted: int
    is_normalized: bool


@dataclass(frozen=True, slots=True)
class PartAmounts:
    """What the rows of a part get. floors: (r, 2), of the emission. pool, row (k,), bonus (k, 2): of bonus pools."""

    floors: Amounts
    pool: I64
    row: I64
    bonus: Amounts


@dataclass(frozen=True, slots=True)
class PartSums:
    """What a part adds to the sums of an epoch: its floors, and what each pool pays there, in wei."""

    floors: int
    spent: tuple[int, ...]


def no_plan() -> AmountPlan:
    """Return the plan of an epoch that shares nothing out."""
    return AmountPlan(no_addresses(), (), (), (), 0, is_normalized=False)


def evaluate_part(plan: AmountPlan, rows: Aggregates) -> tuple[PartAmounts, PartSums]:
    """Return what rows of miners and users get, and their sums; UnsoundError where an app has no row of its own."""
    if not len(rows):
        none = np.zeros(0, dtype=np.int64)
        return PartAmounts(no_amounts(), none, none, no_amounts()), PartSums(0, (0,) * len(plan.paid))
    place, role = places_of(rows.app, plan.apps), (rows.kind - KIND_MINER).astype(np.int64)
    floors = floor_rows(plan.emission, role * len(plan.apps) + place, rows.x, rows.stake)
    pools = rows_of_pools([place for _, place in plan.paid], place, len(plan.apps))
    bonus = floor_rows(plan.bonuses, 2 * pools.pool + role[pools.row], rows.x[pools.row], rows.stake[pools.row])
    sums = PartSums(sum_amounts(floors), tuple(spent_of_pools(pools, bonus, len(plan.paid))))
    return PartAmounts(floors, pools.pool, pools.row, bonus), sums
