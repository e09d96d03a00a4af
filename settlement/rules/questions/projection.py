"""What if: an epoch's aggregates with other stakes, work, tasks or weights (for `pozk simulate`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from indexer.words.errors import InputError
from indexer.words.quantities import AMOUNT_LIMIT, Address, to_hex
from settlement.rules.allocation.amounts import Allocation
from settlement.rules.columns.conversions import (
    addresses_from_bytes,
    addresses_to_bytes,
    amounts_from_ints,
    amounts_to_ints,
)
from settlement.rules.facts.aggregates import (
    KIND_APP,
    KIND_APP_MINERS,
    KIND_MINER,
    KIND_USER,
    ROLE_MINER,
    Aggregates,
    Bonuses,
)
from settlement.rules.facts.epoch_facts import AppSums, EpochFacts, RulesetChoice, Weights
from settlement.rules.questions.inequality import gini_of, top_share_of
from settlement.rules.rulesets.registry import names_of, ruleset_named

PARTNERS = {"a": "b", "b": "a", "c": "d", "d": "c"}
"""The weight with which each one sums to 10000."""

StakeKey = tuple[bytes, bytes, int]
"""(app, account, role), role 0 miner 1 user."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What is supposed: stakes in wei by (app, account, role), work in milli-gates and tasks by (app, account).

    weights: (a, b, c, d) in basis points; ruleset and residual by name; None leaves things as they are.
    """

    stakes: Mapping[StakeKey, int] = field(default_factory=dict)
    work: Mapping[tuple[bytes, bytes], int] = field(default_factory=dict)
    tasks: Mapping[tuple[bytes, bytes], int] = field(default_factory=dict)
    weights: tuple[int, int, int, int] | None = None
    ruleset: str | None = None
    residual: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovedApp:
    """What an approved app brings in with its first proof: app_cs, and all its users' and miners' effective stakes."""

    circuit_size: int
    user_stake: int
    miner_stake: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the aggregates do not hold: stakes of accounts without a row, and approved apps without a proof.

    stakes: effective, by (app, account, role), 0 where missing.
    """

    stakes: Mapping[StakeKey, int] = field(default_factory=dict)
    apps: Mapping[bytes, ApprovedApp] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Supposed:
    """An epoch as it is, or as it is supposed to be."""

    facts: EpochFacts
    choice: RulesetChoice

    @property
    def aggregates(self) -> Aggregates:
        """Return its rows."""
        return self.facts.aggregates

    def under(self, ruleset: str) -> "Supposed":
        """Return it settled by another ruleset."""
        return replace(self, choice=replace(self.choice, ruleset=ruleset))

    def allocate(self, bonuses: Bonuses) -> Allocation:
        """Return its amounts, by the one allocation code."""
        terms = ruleset_named(self.choice.ruleset).terms_of(self.facts, self.choice.residual)
        return terms.allocate(self.aggregates, bonuses)


@dataclass(frozen=True, slots=True)
class Summary:
    """How an epoch's emission is spread: wei, shares as exact fractions over the accounts that are paid."""

    ruleset: str
    residual: str
    pool: int
    distributed: int
    remainder: int
    accounts: int
    gini: Fraction
    top_ten_share: Fraction

    @property
    def paid_share(self) -> Fraction:
        """Return what part of the pool is paid out; 0 for an empty pool."""
        return Fraction(self.distributed, self.pool) if self.pool else Fraction(0)


@dataclass(frozen=True, slots=True)
class Change:
    """What one account gets of the emission before and after, in wei."""

    account: bytes
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One step of a sweep: the weight in basis points, the spread, and what each watched account gets."""

    weight_bps: int
    summary: Summary
    watched: tuple[int, ...]


def apply_overrides(epoch: Supposed, overrides: Overrides, surroundings: Surroundings) -> Supposed:
    """Return the epoch with the overrides; InputError for values out of range or an app that is not approved.

    Every stake also moves total_staking and its role's stake of the app, one of role 1 total_app_staking too.
    """
    table = _SupposedRows(epoch, surroundings)
    for (app, account), work in overrides.work.items():
        table.set_x(KIND_MINER, app, account, work)
    for (app, account), tasks in overrides.tasks.items():
        table.set_x(KIND_USER, app, account, tasks)
    for (app, account, role), stake in overrides.stakes.items():
        table.set_stake(app, account, role, stake)
    choice = RulesetChoice(
        _settling(overrides.ruleset or epoch.choice.ruleset, epoch.facts.family),
        overrides.residual or epoch.choice.residual,
    )
    return Supposed(_with_weights(table.facts(), overrides.weights), choice)


def _with_weights(facts: EpochFacts, weights: tuple[int, int, int, int] | None) -> EpochFacts:
    if weights is None or facts.weights is None:
        return facts
    a, b, c, d = weights
    return replace(facts, weights=replace(facts.weights, a=a, b=b, c=c, d=d))


def _settling(wanted: str, family: str) -> str:
    """Return the wanted ruleset; InputError if it takes other parameters than those the epoch has."""
    if ruleset_named(wanted).family != family:
        raise InputError(
            f"ruleset {wanted} takes other parameters than this network has on chain",
            expected=" or ".join(names_of(family)),
            got=wanted,
            where="--ruleset",
            remedy="`pozk allocate` evaluates it from a file",
        )
    return wanted


def summarize(epoch: Supposed, allocation: Allocation) -> Summary:
    """Return how the emission is spread over the accounts that are paid."""
    amounts = sorted(wei for wei in paid_by_account(epoch.aggregates, allocation).values() if wei > 0)
    return Summary(
        ruleset=epoch.choice.ruleset,
        residual=epoch.choice.residual,
        pool=allocation.pool,
        distributed=allocation.distributed,
        remainder=allocation.remainder,
        accounts=len(amounts),
        gini=gini_of(amounts),
        top_ten_share=top_share_of(amounts, 10),
    )


def paid_by_account(aggregates: Aggregates, allocation: Allocation) -> dict[bytes, int]:
    """Return what each account gets of the emission, all apps and roles together."""
    rows = aggregates.is_participant()
    paid: dict[bytes, int] = {}
    for account, wei in zip(
        addresses_to_bytes(aggregates.account[rows]), amounts_to_ints(allocation.amounts), strict=True
    ):
        paid[account] = paid.get(account, 0) + wei
    return paid


def compare_accounts(before: Mapping[bytes, int], after: Mapping[bytes, int]) -> list[Change]:
    """Return every account whose amount changes, the largest change first, ties by account."""
    changes = [Change(who, before.get(who, 0), after.get(who, 0)) for who in set(before) | set(after)]
    changed = [change for change in changes if change.before != change.after]
    return sorted(changed, key=lambda change: (-abs(change.after - change.before), change.account))


def sweep_weight(
    epoch: Supposed, bonuses: Bonuses, weight: str, values: Iterable[int], watched: tuple[bytes, ...] = ()
) -> list[SweepPoint]:
    """Return the spread for each value of weight a, b, c or d in basis points; its partner is 10000 minus it."""
    if weight not in PARTNERS:
        raise InputError("unknown weight", expected="a, b, c or d", got=repr(weight))
    points = []
    for value in values:
        if not 0 <= value <= 10_000:
            raise InputError("a weight is out of range", expected="0..10000", got=str(value))
        step = replace(epoch, facts=replace(epoch.facts, weights=_swept(epoch.facts.weights, weight, value)))
        allocation = step.allocate(bonuses)
        paid = paid_by_account(step.aggregates, allocation)
        points.append(SweepPoint(value, summarize(step, allocation), tuple(paid.get(who, 0) for who in watched)))
    return points


def _swept(weights: Weights | None, name: str, value: int) -> Weights:
    """Return the weights with one of them and its partner changed; InputError if none are in force."""
    if weights is None:
        raise InputError("no weights are in force", expected="a WeightsSet to vary", got="none")
    return replace(weights, **{name: value, PARTNERS[name]: 10_000 - value})


@dataclass(frozen=True, slots=True)
class NormalizeWarning:
    """What `normalize` makes of a quiet epoch: wei without and with it, and the largest account's part with it.

    Where nobody earns anything, `largest_account` is None: the next proof decides.
    """

    floor_sum: int
    pool: int
    largest_account: bytes | None = None
    largest_amount: int = 0

    def text(self) -> str:
        """Return it in one sentence."""
        if self.largest_account is None:
            return (
                "normalize pays nothing while nobody earns anything, and the whole pool as soon as anybody does: "
                "in such a quiet epoch one self-dealt proof takes all"
            )
        before, share = Fraction(self.floor_sum, self.pool), Fraction(self.largest_amount, self.pool)
        return (
            f"normalize pays out the whole pool although work and stake earn {float(before):.4%} of it: "
            f"{to_hex(self.largest_account)} gets {float(share):.2%}; "
            "in a quiet epoch one self-dealt proof can take all"
        )


def warn_of_normalize(epoch: Supposed, bonuses: Bonuses) -> NormalizeWarning | None:
    """Return the warning if normalization more than doubles what the epoch earns, or nobody earns; None otherwise."""
    if epoch.choice.residual != "normalize":
        return None
    paid = epoch.allocate(bonuses)
    if paid.pool == 0:
        return None
    plain = replace(epoch, choice=replace(epoch.choice, residual="rollover")).allocate(bonuses)
    if plain.distributed == 0:
        return NormalizeWarning(0, paid.pool)
    if 2 * plain.distributed > paid.pool:
        return None
    amounts = paid_by_account(epoch.aggregates, paid)
    largest = min(amounts, key=lambda who: (-amounts[who], who))
    return NormalizeWarning(plain.distributed, paid.pool, largest, amounts[largest])


class _SupposedRows:
    """Aggregates as rows that can be changed, with the totals that follow."""

    def __init__(self, epoch: Supposed, surroundings: Surroundings) -> None:
        columns = epoch.aggregates
        keys = zip(
            columns.kind.tolist(), addresses_to_bytes(columns.app), addresses_to_bytes(columns.account), strict=True
        )
        values = zip(amounts_to_ints(columns.x), amounts_to_ints(columns.stake), strict=True)
        self._rows = {key: list(value) for key, value in zip(keys, values, strict=True)}
        self._surroundings = surroundings
        self._facts = epoch.facts

    def set_x(self, kind: int, app: bytes, account: bytes, x: int) -> None:
        """Set work or tasks; the account gets a row with its effective stake if it has none."""
        _verify_range(x, f"--{'work' if kind == KIND_MINER else 'tasks'}")
        self._open_app(app)
        key = (kind, app, account)
        if key not in self._rows:
            self._rows[key] = [0, self._surroundings.stakes.get((app, account, kind - 1), 0)]
        self._rows[key][0] = x

    def set_stake(self, app: bytes, account: bytes, role: int, stake: int) -> None:
        """Set an effective stake; an account without work only moves the totals."""
        _verify_range(stake, "--stake")
        row = self._rows.get((role + 1, app, account))
        before = row[1] if row else self._surroundings.stakes.get((app, account, role), 0)
        if row:
            row[1] = stake
        delta, is_miner = stake - before, role == ROLE_MINER
        of_role = (KIND_APP_MINERS if is_miner else KIND_APP, app, bytes(20))
        if of_role in self._rows:
            self._rows[of_role][1] += delta
        self._facts = replace(
            self._facts,
            total_staking=self._facts.total_staking + delta,
            total_app_staking=self._facts.total_app_staking + (0 if is_miner else delta),
        )

    def facts(self) -> EpochFacts:
        """Return the facts with these rows and what they sum up to."""
        return replace(self._facts, aggregates=self._aggregates(), apps=self._app_sums())

    def _app_sums(self) -> tuple[AppSums, ...]:
        found = {app: [x, 0, 0] for (kind, app, _), (x, _) in self._rows.items() if kind == KIND_APP}
        for (kind, app, _), (x, _) in self._rows.items():
            if kind in (KIND_MINER, KIND_USER):
                found[app][kind] += x
        return tuple(AppSums(Address(app), *sums) for app, sums in found.items())

    def _aggregates(self) -> Aggregates:
        """Return the rows as columns, in the order of (kind, app, account)."""
        rows = sorted(self._rows.items())
        return Aggregates(
            kind=np.array([key[0] for key, _ in rows], dtype=np.uint8),
            app=addresses_from_bytes([key[1] for key, _ in rows]),
            account=addresses_from_bytes([key[2] for key, _ in rows]),
            x=amounts_from_ints(value[0] for _, value in rows),
            stake=amounts_from_ints(value[1] for _, value in rows),
        )

    def _open_app(self, app: bytes) -> None:
        key = (KIND_APP, app, bytes(20))
        if key in self._rows:
            return
        if app not in self._surroundings.apps:
            raise InputError("an app is not approved for this epoch", expected="an approved app", got=to_hex(app))
        known = self._surroundings.apps[app]
        self._rows[key] = [known.circuit_size, known.user_stake]
        self._rows[KIND_APP_MINERS, app, bytes(20)] = [0, known.miner_stake]


def _verify_range(value: int, option: str) -> None:
    if not 0 <= value <= AMOUNT_LIMIT:
        raise InputError("a value is out of range", expected=f"0..{AMOUNT_LIMIT}", got=str(value), where=option)
