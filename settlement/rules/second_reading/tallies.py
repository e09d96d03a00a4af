"""An epoch read a second time, without the engine: its proofs, and what is in force."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64, U64
from indexer.rules.stored.hashed_columns import address_and_offsets, numbers_of
from settlement.rules.epoch.stage_words import ADDRESS_BYTES
from settlement.words.records import Row

Approvals = Mapping[bytes, tuple[int, int]]
"""The approved apps, each with its scheme and gates."""

USERS, MINERS = 1, 0
"""The roles, by their numbers on chain."""
_COLUMNS = ("miner", "user")
_KEYS, _SUMS = ["app", "account", "scheme"], ["low", "high", "count"]
_HALF = np.uint64(0xFFFFFFFF)
SCHEMES = 256
"""As many as a scheme's number can name."""


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


@dataclass
class ProofTally:
    """The proofs of an epoch as they are read, batch by batch; also in several processes, then one is merged of many.

    Of `shard`, the accounts whose first byte it is (None: of all), the rows are kept, of miners and of users; `own`
    adds them up by (role, app, account).
    """

    epoch: int
    first_block: int
    last_block: int
    genesis_block: int
    approvals: Approvals
    alphas: Mapping[int, int]
    shard: int | None
    sketches: list[int] = field(default_factory=lambda: [0, 0])
    suspects: set[tuple[int, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._weights = np.array([self.alphas.get(scheme, 0) for scheme in range(SCHEMES)], dtype=np.uint64)
        self._bounds = np.array([self.epoch, self.first_block, self.last_block, self.genesis_block], dtype=np.uint64)
        self._places: dict[bytes, int] = {}
        self._names, self._approved = pa.array([], pa.binary()), np.zeros(0, dtype=np.bool_)
        self._sums: list[tuple[I64, U64]] = []
        self._rows: tuple[list[pa.Table], list[pa.Table]] = ([], [])

    def add(self, batch: pa.Table) -> None:
        """Take in proofs of blocks up to the last one."""
        for part in batch.to_batches():
            self._add(part)

    def merge(self, other: ProofTally) -> None:
        """Take in what another tally of the same epoch has counted, of other rows."""
        places = self._places
        moved = np.array([places.setdefault(name, len(places)) for name in other._places], dtype=np.int64)
        self._sums.extend((moved[keys // SCHEMES] * SCHEMES + keys % SCHEMES, sums) for keys, sums in other._sums)
        self.suspects |= other.suspects
        for role in (USERS, MINERS):
            self.sketches[role] = (self.sketches[role] + other.sketches[role]) % (1 << 64)
            for rows in other._rows[role]:
                app = pa.array(moved[rows["app"].to_numpy()])
                self._rows[role].append(rows.set_column(rows.schema.get_field_index("app"), "app", app))

    def condense(self) -> None:
        """Add up what is kept: it is then as long as there are (app, account, scheme) in the shard."""
        for role in (USERS, MINERS):
            if self._rows[role]:
                self._rows[role][:] = [_condensed(self._rows[role])]

    def _add(self, batch: pa.RecordBatch) -> None:
        app = batch["app"] if pa.types.is_dictionary(batch["app"].type) else batch["app"].dictionary_encode()
        index, known = numbers_of(app.indices), self._places_of(app.dictionary)
        counts = self._sort_out(batch, index, self._approved[known])
        scheme, gates = numbers_of(batch["scheme"]), numbers_of(batch["gates"])
        self._add_apps(known, index, counts, scheme, gates)
        accounts = [Accounts.of(batch[column]) for column in _COLUMNS]
        self._sketch(index, Accounts.of(app.dictionary).lanes, accounts, scheme, gates, counts)
        for role, column in enumerate(_COLUMNS):
            chosen = np.flatnonzero(counts if self.shard is None else counts & (accounts[role].first == self.shard))
            whose = _plain(batch[column].take(pa.array(chosen))).cast(pa.binary())  # files come as either width
            self._rows[role].append(_kept(known[index[chosen]], whose, scheme[chosen], gates[chosen]))

    def _places_of(self, names: pa.Array) -> I64:
        """Return the place of each app, that of a new one too; of each place is known whether the app is approved."""
        found = pc.index_in(names, value_set=self._names)
        if found.null_count:
            for name in names.filter(found.is_null()).to_pylist():
                self._places.setdefault(name, len(self._places))
            self._names = pa.array(self._places, names.type)
            self._approved = np.array([name in self.approvals for name in self._places], dtype=np.bool_)
            found = pc.index_in(names, value_set=self._names)
        return numbers_of(found).astype(np.int64)

    def _sketch(
        self,
        index: NDArray[np.signedinteger],
        apps: U64,
        accounts: Sequence[Accounts],
        scheme: NDArray[np.uint8],
        gates: U64,
        counts: NDArray[np.bool_],
    ) -> None:
        """Add the work of miners and the tasks of users to the sketches; `apps` are the lanes of what `index` names."""
        from settlement.rules.second_reading.sketch_kernel import sketch_proofs

        sums = np.zeros(2, dtype=np.uint64)
        miner, user = accounts[MINERS].lanes, accounts[USERS].lanes
        sketch_proofs(index, apps, miner, user, self._weights, scheme, gates, counts, sums)
        self.sketches[:] = [(before + int(more)) % (1 << 64) for before, more in zip(self.sketches, sums, strict=True)]

    def _sort_out(
        self, batch: pa.RecordBatch, index: NDArray[np.signedinteger], approved: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Return which proofs count, and remember those that must be in quarantine."""
        from settlement.rules.second_reading.sketch_kernel import sort_out

        block, epoch = numbers_of(batch["block_number"]), numbers_of(batch["epoch"])
        counts, suspects = np.empty(len(block), dtype=np.bool_), np.empty(len(block), dtype=np.bool_)
        if sort_out(index, approved, block, epoch, self._bounds, counts, suspects):
            for row in np.flatnonzero(suspects).tolist():
                self.suspects.add((batch["block_number"][row].as_py(), batch["log_index"][row].as_py()))
        return counts

    def _add_apps(
        self,
        known: I64,
        index: NDArray[np.signedinteger],
        counts: NDArray[np.bool_],
        scheme: NDArray[np.uint8],
        gates: U64,
    ) -> None:
        """Add to the proofs and the gates of each app and scheme; `known` is the place of each app of the batch."""
        from settlement.rules.second_reading.sketch_kernel import tally

        schemes = int(scheme.max(initial=0)) + 1
        sums = np.zeros((len(known) * schemes, 3), dtype=np.uint64)
        tally(index, scheme, gates, counts, schemes, sums)
        found = np.flatnonzero(sums[:, 0])
        self._sums.append((known[found // schemes] * SCHEMES + found % schemes, sums[found]))

    def apps(self) -> dict[bytes, tuple[int, int]]:
        """Return the work and the tasks of each app with a counted proof."""
        found: dict[bytes, tuple[int, int]] = {}
        if not self._sums:
            return found
        keys, where = np.unique(np.concatenate([places for places, _ in self._sums]), return_inverse=True)
        parts = np.concatenate([sums for _, sums in self._sums])
        totals = np.zeros((len(keys), 4), dtype=np.uint64)  # proofs, and the gates in pieces of which no sum wraps
        pieces = np.stack([parts[:, 0], parts[:, 1] & _HALF, parts[:, 1] >> np.uint64(32), parts[:, 2]], axis=1)
        np.add.at(totals, where.reshape(-1), pieces)
        names = list(self._places)
        for key, (count, low, middle, high) in zip(keys.tolist(), totals.tolist(), strict=True):
            work, tasks = found.get(names[key // SCHEMES], (0, 0))
            gates = low + (middle << 32) + (high << 64)
            found[names[key // SCHEMES]] = work + gates * self.alphas.get(key % SCHEMES, 0), tasks + count
        return found

    def app_cs(self, app: bytes) -> int:
        """Return the weight of the circuit of an approved app, in milli-gates."""
        scheme, gates = self.approvals[app]
        return gates * self.alphas.get(scheme, 0)

    def own(self) -> dict[tuple[int, bytes, bytes], int]:
        """Return the work of miners and the tasks of users of the shard by (role, app, account)."""
        found: dict[tuple[int, bytes, bytes], int] = defaultdict(int)
        names = list(self._places)
        self.condense()
        for role in (MINERS, USERS):
            if not self._rows[role]:
                continue
            columns = (self._rows[role][0][name].to_pylist() for name in (*_KEYS, *_SUMS))
            for app, account, scheme, low, high, count in zip(*columns, strict=True):
                work = (low + (high << 32)) * self.alphas.get(scheme, 0)
                found[role, names[app], account] += work if role == MINERS else count
        return found


def _condensed(parts: Sequence[pa.Table]) -> pa.Table:
    """Return the sums of proofs as they are kept, and of such sums, by (app, account, scheme)."""
    counted = [rows for rows in parts if "count" in rows.schema.names]
    if raw := [rows for rows in parts if "count" not in rows.schema.names]:
        wanted = [("low", "sum"), ("high", "sum"), ("low", "count")]
        counted.append(_named(pa.concat_tables(raw).group_by(_KEYS).aggregate(wanted)))
    if len(counted) == 1:
        return counted[0]
    return _named(pa.concat_tables(counted).group_by(_KEYS).aggregate([(name, "sum") for name in _SUMS]))


def _named(summed: pa.Table) -> pa.Table:
    columns = [summed[key] for key in _KEYS] + [summed[name] for name in summed.schema.names if name not in _KEYS]
    return pa.table(columns, names=[*_KEYS, *_SUMS])


def _kept(app: I64, account: pa.Array, scheme: NDArray[np.uint8], gates: U64) -> pa.Table:
    """Return proofs as they are kept: the app's place, the gates in halves, of which no sum wraps."""
    halves = {"low": pa.array(gates & _HALF), "high": pa.array(gates >> np.uint64(32))}
    return pa.table({"app": pa.array(app), "account": account, "scheme": pa.array(scheme)} | halves)


def _plain(column: pa.Array) -> pa.Array:
    """Return a column with values instead of a dictionary."""
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


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
        from settlement.rules.second_reading.sketch_kernel import read_addresses

        lanes, first = np.empty(len(column), dtype=np.uint64), np.empty(len(column), dtype=np.uint8)
        if read_addresses(*address_and_offsets(column), lanes, first) != len(column):
            raise ValueError(f"expected addresses of {ADDRESS_BYTES} bytes")
        return cls(lanes, first)
