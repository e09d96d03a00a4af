"""The contracts' rewards recomputed log by log, and what they owe after the last one.

A zero-stake account that collects after an app's pool is closed takes that app from the epoch's count of open ones a
second time: where the count is used up, the epoch's other collectors are blocked for ever (docs/deployed-pozk.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address, to_hex
from settlement.rules.facts.aggregates import ROLE_MINER
from settlement.rules.powers.fixed_point import Split, cobb_douglas
from settlement.rules.shadow.pools import Pool, SettingsInForce, open_pool, split_of
from settlement.rules.shadow.seen import (
    OPENING,
    RETURNED,
    AppLabor,
    Collect,
    EpochLabor,
    Flow,
    NetworkSeen,
    Place,
    Setting,
    by_transaction,
)

EQUAL, DIFFERENT, UNDETERMINED = "equal", "different", "undetermined"


@dataclass(frozen=True, slots=True)
class OpenedPool:
    """A pool, where it was opened, and what was transferred for it (None where no transfer is seen)."""

    epoch: int
    app: Address
    place: Place
    pool: Pool
    transferred: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A collect beside the rule: the split it was paid from, own labor and stake, and what the rule gives."""

    collect: Collect
    split: Split
    labor: int
    stake: int
    rule: int
    state: str
    pool: Pool


@dataclass(frozen=True, slots=True)
class Owed:
    """What an account can still collect of (epoch, app, role), in wei; `block` says why the contracts refuse it."""

    epoch: int
    app: Address
    role: int
    account: Address
    amount: int
    is_opened: bool
    block: str
    state: str


@dataclass(slots=True)
class Shadow:
    """Everything that was recomputed. `returned` is what went back, by (epoch, app), in wei."""

    pools: list[OpenedPool] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)
    returned: dict[tuple[int, Address], int] = field(default_factory=dict)


def shadow_network(seen: NetworkSeen) -> Shadow:
    """Go through all logs in order; UnsoundError where the contracts would have reverted."""
    run = _Folding(seen)
    entries: list[Setting | Collect] = [*seen.settings, *seen.collects]
    for entry in sorted(entries, key=lambda each: each.place):
        if isinstance(entry, Collect):
            run.compare(entry)
        else:
            run.settings.take(entry)
    run.found.owed = list(run.list_owed())
    return run.found


class _Folding:
    def __init__(self, seen: NetworkSeen) -> None:
        self.settings, self.found = SettingsInForce(), Shadow()
        self._seen = seen
        self._epochs = {each.epoch: each for each in seen.epochs}
        self._pools: dict[tuple[int, Address], Pool] = {}
        self._left = {(e.epoch, app): labor.staked_labor for e in seen.epochs for app, labor in e.apps.items()}
        self._open = {each.epoch: len(each.apps) for each in seen.epochs}
        self._collected: set[tuple[int, Address, int, Address]] = set()
        self._flows = by_transaction(seen.flows)

    def compare(self, collect: Collect) -> None:
        """Hold a collect against the rule, with its pool's frozen terms and the exponent in force at its log."""
        key, app = (collect.epoch, collect.app), self._app_of(collect)
        pool = self._pool_of(collect, app)
        split = split_of(pool.part(collect.role), app, collect.role, self.settings.exponent(collect.role))
        labor, stake = app.by_role[collect.role].get(collect.account, (0, 0))
        rule = cobb_douglas(split, labor, stake)
        state = self._state(collect.role, collect.amount == rule)
        self.found.compared.append(Compared(collect, split, labor, stake, rule, state, pool))
        self._collected.add((*key, collect.role, collect.account))
        self._close(key, labor if stake else 0)
        for flow in self._flow_before(collect, RETURNED):
            self.found.returned[key] = self.found.returned.get(key, 0) + flow.amount

    def _app_of(self, collect: Collect) -> AppLabor:
        epoch = self._epochs.get(collect.epoch)
        if epoch is None or collect.app not in epoch.apps:
            raise UnsoundError(
                "a reward was collected for which there is no labor",
                expected="MinerLabor or PlayerLabor of that app in that epoch",
                got="none",
                where=f"epoch {collect.epoch}, app {to_hex(collect.app)}, block {collect.place[0]}",
                remedy="check the keys of [contracts] and chain.start_block",
            )
        return epoch.apps[collect.app]

    def _pool_of(self, collect: Collect, app: AppLabor) -> Pool:
        key = (collect.epoch, collect.app)
        known = self._pools.get(key)
        if known is not None and known.is_open:
            return known
        pool = open_pool(self.settings, self._epochs[collect.epoch], app)
        self._pools[key] = pool
        moved = self._flow_before(collect, OPENING)
        transferred = sum(flow.amount for flow in moved) if moved else None
        self.found.pools.append(OpenedPool(collect.epoch, collect.app, collect.place, pool, transferred))
        return pool

    def _close(self, key: tuple[int, Address], labor: int) -> None:
        """Count what staked labor is left; whoever finds none takes the app from the epoch's open ones, also twice."""
        self._left[key] -= labor
        if self._left[key] <= 0:
            self._open[key[0]] -= 1

    def _flow_before(self, collect: Collect, kind: str) -> list[Flow]:
        """Return the transfers of the collect's transaction that stand before it and after the collect before."""
        queue = self._flows.get((collect.place[0], collect.tx_index), [])
        taken = [flow for flow in queue if flow.kind == kind and flow.place < collect.place]
        for flow in taken:
            queue.remove(flow)
        return taken

    def _state(self, role: int, is_equal: bool) -> str:
        if role == ROLE_MINER and not self._seen.vesting:
            return UNDETERMINED
        return EQUAL if is_equal else DIFFERENT

    def list_owed(self) -> Iterator[Owed]:
        """Yield what finished epochs still owe by the rule: unopened pools with what is in force now."""
        for epoch in self._seen.epochs:
            if epoch.epoch >= self._seen.current_epoch:
                continue
            for app, labor in sorted(epoch.apps.items()):
                yield from self._owed_of(epoch, app, labor)

    def _owed_of(self, epoch: EpochLabor, app: Address, labor: AppLabor) -> Iterator[Owed]:
        known = self._pools.get((epoch.epoch, app))
        is_opened = known is not None and known.is_open
        rows = [
            (role, account, own)
            for role in (0, 1)
            for account, own in sorted(labor.by_role[role].items())
            if (epoch.epoch, app, role, account) not in self._collected
        ]
        staked = sum(1 for _, _, (_, stake) in rows if stake)
        for role, account, (own, stake) in rows:
            pool = known if known is not None and is_opened else open_pool(self.settings, epoch, labor)
            split = split_of(pool.part(role), labor, role, self.settings.exponent(role))
            amount = cobb_douglas(split, own, stake)
            if amount:
                block = self._block(epoch.epoch, is_opened=is_opened, is_last=staked == 1)
                yield Owed(epoch.epoch, app, role, account, amount, is_opened, block, self._state(role, True))

    def _block(self, epoch: int, *, is_opened: bool, is_last: bool) -> str:
        if self._open[epoch] > 0:
            return ""
        if not is_opened:
            return "the epoch is closed: opening the pool divides by zero"
        return "underflow: it is the last of its pool" if is_last else ""
