"""What one more self-dealt task earns and costs (for `pozk simulate --attack`): a user who is its own miner.

The fee comes back to whoever pays itself; what is lost is the part of it that burns, gas and proving. Worked: beside
four busy apps the first task of a day in an idle approved app opens that app's whole part, 4,525 of 1,000,000 tokens;
the second one adds nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from settlement.rules.columns.conversions import (
    addresses_from_bytes,
    addresses_to_bytes,
    amounts_from_ints,
    amounts_to_ints,
)
from settlement.rules.facts.aggregates import KIND_MINER, KIND_USER, ROLE_MINER, ROLE_USER, Aggregates, no_bonuses
from settlement.rules.questions.projection import Overrides, Supposed, Surroundings, apply_overrides, paid_by_account

WHOLE_BPS = 10_000
DEALER = b"\xd0" * 20
"""An account that stands for the self-dealer; nobody has its key."""
OTHERS = b"\x0e" * 20
"""An account that stands for everybody else of an app and role."""
MOST_TASKS = 1 << 40


@dataclass(frozen=True, slots=True)
class TaskCost:
    """What a self-dealt task costs: the least fee of the app and the part of it that burns, gas and proving in wei."""

    least_fee: int
    burn_bps: int
    proving: int = 0

    @property
    def wei(self) -> int:
        """Return what is lost on each task, rounded down as the contract rounds."""
        return self.least_fee * self.burn_bps // WHOLE_BPS + self.proving


@dataclass(frozen=True, slots=True)
class AppFee:
    """What a task of an app must offer at least, in wei, and the part of it that burns, in basis points."""

    least_fee: int
    burn_bps: int


@dataclass(frozen=True, slots=True)
class DealerTerms:
    """What is supposed of the self-dealer: stakes (miner, user) in wei, None for the mean of each role; gas and proving
    of a task in wei; a least fee and a burn in the place of those in force, None for these."""

    stakes: tuple[int, int] | None = None
    proving: int = 0
    least_fee: int | None = None
    burn_bps: int | None = None

    def cost_of(self, fee: AppFee | None) -> TaskCost:
        """Return what a task costs in an app where `fee` is in force."""
        known = fee or AppFee(0, 0)
        least = known.least_fee if self.least_fee is None else self.least_fee
        burn = known.burn_bps if self.burn_bps is None else self.burn_bps
        return TaskCost(least, burn, self.proving)


@dataclass(frozen=True, slots=True)
class SelfDealing:
    """What self-dealing in one app earns under one ruleset, in wei of the emission.

    `most` is the greatest number of tasks whose last one earns more than it costs, 0 if the first one does not;
    None where a task costs nothing. `earned` is what that number earns, `spent` what it costs.
    """

    app: bytes
    ruleset: str
    is_idle: bool
    first: int
    second: int
    cost: int
    most: int | None
    earned: int
    spent: int


def mean_stakes(surroundings: Surroundings) -> tuple[int, int]:
    """Return the mean effective stake of a miner and of a user in an app, in wei, rounded down; 0 without any."""
    by_role: dict[int, list[int]] = {ROLE_MINER: [], ROLE_USER: []}
    for (_, _, role), stake in surroundings.stakes.items():
        if stake > 0:
            by_role[role].append(stake)
    miners, users = (by_role[role] for role in (ROLE_MINER, ROLE_USER))
    return sum(miners) // max(1, len(miners)), sum(users) // max(1, len(users))


def evaluate_self_dealing(
    epoch: Supposed, surroundings: Surroundings, costs: Mapping[bytes, TaskCost], stakes: tuple[int, int]
) -> list[SelfDealing]:
    """Return what a newcomer with these stakes (miner, user, in wei) earns by self-dealing in each app, by app.

    Each app is taken alone, with all stakes in it. Tasks are of the app's full circuit size.
    """
    plain = epoch if epoch.choice.residual == "normalize" else summed(epoch)
    columns = epoch.aggregates
    busy = set(addresses_to_bytes(columns.app[columns.is_participant()]))
    return [
        _evaluate(plain, surroundings, app, costs[app], stakes, is_idle=app not in busy)
        for app in sorted(surroundings.apps)
    ]


def summed(epoch: Supposed) -> Supposed:
    """Return the epoch with one miner and one user row an app, for all of them.

    Under `rollover` an account's amount depends on the others' sums alone, so that a newcomer is paid the same in it.
    """
    columns = epoch.aggregates
    rows: dict[tuple[int, bytes, bytes], list[int]] = {}
    keys = zip(columns.kind.tolist(), addresses_to_bytes(columns.app), addresses_to_bytes(columns.account), strict=True)
    for (kind, app, account), x, stake in zip(
        keys, amounts_to_ints(columns.x), amounts_to_ints(columns.stake), strict=True
    ):
        is_own = kind in (KIND_MINER, KIND_USER)
        row = rows.setdefault((kind, app, OTHERS if is_own else account), [0, 0])
        row[0] += x
        row[1] += 0 if is_own else stake
    ordered = sorted(rows.items())
    aggregates = Aggregates(
        kind=np.array([key[0] for key, _ in ordered], dtype=np.uint8),
        app=addresses_from_bytes([key[1] for key, _ in ordered]),
        account=addresses_from_bytes([key[2] for key, _ in ordered]),
        x=amounts_from_ints(value[0] for _, value in ordered),
        stake=amounts_from_ints(value[1] for _, value in ordered),
    )
    return replace(epoch, facts=replace(epoch.facts, aggregates=aggregates))


def _evaluate(
    epoch: Supposed,
    surroundings: Surroundings,
    app: bytes,
    cost: TaskCost,
    stakes: tuple[int, int],
    *,
    is_idle: bool,
) -> SelfDealing:
    size = surroundings.apps[app].circuit_size
    staked = {(app, DEALER, ROLE_MINER): stakes[0], (app, DEALER, ROLE_USER): stakes[1]}
    known: dict[int, int] = {0: 0}

    def earned(tasks: int) -> int:
        if tasks not in known:
            work, own = {(app, DEALER): tasks * size}, {(app, DEALER): tasks}
            supposed = apply_overrides(epoch, Overrides(stakes=staked, work=work, tasks=own), surroundings)
            known[tasks] = paid_by_account(supposed.aggregates, supposed.allocate(no_bonuses()))[DEALER]
        return known[tasks]

    most = None if cost.wei == 0 else _most_tasks(lambda tasks: earned(tasks) - earned(tasks - 1) > cost.wei)
    return SelfDealing(
        app=app,
        ruleset=epoch.choice.ruleset,
        is_idle=is_idle,
        first=earned(1),
        second=earned(2) - earned(1),
        cost=cost.wei,
        most=most,
        earned=earned(most or 0),
        spent=(most or 0) * cost.wei,
    )


def _most_tasks(pays: Callable[[int], bool]) -> int:
    """Return the greatest number of tasks of which the last one pays: each earns less than the one before it."""
    if not pays(1):
        return 0
    low, high = 1, 2
    while high < MOST_TASKS and pays(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if pays(middle) else (low, middle)
    return low
