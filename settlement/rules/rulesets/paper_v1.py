"""Ruleset `paper-v1`: Cobb-Douglas over work, tasks, circuit size and stake (SPEC section 5.1)."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from settlement.rules.allocation import (
    RESIDUALS,
    ROLE_MINER,
    ROLE_USER,
    Aggregates,
    Allocation,
    Bonuses,
    BonusRows,
    PaperParameters,
    PozkParameters,
)
from settlement.rules.bonus_pools import BonusPool, PoolRows, split_bonuses
from settlement.rules.columns import Amounts, amounts_to_ints, sum_amounts
from settlement.rules.exact import Factor
from settlement.rules.participation import Participants, arrange_participants, checked_sum
from settlement.rules.powers import PowerGroup, floor_rows
from settlement.rules.residual import normalize_amounts

WHOLE_BPS = 10_000
ONE = Fraction(1)


class PaperV1:
    """See the module; the state is the rules themselves."""

    name = "paper-v1"

    def allocate(
        self, parameters: PaperParameters | PozkParameters, aggregates: Aggregates, bonuses: Bonuses
    ) -> Allocation:
        """Return the amounts of one epoch; UnsoundError if the inputs contradict each other."""
        if not isinstance(parameters, PaperParameters):
            raise UnsoundError("wrong parameters", expected="those of paper-v1", got=type(parameters).__name__)
        check_parameters(parameters)
        participants = arrange_participants(aggregates)
        check_totals(parameters, participants)
        groups = emission_groups(parameters, participants)
        floors = floor_rows(groups, group_of_rows(participants), participants.x, participants.stake)
        if parameters.residual == "normalize":
            floors = normalize_amounts(parameters.pool, floors, participants)
        distributed = sum_amounts(floors)
        if distributed > parameters.pool:
            todo = "total_staking or total_app_staking is below the stakes of the rows"
            raise UnsoundError("more than the pool", expected=str(parameters.pool), got=str(distributed), todo=todo)
        return Allocation(
            amounts=floors,
            listed=np.ones(len(floors), dtype=np.bool_),
            bonuses=allocate_bonuses(parameters, participants, bonuses),
            distributed=distributed,
            remainder=parameters.pool - distributed,
        )


RULESETS = (PaperV1(),)


def check_parameters(parameters: PaperParameters) -> None:
    """Raise UnsoundError unless a + b = c + d = 10000 and the residual is known."""
    for pair, weights in (("a + b", (parameters.a, parameters.b)), ("c + d", (parameters.c, parameters.d))):
        if min(weights) < 0 or sum(weights) != WHOLE_BPS:
            raise UnsoundError("weights do not sum to 10000", expected=f"{pair} = 10000", got=f"{weights}")
    if parameters.residual not in RESIDUALS:
        raise UnsoundError("unknown residual", expected=" or ".join(RESIDUALS), got=repr(parameters.residual))


def check_totals(parameters: PaperParameters, participants: Participants) -> None:
    """Raise UnsoundError where a stake above 0 would be divided by a total of 0."""
    for name, total, weight, stakes in (
        ("total_app_staking", parameters.total_app_staking, parameters.b, participants.app_stake),
        ("total_staking", parameters.total_staking, parameters.d, participants.stake),
    ):
        if total == 0 and weight > 0 and stakes.any():
            raise UnsoundError(f"{name} is 0", expected="at least each stake it is the total of", got="0")


def emission_groups(parameters: PaperParameters, participants: Participants) -> list[PowerGroup]:
    """Return the factors of every (role, app), at index `role * apps + place`; an app without proofs has scale 0."""
    work = checked_sum(participants.x_sum[ROLE_MINER], "work")
    tasks = checked_sum(participants.x_sum[ROLE_USER], "the number of tasks")
    usage = checked_sum([parameters.usage_unit * tasks], "usage")
    c, d = Fraction(parameters.c, WHOLE_BPS), Fraction(parameters.d, WHOLE_BPS)
    factors_of = app_factors(parameters, participants)
    groups = []
    for role, part in ((ROLE_MINER, work), (ROLE_USER, usage)):
        split = Factor(part, work + usage, ONE)
        for place, own in enumerate(factors_of):
            scale = parameters.pool if participants.counted[place] else 0
            x_total = participants.x_sum[role][place]
            groups.append(PowerGroup(scale, (split, *own), x_total, c, parameters.total_staking, d))
    return groups


def app_factors(parameters: PaperParameters, participants: Participants) -> list[tuple[Factor, Factor]]:
    """Return the factors of circuit size and of user stake of every app."""
    a, b = Fraction(parameters.a, WHOLE_BPS), Fraction(parameters.b, WHOLE_BPS)
    sizes, stakes = amounts_to_ints(participants.app_x), amounts_to_ints(participants.app_stake)
    counted = [size for size, counts in zip(sizes, participants.counted, strict=True) if counts]
    total_cs = checked_sum(counted, "total_cs")
    return [
        (Factor(size, total_cs, a), Factor(stake, parameters.total_app_staking, b))
        for size, stake in zip(sizes, stakes, strict=True)
    ]


def group_of_rows(participants: Participants) -> NDArray[np.int64]:
    """Return the index of each row's (role, app) group."""
    return participants.role.astype(np.int64) * len(participants.apps) + participants.place


def allocate_bonuses(parameters: PaperParameters, participants: Participants, bonuses: Bonuses) -> BonusRows:
    """Return the bonus rows: each pool over its app's own work and usage, the rest to its depositors."""

    def evaluate(paid: Sequence[tuple[BonusPool, int]], rows: PoolRows) -> Amounts:
        groups = [
            bonus_group(parameters, participants, pool.total, place, role)
            for pool, place in paid
            for role in (ROLE_MINER, ROLE_USER)
        ]
        group_of = 2 * rows.pool + participants.role[rows.row]
        return floor_rows(groups, group_of, participants.x[rows.row], participants.stake[rows.row])

    return split_bonuses(bonuses, participants, participants.counted, evaluate, BonusPool.returned)


def bonus_group(
    parameters: PaperParameters, participants: Participants, pool: int, place: int, role: int
) -> PowerGroup:
    """Return the factors of one role in one bonus pool."""
    work = participants.x_sum[ROLE_MINER][place]
    usage = checked_sum([parameters.usage_unit * participants.x_sum[ROLE_USER][place]], "usage of an app")
    return PowerGroup(
        scale=pool,
        factors=(Factor(work if role == ROLE_MINER else usage, work + usage, ONE),),
        x_total=participants.x_sum[role][place],
        x_exponent=Fraction(parameters.c, WHOLE_BPS),
        stake_total=participants.stake_sum[role][place],
        stake_exponent=Fraction(parameters.d, WHOLE_BPS),
    )
