"""A network of protocol `pozk` read a second time: plain Python over the rows of its tables, without the engine.

Written from how the contracts behave (docs/deployed-pozk.md), not from the SQL; both must give the same network.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address
from settlement.rules.facts.aggregates import ROLE_MINER, ROLE_USER
from settlement.rules.second_reading.comparison import AUDIT
from settlement.rules.shadow.seen import (
    DEPOSIT,
    OPENING,
    PAYMENT,
    RETURNED,
    AppLabor,
    Collect,
    EpochLabor,
    ExtraDeposit,
    Flow,
    NetworkSeen,
    Place,
    Setting,
)
from settlement.rules.shadow.vesting import VestingAmount
from settlement.words.records import Row, RowsByTable

_NEVER = 2**256
_UNPROVEN = b""
"""In place of the hash of a transaction, which no sum of the ledger covers: block and place in it say which it is."""
_SETTINGS = {
    "alpha": ("alpha", ("n", "d")),
    "beta": ("beta", ("n", "d")),
    "gamma": ("gamma", ("n", "d")),
    "miner_player_per": ("percent", ("miner_max_per", "miner_min_per", "player_max_num")),
    "new_mine_reward": ("pool", ("amount",)),
}
_LABOR = (("miner_labor", ROLE_MINER, "miner", "work"), ("player_labor", ROLE_USER, "player", "play"))
_COLLECTS = (("miner_collect", ROLE_MINER, "miner"), ("player_collect", ROLE_USER, "player"))
_WORKS = ("register_prover", "upgrade_prover", "approve_prover")
TABLES = (
    *_SETTINGS,
    *(table for table, *_ in (*_LABOR, *_COLLECTS)),
    *_WORKS,
    *("new_epoch", "prover_stake_change", "miner_stake_change", "player_stake_change", "transfer", "transfer_prover"),
    *("deposit_extra_prover_rewards", "claim_extra_prover_rewards"),
)
"""What it reads; of `transfer` the rows from or to where rewards are."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows do not say: when blocks were, the miners' vesting amounts in order, and two addresses."""

    times: Mapping[int, int]
    vesting: Sequence[VestingAmount]
    vesting_address: Address
    reward: Address


@dataclass(slots=True)
class _Labor:
    count: int = 0
    first: Place = (_NEVER, 0)


@dataclass(slots=True)
class _AppWork:
    """What a contract keeps of an app's work: from epoch `since` on it is `new`, before it is `value`."""

    value: int = 0
    new: int = 0
    since: int = 0
    is_known: bool = False
    history: list[tuple[Place, int, int, int]] = field(default_factory=list)

    def change(self, what: str, row: Row, current: int) -> None:
        """Take a log, as of the current epoch."""
        if not self.is_known or what == "register_prover":
            since = {"register_prover": 0, "upgrade_prover": _NEVER}.get(what)
            self.value, self.new = 0, int(row["work"])
            self.since = int(row["epoch"]) if since is None else since
        elif what == "upgrade_prover":
            if current >= self.since:
                self.value = self.new
            self.new, self.since = int(row["work"]), _NEVER
        else:
            if not row["approved"]:
                self.new = self.value
            self.since = int(row["epoch"])
        self.is_known = True
        self.history.append((_place(row), self.value, self.new, self.since))

    def read(self, place: Place, epoch: int) -> int:
        """Return what is read at a log."""
        before = [entry for entry in self.history if entry[0] <= place]
        if not before:
            return 0
        _, value, new, since = before[-1]
        return new if epoch >= since else value


def read_again(rows: RowsByTable, known: Known, seen: NetworkSeen) -> NetworkSeen:
    """Return the network by the rows; `seen` gives what no row says: how far, the token, and where vesting is from."""
    heights = sorted(int(row["height"]) for row in rows["new_epoch"])
    deposits, claims = rows["deposit_extra_prover_rewards"], dict[tuple[int, Address], int]()
    for row in rows["claim_extra_prover_rewards"]:
        key = (int(row["epoch"]), Address(row["prover"]))
        claims[key] = claims.get(key, 0) + int(row["remain"])
    return NetworkSeen(
        finalized=seen.finalized,
        current_epoch=heights[-1] if heights else -1,
        epochs=_epochs(rows, known, heights),
        settings=sorted(_settings(rows), key=lambda each: each.place),
        collects=sorted(_collects(rows), key=lambda each: each.place),
        flows=[_flow(row, known) for row in _ordered(rows["transfer"])],
        deposits=[
            ExtraDeposit(*_where(row), int(row["epoch"]), row["prover"], row["token"], int(row["amount"]))
            for row in _ordered(deposits)
        ],
        claims=claims,
        token=seen.token,
        owners={Address(row["prover"]): Address(row["owner"]) for row in _ordered(rows["transfer_prover"])},
        vesting=seen.vesting,
    )


def compare_network(seen: NetworkSeen, again: NetworkSeen) -> None:
    """Raise UnsoundError, naming the first thing that differs, unless both readings are one network."""
    seen = replace(seen, collects=[replace(each, tx_hash=_UNPROVEN) for each in seen.collects])
    for each in fields(NetworkSeen):
        ours, engine = getattr(again, each.name), getattr(seen, each.name)
        if isinstance(ours, (list, tuple)) and len(ours) == len(engine):
            pairs = [(a, b) for a, b in zip(ours, engine, strict=True) if a != b]
            ours, engine = pairs[0] if pairs else (None, None)
        if ours != engine:
            raise UnsoundError(
                f"the engine and a second reading of the files differ in {each.name}",
                expected=_short(ours),
                got=_short(engine),
                remedy=AUDIT,
            )


def first_labor_blocks(rows: RowsByTable) -> set[int]:
    """Return the blocks in which miners' vesting amounts were read, whose times are needed."""
    return {int(row["block_number"]) for row in rows["miner_labor"]}


def _epochs(rows: RowsByTable, known: Known, heights: Sequence[int]) -> list[EpochLabor]:
    labors, works, stakes = _labors(rows), _works(rows), _Stakes(rows, known)
    found: dict[int, dict[Address, AppLabor]] = {epoch: {} for epoch in heights}
    for epoch, app in sorted(labors):
        if epoch not in found:
            continue
        own = labors[epoch, app]
        first = min(labor.first for labor in own.values())
        by_role: tuple[dict[Address, tuple[int, int]], dict[Address, tuple[int, int]]] = ({}, {})
        for (role, account), labor in own.items():
            by_role[role][account] = (labor.count, stakes.of(role, app, account, epoch, labor.first))
        work = works[app].read(first, epoch) if app in works else 0
        found[epoch][app] = AppLabor(work, stakes.of_app(app, epoch), by_role)
    return [EpochLabor(epoch, apps) for epoch, apps in found.items()]


def _labors(rows: RowsByTable) -> dict[tuple[int, Address], dict[tuple[int, Address], _Labor]]:
    found: dict[tuple[int, Address], dict[tuple[int, Address], _Labor]] = {}
    for table, role, who, count in _LABOR:
        for row in rows[table]:
            own = found.setdefault((int(row["epoch"]), Address(row["prover"])), {})
            labor = own.setdefault((role, Address(row[who])), _Labor())
            labor.count += int(row[count])
            labor.first = min(labor.first, _place(row))
    return found


def _works(rows: RowsByTable) -> dict[Address, _AppWork]:
    starts = [(_place(row), int(row["height"])) for row in _ordered(rows["new_epoch"])]
    logs = sorted(((_place(row), what, row) for what in _WORKS for row in rows[what]), key=lambda each: each[0])
    found: dict[Address, _AppWork] = {}
    at, current = 0, 0
    for place, what, row in logs:
        while at < len(starts) and starts[at][0] <= place:
            current, at = starts[at][1], at + 1
        found.setdefault(Address(row["prover"]), _AppWork()).change(what, row, current)
    return found


class _Stakes:
    """The changes of stakes by whose they are; a miner's has its vesting amount of before the block it is read in."""

    def __init__(self, rows: RowsByTable, known: Known) -> None:
        self._known = known
        self._of_app = _changes(rows["prover_stake_change"], "prover")
        self._of_miner = _changes(rows["miner_stake_change"], "prover", "account")
        self._of_player = _changes(rows["player_stake_change"], "account")

    def of_app(self, app: Address, epoch: int) -> int:
        """Return all stakers' together."""
        return _until(self._of_app.get((app,), []), epoch)

    def of(self, role: int, app: Address, account: Address, epoch: int, first: Place) -> int:
        """Return what counts of an account whose first labor is `first`: a player's stake is one for all apps."""
        if role == ROLE_USER:
            return _until(self._of_player.get((account,), []), epoch)
        own = _until(self._of_miner.get((app, account), []), epoch)
        before = [row for row in self._known.vesting if row.account == account and row.block < first[0]]
        if not before:
            return own
        newest = max(before, key=lambda row: row.block)
        return own if 0 < newest.end <= self._known.times[first[0]] else own + newest.amount


def _changes(rows: Sequence[Row], *names: str) -> dict[tuple[Any, ...], list[tuple[int, int]]]:
    found: dict[tuple[Any, ...], list[tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append((int(row["epoch"]), int(row["changed"])))
    return found


def _until(changes: Sequence[tuple[int, int]], epoch: int) -> int:
    return sum(changed for effective, changed in changes if effective <= epoch)


def _settings(rows: RowsByTable) -> Iterator[Setting]:
    for table, (what, names) in _SETTINGS.items():
        for row in rows[table]:
            numbers = [int(row[name]) for name in names] + [0, 0]
            yield Setting(_place(row), what, (numbers[0], numbers[1], numbers[2]))


def _collects(rows: RowsByTable) -> Iterator[Collect]:
    for table, role, who in _COLLECTS:
        for row in rows[table]:
            place, tx_index = _where(row)
            app, account = Address(row["prover"]), Address(row[who])
            yield Collect(place, tx_index, _UNPROVEN, int(row["epoch"]), app, role, account, int(row["amount"]))


def _flow(row: Row, known: Known) -> Flow:
    sender, receiver = row["from_account"], row["to_account"]
    if sender == known.vesting_address:
        kind = OPENING
    elif receiver == known.vesting_address:
        kind = RETURNED
    else:
        kind = PAYMENT if sender == known.reward else DEPOSIT
    return Flow(*_where(row), kind, Address(receiver if sender == known.reward else sender), int(row["amount"]))


def _ordered(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=_place)


def _where(row: Row) -> tuple[Place, int]:
    return _place(row), int(row["tx_index"])


def _place(row: Row) -> Place:
    return int(row["block_number"]), int(row["log_index"])


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}.."
