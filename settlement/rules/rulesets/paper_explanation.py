"""The paper's amounts explained: each factor by its name, and what its denominator is.

An active app is one with a counted proof in the epoch.
"""

from dataclasses import dataclass

from settlement.rules.allocation.amounts import BonusRows
from settlement.rules.allocation.bonus_pools import pool_deposits
from settlement.rules.allocation.explanation import ExplainedRow, FactorName, Normalization, explain_plain, explain_row
from settlement.rules.allocation.participation import app_index
from settlement.rules.allocation.residual import scale_column
from settlement.rules.columns.conversions import amount_at, sum_amounts
from settlement.rules.columns.ordering import rows_equal
from settlement.rules.facts.aggregates import ROLE_RETURNED, Bonuses
from settlement.rules.rulesets.paper_formula import Emission, PaperEpoch, bonus_group

SPLIT_NAMES = ("part of work", "part of usage")
X_NAMES = (FactorName("own work", "work in the app"), FactorName("own tasks", "tasks in the app"))
SIZE_NAME = FactorName("circuit size", "circuit sizes of active apps")


@dataclass(frozen=True, slots=True)
class StakeWords:
    """What a ruleset's denominators of stake are called: of an app's user stake, and of own stake by role."""

    app: str
    own: tuple[str, str]
    own_in_bonus: tuple[str, str]


def explain_emission_row(epoch: PaperEpoch, emission: Emission, words: StakeWords, row: int) -> ExplainedRow:
    """Return one miner or user row of the emission explained."""
    participants = epoch.participants
    role, place = int(participants.role[row]), int(participants.place[row])
    return explain_row(
        emission.groups[int(emission.group_of[row])],
        (
            FactorName(SPLIT_NAMES[role], "work and usage"),
            SIZE_NAME,
            FactorName("user stake of the app", words.app),
            X_NAMES[role],
            FactorName("own stake", words.own[role]),
        ),
        amount_at(participants.x, row),
        amount_at(participants.stake, row),
        app=participants.apps[place].tobytes(),
        role=role,
        meaning="emission of the epoch",
        amount=amount_at(emission.amounts, row),
    )


def explain_bonus_rows(
    epoch: PaperEpoch, words: StakeWords, bonuses: Bonuses, paid: BonusRows, account: bytes
) -> list[ExplainedRow]:
    """Return the bonus amounts of an account explained, by (token, app, role); returned deposits have no factors."""
    participants = epoch.participants
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
                bonus_group(epoch, pools[token, app].total, places[app], role),
                (
                    FactorName(SPLIT_NAMES[role] + " in the app", "work and usage of the app"),
                    X_NAMES[role],
                    FactorName("own stake among the role's", words.own_in_bonus[role]),
                ),
                amount_at(participants.x, row),
                amount_at(participants.stake, row),
                app=app,
                role=role,
                meaning="bonus pool of the app",
                token=token,
            )
        )
    return explained


def normalization_of(epoch: PaperEpoch, emission: Emission) -> Normalization | None:
    """Return what normalization did, None under rollover."""
    pool = epoch.parameters.pool
    if epoch.parameters.residual != "normalize":
        return None
    floor_sum = sum_amounts(emission.floors)
    if floor_sum == 0:
        return Normalization(pool, 0, 0)
    return Normalization(pool, floor_sum, pool - sum_amounts(scale_column(pool, emission.floors)))
