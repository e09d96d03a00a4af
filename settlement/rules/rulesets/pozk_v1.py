"""Rulesets of the deployed PoZK network: `pozk-v1`, the exact rule, and `pozk-v1-fixed`, what its contracts pay.

SPEC section 5.2. x of the aggregates is pozk for an app (kind 0), labor for miners and users; the stake of an app
is its own, all stakers together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from settlement.rules.allocation.amounts import Allocation, BonusRows
from settlement.rules.allocation.bonus_pools import BonusPool, PoolRows, split_bonuses
from settlement.rules.allocation.explanation import (
    ExplainedRow,
    Explanation,
    FactorName,
    explain_plain,
    explain_row,
    order_rows,
)
from settlement.rules.allocation.participation import Participants, arrange_participants, checked_sum, sums_by_app
from settlement.rules.columns.conversions import (
    Amounts,
    amount_at,
    amounts_to_ints,
    no_amounts,
    sum_amounts,
)
from settlement.rules.columns.ordering import rows_equal
from settlement.rules.facts.aggregates import ROLE_MINER, ROLE_USER, Aggregates, Bonuses
from settlement.rules.facts.epoch_facts import EpochFacts
from settlement.rules.powers.exact_split import floor_rows_exact
from settlement.rules.powers.fixed_point import Split, floor_rows_fixed
from settlement.rules.powers.groups import PowerGroup
from settlement.rules.rulesets.document_form import DocumentForm, Field

X_NAMES = (FactorName("own proofs", "proofs in the app"), FactorName("own tasks", "tasks in the app"))
STAKE_NAMES = (
    FactorName("own stake", "stake of the app's miners with a proof"),
    FactorName("own stake", "stake of users with a task in the app"),
)
POOL_NAMES = ("miners' pool of the app", "users' pool of the app")


class Evaluate(Protocol):
    """`CD` of many rows: what `pozk-v1` and `pozk-v1-fixed` differ in."""

    def __call__(self, splits: Sequence[Split], group_of: NDArray[np.int64], x: Amounts, stake: Amounts) -> Amounts:
        """Return CD(pool, x, X, s, S, e) of every row, with (pool, X, S, e) of its group."""


FORM = DocumentForm(
    app_x="pozk",
    app_stake="stake",
    miner_x="tasks",
    parameter_keys=("pool", "alpha", "beta", "gamma", "miner_max_per", "miner_min_per", "player_max_num"),
    optional_keys=("residual",),
    optional_app_keys=("owner",),
)


@dataclass(frozen=True, slots=True)
class PozkParameters:
    """Pool in wei, exponents as (num, den), the miners' part in percent, the owner of each app.

    `owners` is needed for apps that have a bonus and are paid: the rest of it goes there.
    """

    pool: int
    alpha: tuple[int, int]
    beta: tuple[int, int]
    gamma: tuple[int, int]
    miner_max_per: int
    miner_min_per: int
    player_max_num: int
    owners: dict[bytes, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PozkRule:
    """See the module; `evaluate` is the arithmetic of CD."""

    name: str
    meaning: str
    evaluate: Evaluate
    form: DocumentForm = FORM
    family: str = "pozk"

    def list_causes(self, _facts: EpochFacts) -> Sequence[str]:
        """Return nothing."""
        return ()

    def terms_of(self, facts: EpochFacts, _residual: str) -> "PozkTerms":
        """Raise UnsoundError: no event carries its exponents; `read_terms` takes them from a file."""
        raise UnsoundError(f"{self.name} has no parameters in the facts of an epoch", where=f"epoch {facts.epoch}")

    def read_terms(self, document: Field) -> "PozkTerms":
        """Return its terms as a document states them; InputError names the field at fault."""
        return PozkTerms(self, read_parameters(document))


@dataclass(frozen=True, slots=True)
class PozkTerms:
    """The rule with its parameters of one epoch."""

    rule: PozkRule
    parameters: PozkParameters

    def allocate(self, aggregates: Aggregates, bonuses: Bonuses) -> Allocation:
        """Return the amounts of one epoch; UnsoundError if the inputs contradict each other."""
        epoch = self._arrange(aggregates)
        distributed = sum_amounts(epoch.amounts)
        return Allocation(
            amounts=epoch.amounts,
            listed=epoch.active[epoch.participants.place],
            bonuses=self._bonuses(epoch, bonuses),
            distributed=distributed,
            remainder=self.parameters.pool - distributed,
            floors=distributed,
            spare=None,
        )

    def explain(self, aggregates: Aggregates, bonuses: Bonuses, account: bytes) -> Explanation:
        """Return every amount of one account with its factors; a bonus amount without them: its split is the same."""
        epoch = self._arrange(aggregates)
        rows = [explain_pozk_row(epoch, row) for row in epoch.participants.rows_of(account)]
        paid = self._bonuses(epoch, bonuses)
        for at in rows_equal(paid.account, account):
            app, token, role = paid.app[at].tobytes(), paid.token[at].tobytes(), int(paid.role[at])
            rows.append(explain_plain(app, token, role, amount_at(paid.amount, at)))
        return Explanation(account, order_rows(rows), None)

    def report_keys(self) -> Mapping[str, str]:
        """Return nothing: no report is voted on in a network of the deployed contracts."""
        return {}

    def _arrange(self, aggregates: Aggregates) -> "PozkEpoch":
        parameters = self.parameters
        verify_parameters(parameters)
        participants = arrange_participants(aggregates)
        verify_labor(participants)
        active = active_apps(participants)
        stakes = stakes_with_labor(participants)
        pools = self._app_pools(participants, active)
        splits = [
            split
            for place in range(len(participants.apps))
            for split in role_splits(parameters, participants, stakes, place, pools[place])
        ]
        group_of = 2 * participants.place + participants.role
        amounts = self.rule.evaluate(splits, group_of, participants.x, participants.stake)
        return PozkEpoch(parameters, participants, active, stakes, splits, amounts)

    def _app_pools(self, participants: Participants, active: NDArray[np.bool_]) -> list[int]:
        """Return phi of every app, 0 for an inactive one."""
        x, stake = participants.app_x[active], participants.app_stake[active]
        x_total = checked_sum([sum_amounts(x)], "the sum of pozk")
        stake_total = checked_sum([sum_amounts(stake)], "the sum of stake")
        split = Split(self.parameters.pool, x_total, stake_total, Fraction(*self.parameters.alpha))
        pools = no_amounts(len(participants.apps))
        pools[active] = self.rule.evaluate([split], np.zeros(len(x), dtype=np.int64), x, stake)
        return amounts_to_ints(pools)

    def _bonuses(self, epoch: "PozkEpoch", bonuses: Bonuses) -> BonusRows:
        participants = epoch.participants

        def evaluate(paid: Sequence[tuple[BonusPool, int]], rows: PoolRows) -> Amounts:
            splits = [
                split
                for pool, place in paid
                for split in role_splits(epoch.parameters, participants, epoch.stakes, place, pool.total)
            ]
            group_of = 2 * rows.pool + participants.role[rows.row]
            return self.rule.evaluate(splits, group_of, participants.x[rows.row], participants.stake[rows.row])

        def rest_of(pool: BonusPool, rest: int) -> dict[bytes, int]:
            return {owner_of(epoch.parameters, pool.app): rest} if rest else {}

        return split_bonuses(bonuses, participants, epoch.active, evaluate, rest_of)


@dataclass(frozen=True, slots=True)
class PozkEpoch:
    """An arranged epoch: stakes with labor as [role][app], splits at `2 * place + role`, amounts (r, 2)."""

    parameters: PozkParameters
    participants: Participants
    active: NDArray[np.bool_]
    stakes: list[list[int]]
    splits: list[Split]
    amounts: Amounts


RULESET = PozkRule("pozk-v1", "the rule of the deployed PoZK contracts, exact.", floor_rows_exact)
FIXED = PozkRule("pozk-v1-fixed", "what those contracts pay, with their fixed-point arithmetic.", floor_rows_fixed)


def read_parameters(document: Field) -> PozkParameters:
    """Return the parameters that a document states."""
    if document.has("residual") and document.get("residual").value != "rollover":
        raise document.get("residual").error("pozk-v1 has no such residual", "rollover, or no such field")
    owners = {
        app.get("app").address(): app.get("owner").address() for app in document.get("apps").items() if app.has("owner")
    }
    return PozkParameters(
        pool=document.get("pool").integer(),
        alpha=_exponent(document.get("alpha")),
        beta=_exponent(document.get("beta")),
        gamma=_exponent(document.get("gamma")),
        miner_max_per=document.get("miner_max_per").integer(100),
        miner_min_per=document.get("miner_min_per").integer(100),
        player_max_num=document.get("player_max_num").integer(),
        owners=owners,
    )


def _exponent(pair: Field) -> tuple[int, int]:
    parts = [part.integer(10**9) for part in pair.items()]
    if len(parts) != 2 or not 0 < parts[0] <= parts[1]:
        raise pair.error("not an exponent", "[num, den] with 0 < num <= den")
    return parts[0], parts[1]


def verify_parameters(parameters: PozkParameters) -> None:
    """Raise UnsoundError unless 0 < num <= den for each exponent and 0 <= min <= max <= 100 percent."""
    for name in ("alpha", "beta", "gamma"):
        numerator, denominator = getattr(parameters, name)
        if not 0 < numerator <= denominator:
            got = f"{numerator}/{denominator}"
            raise UnsoundError(f"{name} is out of range", expected="0 < num <= den", got=got)
    low, high = parameters.miner_min_per, parameters.miner_max_per
    if not 0 <= low <= high <= 100:
        expected = "0 <= miner_min_per <= miner_max_per <= 100"
        raise UnsoundError("the miners' part is out of range", expected=expected, got=f"{low}, {high}")
    if parameters.player_max_num < 0:
        raise UnsoundError("player_max_num is negative", expected=">= 0", got=str(parameters.player_max_num))


def verify_labor(participants: Participants) -> None:
    """Raise UnsoundError unless miners and users of an app have the same labor: each comes once for both."""
    for place, (mined, asked) in enumerate(zip(*participants.x_sum, strict=True)):
        if mined != asked:
            where = f"app 0x{participants.apps[place].tobytes().hex()}"
            raise UnsoundError("labor differs", expected=f"{mined} of the miners", got=f"{asked} users'", where=where)


def active_apps(participants: Participants) -> NDArray[np.bool_]:
    """Return which apps have labor in the epoch and a stake of their own."""
    return participants.counted & participants.app_stake.any(axis=1)


def stakes_with_labor(participants: Participants) -> list[list[int]]:
    """Return the stake as [role][app], summed over the rows with labor."""
    worked = participants.x.any(axis=1)
    role, place = participants.role[worked], participants.place[worked]
    return sums_by_app(participants.stake[worked], place, role, len(participants.apps))


def miners_percent(parameters: PozkParameters, proofs: int) -> int:
    """Return y: the miners' part of an app's pool in percent."""
    if proofs >= parameters.player_max_num:
        return parameters.miner_max_per
    span = parameters.miner_max_per - parameters.miner_min_per
    return proofs * span // parameters.player_max_num + parameters.miner_min_per


def role_splits(
    parameters: PozkParameters, participants: Participants, stakes: list[list[int]], place: int, pool: int
) -> tuple[Split, Split]:
    """Return the miners' and the users' split of one app's pool."""
    proofs = participants.x_sum[ROLE_MINER][place]
    miners = pool * miners_percent(parameters, proofs) // 100
    return (
        Split(miners, proofs, stakes[ROLE_MINER][place], Fraction(*parameters.beta)),
        Split(pool - miners, proofs, stakes[ROLE_USER][place], Fraction(*parameters.gamma)),
    )


def owner_of(parameters: PozkParameters, app: bytes) -> bytes:
    """Return who gets the rest of an app's bonus; UnsoundError if the owner is not known."""
    if app not in parameters.owners:
        raise UnsoundError("a bonus has no owner to return to", expected="the app's owner", where=f"app 0x{app.hex()}")
    return parameters.owners[app]


def explain_pozk_row(epoch: PozkEpoch, row: int) -> ExplainedRow:
    """Return one row explained by the exact rule; what `pozk-v1-fixed` pays differs by its arithmetic."""
    participants = epoch.participants
    role, place = int(participants.role[row]), int(participants.place[row])
    split = epoch.splits[2 * place + role]
    x, stake = amount_at(participants.x, row), amount_at(participants.stake, row)
    e, f = split.exponent, 1 - split.exponent
    if x == 0 or stake == 0:  # 0 by rule, also where the exponent is 0
        e, f = e or Fraction(1), f or Fraction(1)
    elif x == split.x_total or stake == split.stake_total:  # everything by rule
        e = f = Fraction(0)
    return explain_row(
        PowerGroup(split.pool, (), split.x_total, e, split.stake_total, f),
        (X_NAMES[role], STAKE_NAMES[role]),
        x,
        stake,
        app=participants.apps[place].tobytes(),
        role=role,
        meaning=POOL_NAMES[role],
        amount=amount_at(epoch.amounts, row),
    )
