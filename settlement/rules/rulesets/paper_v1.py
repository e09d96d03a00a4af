"""Ruleset `paper-v1`: Cobb-Douglas over work, tasks, circuit size and stake (SPEC section 5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from settlement.rules.allocation import (
    RESIDUALS,
    ROLE_MINER,
    ROLE_RETURNED,
    ROLE_USER,
    Aggregates,
    Allocation,
    Bonuses,
    BonusRows,
    LastSpare,
    PaperParameters,
    PozkParameters,
)
from settlement.rules.bonus_pools import BonusPool, PoolRows, pool_deposits, split_bonuses
from settlement.rules.columns import Amounts, amount_at, amounts_to_ints, sum_amounts
from settlement.rules.exact import Factor
from settlement.rules.explanation import (
    ExplainedRow,
    Explanation,
    Normalization,
    explain_plain,
    explain_row,
    order_rows,
)
from settlement.rules.ordering import rows_equal
from settlement.rules.participation import Participants, app_index, arrange_participants, checked_sum
from settlement.rules.powers import PowerGroup, floor_rows
from settlement.rules.residual import normalize_amounts, scale_column

WHOLE_BPS = 10_000
ONE = Fraction(1)
SPLIT_NAMES = ("part of work", "part of usage")
X_NAMES = ("own work", "own tasks")


class PaperV1:
    """See the module; the state is the rules themselves."""

    name = "paper-v1"
    family = "paper"

    def allocate(
        self, parameters: PaperParameters | PozkParameters, aggregates: Aggregates, bonuses: Bonuses
    ) -> Allocation:
        """Return the amounts of one epoch; UnsoundError if the inputs contradict each other."""
        own = check_parameters(parameters)
        participants = arrange_participants(aggregates)
        emission = allocate_emission(own, participants)
        distributed = sum_amounts(emission.amounts)
        if distributed > own.pool:
            remedy = "total_staking or total_app_staking is below the stakes of the rows"
            raise UnsoundError("more than the pool", expected=str(own.pool), got=str(distributed), remedy=remedy)
        return Allocation(
            amounts=emission.amounts,
            listed=np.ones(len(emission.amounts), dtype=np.bool_),
            bonuses=allocate_bonuses(own, participants, bonuses),
            distributed=distributed,
            remainder=own.pool - distributed,
            floors=sum_amounts(emission.floors),
            spare=emission.spare,
        )

    def explain(
        self,
        parameters: PaperParameters | PozkParameters,
        aggregates: Aggregates,
        bonuses: Bonuses,
        account: bytes,
    ) -> Explanation:
        """Return every amount of one account with its factors; allocates the epoch anew."""
        own = check_parameters(parameters)
        participants = arrange_participants(aggregates)
        emission = allocate_emission(own, participants)
        rows = participants.rows_of(account)
        explained = [explain_emission_row(emission, participants, row) for row in rows]
        paid = allocate_bonuses(own, participants, bonuses)
        explained += explain_bonus_rows(own, participants, bonuses, paid, account)
        return Explanation(account, order_rows(explained), normalization_of(own, emission))


@dataclass(frozen=True, slots=True)
class Emission:
    """The emission of an epoch: groups at `role * apps + place`, group_of (r,), floors, amounts (r, 2)."""

    groups: list[PowerGroup]
    group_of: NDArray[np.int64]
    floors: Amounts
    amounts: Amounts
    spare: LastSpare | None


RULESETS = (PaperV1(),)


def check_parameters(parameters: PaperParameters | PozkParameters) -> PaperParameters:
    """Return the parameters; UnsoundError unless they are of this ruleset and a + b = c + d = 10000."""
    if not isinstance(parameters, PaperParameters):
        raise UnsoundError("wrong parameters", expected="those of paper-v1", got=type(parameters).__name__)
    for pair, weights in (("a + b", (parameters.a, parameters.b)), ("c + d", (parameters.c, parameters.d))):
        if min(weights) < 0 or sum(weights) != WHOLE_BPS:
            raise UnsoundError("weights do not sum to 10000", expected=f"{pair} = 10000", got=f"{weights}")
    if parameters.residual not in RESIDUALS:
        raise UnsoundError("unknown residual", expected=" or ".join(RESIDUALS), got=repr(parameters.residual))
    return parameters


def allocate_emission(parameters: PaperParameters, participants: Participants) -> Emission:
    """Return the amounts of every row, normalized if the residual says so."""
    check_totals(parameters, participants)
    groups = emission_groups(parameters, participants)
    group_of = participants.role.astype(np.int64) * len(participants.apps) + participants.place
    floors = floor_rows(groups, group_of, participants.x, participants.stake)
    amounts, spare = floors, None
    if parameters.residual == "normalize":
        amounts, spare = normalize_amounts(parameters.pool, floors, participants)
    return Emission(groups, group_of, floors, amounts, spare)


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
    stakes = amounts_to_ints(participants.app_stake)
    own = zip(amounts_to_ints(participants.app_x), participants.counted.tolist(), strict=True)
    sizes = [size if counts else 0 for size, counts in own]  # an app without proofs has no part in total_cs
    total_cs = checked_sum(sizes, "total_cs")
    return [
        (Factor(size, total_cs, a), Factor(stake, parameters.total_app_staking, b))
        for size, stake in zip(sizes, stakes, strict=True)
    ]


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


def explain_emission_row(emission: Emission, participants: Participants, row: int) -> ExplainedRow:
    """Return one miner or user row of the emission explained."""
    role, place = int(participants.role[row]), int(participants.place[row])
    return explain_row(
        emission.groups[int(emission.group_of[row])],
        (SPLIT_NAMES[role], "circuit size", "user stake of the app", X_NAMES[role], "own stake"),
        amount_at(participants.x, row),
        amount_at(participants.stake, row),
        app=participants.apps[place].tobytes(),
        role=role,
        meaning="emission of the epoch",
        amount=amount_at(emission.amounts, row),
    )


def explain_bonus_rows(
    parameters: PaperParameters, participants: Participants, bonuses: Bonuses, paid: BonusRows, account: bytes
) -> list[ExplainedRow]:
    """Return the bonus amounts of an account explained, by (token, app, role); returned deposits have no factors."""
    pools = {(pool.token, pool.app): pool for pool in pool_deposits(bonuses)}
    places, rows = app_index(participants), participants.rows_of(account)
    own = {(int(participants.role[row]), int(participants.place[row])): row for row in rows}
    explained = []
    for at in rows_equal(paid.account, account):
        token, app, role = paid.token[at].tobytes(), paid.app[at].tobytes(), int(paid.role[at])
        if role == ROLE_RETURNED:
            explained.append(explain_plain(app, token, role, amount_at(paid.amount, at)))
            continue
        row = own[role, places[app]]
        explained.append(
            explain_row(
                bonus_group(parameters, participants, pools[token, app].total, places[app], role),
                (SPLIT_NAMES[role] + " in the app", X_NAMES[role], "own stake among the role's"),
                amount_at(participants.x, row),
                amount_at(participants.stake, row),
                app=app,
                role=role,
                meaning="bonus pool of the app",
                token=token,
            )
        )
    return explained


def normalization_of(parameters: PaperParameters, emission: Emission) -> Normalization | None:
    """Return what normalization did, None under rollover."""
    if parameters.residual != "normalize":
        return None
    floor_sum = sum_amounts(emission.floors)
    if floor_sum == 0:
        return Normalization(parameters.pool, 0, 0)
    spare = parameters.pool - sum_amounts(scale_column(parameters.pool, emission.floors))
    return Normalization(parameters.pool, floor_sum, spare)
