"""An epoch read a second time, without the engine: tallies of its rows, and how they are held against its facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.rules.stored.row_sums import byte_values, magnitudes, numbers_of, words_of
from indexer.words.quantities import ZERO_ADDRESS
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.epoch.stage_words import ADDRESS_BYTES
from settlement.rules.facts.aggregates import KIND_APP, KIND_APP_MINERS, KIND_MINER, KIND_USER, Aggregates

Approvals = Mapping[bytes, tuple[int, int]]
"""The approved apps, each with its scheme and gates."""

Row = Mapping[str, Any]
_USERS, _MINERS = 1, 0
_COLUMNS = ("miner", "user")
_SUMMED = ("low", "high", "count")
_HALF = np.uint64(0xFFFFFFFF)


def in_force(rows: Iterable[Row], epoch: int, key: str | None = None) -> dict[Any, Row]:
    """Return for each value of `key` the event in force for an epoch: greatest from_epoch, then the last log."""
    found: dict[Any, Row] = {}
    for row in rows:
        name = row[key] if key is not None else None
        if row["from_epoch"] <= epoch and (name not in found or _rank(row) > _rank(found[name])):
            found[name] = row
    return found


def _rank(row: Row) -> tuple[int, int, int]:
    return row["from_epoch"], row["block_number"], row["log_index"]


def approvals_in_force(approved: Iterable[Row], stopped: Iterable[Row], epoch: int) -> Approvals:
    """Return the apps approved for an epoch; approvals and stops are one kind."""
    words = [*approved, *({**row, "gates": None} for row in stopped)]
    return {
        app: (row["scheme"], row["gates"])
        for app, row in in_force(words, epoch, "app").items()
        if row["gates"] is not None
    }


def _nothing() -> list[int]:
    return [0, 0]


@dataclass
class ProofTally:
    """The proofs of an epoch as they are read, batch by batch, also in several processes: then one is merged of many.

    Of `shard`, the accounts whose first byte it is (None: of all), the rows are kept, of miners and of users, added up
    by (app, account, scheme) when they are condensed; `own` adds them up by (role, app, account).
    """

    epoch: int
    first_block: int
    last_block: int
    genesis_block: int
    approvals: Approvals
    alphas: Mapping[int, int]
    shard: int | None
    apps: dict[bytes, list[int]] = field(default_factory=lambda: defaultdict(_nothing))
    rows: tuple[list[pa.Table], list[pa.Table]] = field(default_factory=lambda: ([], []))
    sketches: list[int] = field(default_factory=lambda: [0, 0])
    suspects: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._weights = np.array([self.alphas.get(scheme, 0) for scheme in range(256)], dtype=np.uint64)

    def add(self, batch: pa.Table) -> None:
        """Take in proofs of blocks up to the last one."""
        for part in batch.to_batches():
            self._add(part)

    def merge(self, other: ProofTally) -> None:
        """Take in what another tally of the same epoch has counted, of other rows."""
        for name, (work, tasks) in other.apps.items():
            own = self.apps[name]
            own[0] += work
            own[1] += tasks
        self.suspects |= other.suspects
        for role in (_USERS, _MINERS):
            self.sketches[role] = (self.sketches[role] + other.sketches[role]) % (1 << 64)
            self.rows[role].extend(other.rows[role])

    def condense(self) -> None:
        """Add up the rows that are kept: what is left is as long as there are (app, account, scheme) in the shard."""
        for role in (_USERS, _MINERS):
            if self.rows[role]:
                self.rows[role][:] = [_condensed(pa.concat_tables(self.rows[role]), ["app", _COLUMNS[role], "scheme"])]

    def _add(self, batch: pa.RecordBatch) -> None:
        app = batch["app"] if pa.types.is_dictionary(batch["app"].type) else batch["app"].dictionary_encode()
        names: list[bytes] = app.dictionary.to_pylist()
        index = numbers_of(app.indices)
        approved = np.array([name in self.approvals for name in names], dtype=np.bool_)[index]
        block, epoch = numbers_of(batch["block_number"]), numbers_of(batch["epoch"])
        inside = (block >= np.uint64(self.first_block)) & (block <= np.uint64(self.last_block))
        fits = approved & (epoch == np.uint64(self.epoch))
        self._note_suspects(batch, (block <= np.uint64(self.last_block)), inside, fits)
        counts = inside & fits
        scheme, gates = numbers_of(batch["scheme"]), numbers_of(batch["gates"])
        self._add_apps(names, index, counts, scheme, gates)
        weights = self._weights
        lanes = byte_values(app.dictionary)[0][:, 0][index]
        for role, column in enumerate(_COLUMNS):
            weight = gates * weights[scheme] if role == _MINERS else np.ones(len(gates), dtype=np.uint64)
            account = Accounts.of(batch[column])
            self.sketches[role] = _sketched(self.sketches[role], lanes, account.lanes, weight, counts)
            self._keep(role, batch, account, counts)

    def _note_suspects(
        self, batch: pa.RecordBatch, known: NDArray[np.bool_], inside: NDArray[np.bool_], fits: NDArray[np.bool_]
    ) -> None:
        before = known & (numbers_of(batch["block_number"]) < np.uint64(self.genesis_block))
        for row in np.flatnonzero(before | (inside & ~fits)).tolist():
            self.suspects.add((batch["block_number"][row].as_py(), batch["log_index"][row].as_py()))

    def _add_apps(
        self,
        names: Sequence[bytes],
        index: NDArray[np.signedinteger],
        counts: NDArray[np.bool_],
        scheme: NDArray[np.uint8],
        gates: NDArray[np.uint64],
    ) -> None:
        """Add to the work and the tasks of each app."""
        from settlement.rules.second_reading.sketch_kernel import tally

        schemes = int(scheme.max(initial=0)) + 1
        sums = np.zeros((len(names) * schemes, 3), dtype=np.uint64)
        tally(index, scheme, gates, counts, schemes, sums)
        places = np.flatnonzero(sums[:, 0])
        for place, (count, low, high) in zip(places.tolist(), sums[places].tolist(), strict=True):
            app = self.apps[names[place // schemes]]
            app[0] += (low + (high << 64)) * self.alphas.get(place % schemes, 0)
            app[1] += count

    def _keep(self, role: int, batch: pa.RecordBatch, account: Accounts, counts: NDArray[np.bool_]) -> None:
        """Keep the proofs of the accounts of the shard."""
        chosen = counts if self.shard is None else counts & (account.first == self.shard)
        columns = ["app", _COLUMNS[role], "scheme", "gates"]
        rows = pa.table({name: batch[name] for name in columns}).take(pa.array(np.flatnonzero(chosen)))
        plain = {name: _plain(rows[name]) for name in columns}
        gates = numbers_of(plain.pop("gates"))
        halves = {"low": pa.array(gates & _HALF), "high": pa.array(gates >> np.uint64(32))}  # no sum of them wraps
        self.rows[role].append(pa.table(plain | halves | {"count": pa.array(np.ones(len(gates), dtype=np.int64))}))

    def own(self) -> dict[tuple[int, bytes, bytes], int]:
        """Return the work of miners and the tasks of users of the shard by (role, app, account)."""
        found: dict[tuple[int, bytes, bytes], int] = defaultdict(int)
        self.condense()
        for role in (_MINERS, _USERS):
            if not self.rows[role]:
                continue
            summed = self.rows[role][0]
            columns = (summed[name].to_pylist() for name in ("app", _COLUMNS[role], "scheme", *_SUMMED))
            for app, account, scheme, low, high, count in zip(*columns, strict=True):
                work = (low + (high << 32)) * self.alphas.get(scheme, 0)
                found[role, app, account] += work if role == _MINERS else count
        return found


def _condensed(rows: pa.Table, keys: list[str]) -> pa.Table:
    summed = rows.group_by(keys).aggregate([(name, "sum") for name in _SUMMED])
    return pa.table({**{key: summed[key] for key in keys}, **{name: summed[f"{name}_sum"] for name in _SUMMED}})


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array, values instead of a dictionary."""
    array = column.combine_chunks()
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


@dataclass(frozen=True, slots=True)
class Accounts:
    """A column of addresses: one lane of each, and its first byte."""

    lanes: NDArray[np.uint64]
    first: NDArray[np.uint8]

    @classmethod
    def of(cls, column: pa.Array) -> Accounts:
        """Return what is needed of an Arrow column, a dictionary or not."""
        if pa.types.is_dictionary(column.type):
            index, values = numbers_of(column.indices), cls.of(column.dictionary)
            return cls(values.lanes[index], values.first[index])
        _, starts, data = column.buffers()
        offsets = np.frombuffer(starts, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
        if (np.diff(offsets) != ADDRESS_BYTES).any():
            raise ValueError("expected addresses of 20 bytes")
        first = np.frombuffer(data, dtype=np.uint8)[offsets[:-1]] if len(column) else np.zeros(0, dtype=np.uint8)
        return cls(np.ascontiguousarray(byte_values(column)[0][:, 0]), first)


@dataclass
class StakeTally:
    """The stake changes up to an epoch's end: the sums of both roles, and each sum of the shard (see ProofTally)."""

    epoch: int
    shard: int | None
    totals: list[int] = field(default_factory=lambda: [0, 0])
    own: dict[tuple[int, bytes, bytes], int] = field(default_factory=lambda: defaultdict(int))

    def merge(self, other: StakeTally) -> None:
        """Take in what another tally of the same epoch has counted, of other rows."""
        self.totals = [one + more for one, more in zip(self.totals, other.totals, strict=True)]
        for key, stake in other.own.items():
            self.own[key] += stake

    def condense(self) -> None:
        """Do nothing: sums are all there is."""

    def add(self, batch: pa.Table) -> None:
        """Take in changes of blocks up to the last one, or the sums that were kept before."""
        for part in batch.select(["app", "account", "role", "delta", "effective_epoch"]).to_batches():
            self._add(part)

    def _add(self, batch: pa.RecordBatch) -> None:
        from indexer.rules.stored.row_hash_kernel import sum_amounts

        effective = numbers_of(batch["effective_epoch"]) <= np.uint64(self.epoch)
        role = numbers_of(batch["role"]).astype(np.int64)
        limbs, negative = magnitudes(words_of(batch["delta"]))
        sums = np.zeros((4, 3), dtype=np.uint64)
        sum_amounts(np.ascontiguousarray(limbs), np.where(effective, 2 * role + negative, -1), sums)
        for place in range(4):
            total = sum(int(limb) << (64 * half) for half, limb in enumerate(sums[place]))
            self.totals[place // 2] += -total if place % 2 else total
        if self.shard is not None:
            app, account = Accounts.of(batch["app"]), Accounts.of(batch["account"])
            effective &= (app.first == self.shard) | (account.first == self.shard)
        for row in batch.take(pa.array(np.flatnonzero(effective))).to_pylist():
            self.own[row["role"], row["app"], row["account"]] += int(row["delta"])


def sketch_aggregates(aggregates: Aggregates, kind: int) -> int:
    """Return the sketch of the rows of one kind, miners or users."""
    chosen = aggregates.kind == kind
    app, account = (_lanes(column[chosen]) for column in (aggregates.app, aggregates.account))
    return _sketched(
        0, app, account, np.ascontiguousarray(aggregates.x[chosen][:, 0]), np.ones(len(app), dtype=np.bool_)
    )


def shard_rows(proofs: ProofTally, stakes: StakeTally) -> Aggregates:
    """Return the aggregates of the shard, of kinds 0, 1, 2 and 6, as the second reading has them."""
    rows: list[tuple[int, bytes, bytes, int, int]] = []
    for (role, app, account), x in proofs.own().items():
        rows.append(
            (KIND_MINER if role == _MINERS else KIND_USER, app, account, x, stakes.own.get((role, app, account), 0))
        )
    of_app: dict[tuple[int, bytes], int] = defaultdict(int)
    for (role, app, _), stake in stakes.own.items():
        of_app[role, app] += stake
    for app in proofs.apps:
        if proofs.shard in (None, app[0]):
            scheme, gates = proofs.approvals[app]
            rows.append((KIND_APP, app, ZERO_ADDRESS, gates * proofs.alphas.get(scheme, 0), of_app[_USERS, app]))
            rows.append((KIND_APP_MINERS, app, ZERO_ADDRESS, 0, of_app[_MINERS, app]))
    return Aggregates(
        kind=np.array([row[0] for row in rows], dtype=np.uint8),
        app=addresses_from_bytes([row[1] for row in rows]),
        account=addresses_from_bytes([row[2] for row in rows]),
        x=amounts_from_ints(row[3] for row in rows),
        stake=amounts_from_ints(row[4] for row in rows),
    )


def of_shard(aggregates: Aggregates, shard: int | None) -> Aggregates:
    """Return the rows of kinds 0, 1, 2 and 6 of a shard, None for all."""
    chosen = np.isin(aggregates.kind, (KIND_APP, KIND_MINER, KIND_USER, KIND_APP_MINERS))
    if shard is not None:
        chosen &= np.where(aggregates.is_participant(), aggregates.account[:, 0], aggregates.app[:, 0]) == shard
    return Aggregates(
        aggregates.kind[chosen],
        aggregates.app[chosen],
        aggregates.account[chosen],
        aggregates.x[chosen],
        aggregates.stake[chosen],
    )


def _lanes(column: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return one lane of each address of u8 (n, 20)."""
    from indexer.rules.stored.row_hash_kernel import values_of

    flat = np.ascontiguousarray(column)
    values, powers = np.empty((len(flat), 2), dtype=np.uint64), np.empty((len(flat), 2), dtype=np.uint64)
    values_of(flat.ctypes.data, np.arange(len(flat) + 1, dtype=np.int64) * 20, values, powers)
    return np.ascontiguousarray(values[:, 0])


def _sketched(
    before: int,
    app: NDArray[np.uint64],
    account: NDArray[np.uint64],
    weight: NDArray[np.uint64],
    counts: NDArray[np.bool_],
) -> int:
    from settlement.rules.second_reading.sketch_kernel import sketch

    return (before + int(sketch(app, account, weight, counts))) % (1 << 64)
