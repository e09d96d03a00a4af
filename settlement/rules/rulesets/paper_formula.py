"""The Cobb-Douglas rule of the paper over work, tasks, circuit size and stake (SPEC section 5.1).

What its rulesets differ in, the denominators of stake, is a `StakeTotals`; all else is here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from settlement.rules.allocation.amounts import BonusRows, LastSpare
from settlement.rules.allocation.bonus_pools import BonusPool, PoolRows, split_bonuses
from settlement.rules.allocation.participation import Participants, checked_sum
from settlement.rules.allocation.residual import normalize_amounts
from settlement.rules.columns.conversions import Amounts, amounts_to_ints
from settlement.rules.facts.aggregates import ROLE_MINER, ROLE_USER, Bonuses
from settlement.rules.powers.exact import Factor
from settlement.rules.powers.floors import floor_rows
from settlement.rules.powers.groups import PowerGroup
from settlement.rules.rulesets.paper_parameters import WHOLE_BPS, PaperParameters

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class StakeTotals:
    """What stakes are divided by, in wei: an app's user stake, and own stake as [role][app] in emission and bonuses."""

    app_staking: int
    own: list[list[int]]
    own_in_bonus: list[list[int]]


@dataclass(frozen=True, slots=True)
class PaperEpoch:
    """What the amounts of an epoch are computed from."""

    parameters: PaperParameters
    participants: Participants
    totals: StakeTotals


@dataclass(frozen=True, slots=True)
class Emission:
    """The emission of an epoch: groups at `role * apps + place`, group_of (r,), floors, amounts (r, 2)."""

    groups: list[PowerGroup]
    group_of: NDArray[np.int64]
    floors: Amounts
    amounts: Amounts
    spare: LastSpare | None


def verify_total(name: str, total: int, parts: int, where: str = "") -> int:
    """Return a total of stakes; UnsoundError if it is below the sum of the rows that it is the total of."""
    if total < parts:
        raise UnsoundError(f"{name} is below its parts", expected=f"at least {parts}", got=str(total), where=where)
    return total


def allocate_emission(epoch: PaperEpoch) -> Emission:
    """Return the amounts of every row, normalized if the residual says so."""
    participants = epoch.participants
    groups = emission_groups(epoch)
    group_of = participants.role.astype(np.int64) * len(participants.apps) + participants.place
    floors = floor_rows(groups, group_of, participants.x, participants.stake)
    amounts, spare = floors, None
    if epoch.parameters.residual == "normalize":
        amounts, spare = normalize_amounts(epoch.parameters.pool, floors, participants)
    return Emission(groups, group_of, floors, amounts, spare)


def emission_groups(epoch: PaperEpoch) -> list[PowerGroup]:
    """Return the factors of every (role, app), at index `role * apps + place`; an app without proofs has scale 0."""
    parameters, participants = epoch.parameters, epoch.participants
    work = checked_sum(participants.x_sum[ROLE_MINER], "work")
    tasks = checked_sum(participants.x_sum[ROLE_USER], "the number of tasks")
    usage = checked_sum([parameters.usage_unit * tasks], "usage")
    c, d = Fraction(parameters.c, WHOLE_BPS), Fraction(parameters.d, WHOLE_BPS)
    factors_of = app_factors(epoch)
    groups = []
    for role, part in ((ROLE_MINER, work), (ROLE_USER, usage)):
        split = Factor(part, work + usage, ONE)
        for place, own in enumerate(factors_of):
            scale = parameters.pool if participants.counted[place] else 0
            x_total = participants.x_sum[role][place]
            groups.append(PowerGroup(scale, (split, *own), x_total, c, epoch.totals.own[role][place], d))
    return groups


def app_factors(epoch: PaperEpoch) -> list[tuple[Factor, Factor]]:
    """Return the factors of circuit size and of user stake of every app; an app without proofs has no part."""
    parameters, participants = epoch.parameters, epoch.participants
    a, b = Fraction(parameters.a, WHOLE_BPS), Fraction(parameters.b, WHOLE_BPS)
    sizes, stakes = (
        counted_column(participants, participants.app_x),
        counted_column(participants, participants.app_stake),
    )
    total_cs = checked_sum(sizes, "total_cs")
    return [
        (Factor(size, total_cs, a), Factor(stake, epoch.totals.app_staking, b))
        for size, stake in zip(sizes, stakes, strict=True)
    ]


def counted_column(participants: Participants, values: Amounts) -> list[int]:
    """Return a value of each app, 0 for those without a counted proof."""
    own = zip(amounts_to_ints(values), participants.counted.tolist(), strict=True)
    return [value if counts else 0 for value, counts in own]


def allocate_bonuses(epoch: PaperEpoch, bonuses: Bonuses) -> BonusRows:
    """Return the bonus rows: each pool over its app's own work and usage, the rest to its depositors."""
    participants = epoch.participants

    def evaluate(paid: Sequence[tuple[BonusPool, int]], rows: PoolRows) -> Amounts:
        groups = bonus_groups(epoch, paid)
        group_of = 2 * rows.pool + participants.role[rows.row]
        return floor_rows(groups, group_of, participants.x[rows.row], participants.stake[rows.row])

    return split_bonuses(bonuses, participants, participants.counted, evaluate, BonusPool.returned)


def bonus_groups(epoch: PaperEpoch, paid: Sequence[tuple[BonusPool, int]]) -> list[PowerGroup]:
    """Return the factors of both roles in each pool, at index `2 * pool + role`."""
    return [bonus_group(epoch, pool.total, place, role) for pool, place in paid for role in (ROLE_MINER, ROLE_USER)]


def bonus_group(epoch: PaperEpoch, pool: int, place: int, role: int) -> PowerGroup:
    """Return the factors of one role in one bonus pool."""
    parameters, participants = epoch.parameters, epoch.participants
    work = participants.x_sum[ROLE_MINER][place]
    usage = checked_sum([parameters.usage_unit * participants.x_sum[ROLE_USER][place]], "usage of an app")
    return PowerGroup(
        scale=pool,
        factors=(Factor(work if role == ROLE_MINER else usage, work + usage, ONE),),
        x_total=participants.x_sum[role][place],
        x_exponent=Fraction(parameters.c, WHOLE_BPS),
        stake_total=epoch.totals.own_in_bonus[role][place],
        stake_exponent=Fraction(parameters.d, WHOLE_BPS),
    )
