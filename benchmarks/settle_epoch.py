"""A whole epoch, stage by stage, each beside the least that its bytes or hashes could cost."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks.lake_fill import GENESIS, LENGTH_SECONDS
from benchmarks.measure import Measured, best_of, measure, peak_megabytes, print_table, seconds, watch_size
from indexer.adapters.postgres.database import Database, apply_migrations
from indexer.adapters.store.lake import Lake
from indexer.words.quantities import Address, Epoch, Timestamp
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.lake.second_check import SecondCheck
from settlement.adapters.lake.stake_bases import FolderStakeBases
from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.adapters.store.journal import PostgresJournal
from settlement.adapters.store.opening_file import OpeningFile
from settlement.flows.settle import Settler
from settlement.rules.columns.conversions import words_from_amounts
from settlement.rules.columns.ordering import byte_key
from settlement.rules.entitlements.ledger import Credits, merge_entitlements, no_leaves
from settlement.rules.entitlements.merkle import leaf_hashes
from settlement.rules.entitlements.opening import no_opening
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.epoch.report import Network
from settlement.rules.epoch.settlement import Settlement, terms_in_force
from settlement.rules.epoch.stages import (
    AmountRows,
    digest_aggregates,
    digest_amounts,
    digest_leaves,
    gather_amounts,
)
from settlement.rules.facts.aggregates import Aggregates, arrange_aggregates, join_aggregates
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.facts.epochs import EpochClock
from settlement.rules.second_reading.stake_tally import StakeTally

EPOCH, TOKEN = Epoch(0), Address(b"t" * 20)
CHOICE = RulesetChoice("paper-v1", "rollover")
SECOND_READING, SECOND_READING_BAR = "the second reading", 1.5e-7  # CPU seconds a proof
COLUMNS = ("app", "miner", '"user"', "scheme", "gates", "epoch", "block_number")
"""What the aggregation reads of a proof."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as it was measured, and its limit in words and in seconds of CPU, None where no bare one is measured."""

    name: str
    measured: Measured[Any]
    limit: str
    floor: float | None = None

    def row(self) -> tuple[str, str, str, str, str, str]:
        """Return the row of the table."""
        wall, cpu = seconds(self.measured.wall_seconds), seconds(self.measured.cpu_seconds)
        if self.floor is None:
            return self.name, wall, cpu, self.limit, "", ""
        return self.name, wall, cpu, self.limit, seconds(self.floor), f"{self.measured.cpu_seconds / self.floor:.1f}"


class Clocked:
    """Something whose calls are measured: `calls` has the last one of each name."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.calls = inner, dict[str, Measured[Any]]()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._inner, name)

        def measured(*args: object, **named: object) -> Any:
            self.calls[name] = measure(lambda: call(*args, **named))
            return self.calls[name].result

        return measured


class ClockedFacts(Clocked):
    """Facts whose readings are measured together with them."""

    def load_facts(self, *args: object, **named: object) -> "ClockedReading":
        """Return a reading."""
        reading = self.__getattr__("load_facts")(*args, **named)
        return ClockedReading(reading, self.calls)


class ClockedReading(Clocked):
    """A reading; `calls` are shared with where it came from."""

    def __init__(self, inner: Any, calls: dict[str, Measured[Any]]) -> None:
        super().__init__(inner)
        self.facts, self.parts, self.calls = inner.facts, inner.parts, calls

    def __enter__(self) -> "ClockedReading":
        return self

    def __exit__(self, *_: object) -> None:
        self._inner.close()


def make_settler(lake: Lake, connection: psycopg.Connection[Any], data_dir: Path) -> Settler:
    """Return a settler over a lake, its journal and its folder, as a command has it."""
    apply_migrations(connection, "journal")
    clock = EpochClock(Timestamp(GENESIS), LENGTH_SECONDS, EPOCH)
    network = Network(1, Address(b"d" * 20), TOKEN, GENESIS, LENGTH_SECONDS, EPOCH)
    facts = LakeFacts(lake, clock, bases=FolderStakeBases(data_dir / "stakes"))
    return Settler(network, CHOICE, facts, PostgresJournal(connection), FolderArtifacts(data_dir), OpeningFile(None))


def bench_epoch(lake: Lake, database: Database, data_dir: Path, proofs: int) -> None:
    """Settle the lake's epoch as a command would, then print its stages one by one."""
    with psycopg.connect(database.uri, autocommit=True) as connection, watch_size(data_dir / "spill") as spilled:
        settler = make_settler(lake, connection, data_dir)
        facts, artifacts, journal = ClockedFacts(settler.facts), Clocked(settler.artifacts), Clocked(settler.journal)
        clocked = replace(settler, **cast(Any, {"facts": facts, "journal": journal, "artifacts": artifacts}))
        whole = cast(Measured[Settlement], measure(lambda: next(clocked.settle_all())))
    memory, kept, loaded = peak_megabytes(), facts.calls["keep_stakes"], facts.calls["load_facts"]
    words, scan = _scan_limit(lake)
    again = _second_reading(settler)
    bar = proofs * SECOND_READING_BAR
    stages = [
        Stage("facts", loaded, words, scan),
        Stage(f"of which {SECOND_READING}", again, f"{bar:.3g} CPU s allowed", bar),
        *_amount_stages(whole.result, loaded.result.facts.aggregates),
        *_leaf_stages(whole.result),
        Stage("artifacts", artifacts.calls["save_epoch"], *_write_limit(data_dir, "epochs")),
        Stage("journal", journal.calls["store_report"], "1 row"),
        Stage("stakes kept for the next", kept, *_write_limit(data_dir, "stakes")),
    ]
    title = f"A whole epoch: {proofs:,} proofs, {len(whole.result.leaves):,} leaves"
    rows = [stage.row() for stage in stages]
    rows.append(("the whole, settled and stored", seconds(whole.wall_seconds), seconds(whole.cpu_seconds), "", "", ""))
    print_table(title, ("stage", "wall", "CPU", "limit", "CPU of the limit", "times the limit"), rows)
    print(f"\nPeak memory: {memory:,} MB. Spilled: {spilled.most >> 20:,} MB. {_unproven(loaded, whole, again, scan)}")


def _unproven(loaded: Measured[Any], whole: Measured[Any], again: Measured[Any], scan: float) -> str:
    """Return what facts and epoch would take without the second reading, and how many times that they take."""
    facts, rest = (each.cpu_seconds - again.cpu_seconds for each in (loaded, whole))
    return (
        f"Without the second reading: facts {seconds(facts)} CPU, {facts / scan:.1f} times their limit, the whole "
        f"{seconds(rest)}; with it {loaded.cpu_seconds / facts:.2f} and {whole.cpu_seconds / rest:.2f} times that."
    )


def _second_reading(settler: Settler) -> Measured[Any]:
    """Return the best of three second readings of the epoch; its kernels are loaded."""
    found: list[Measured[StakeTally]] = []

    class Check(SecondCheck):
        def check(self, *args: Any, **named: Any) -> StakeTally:
            found.append(best_of(3, lambda: super(Check, self).check(*args, **named)))
            return found[0].result

    with patch("settlement.adapters.lake.second_check.SecondCheck", Check):
        settler.facts.load_facts(EPOCH).close()
    return found[0]


def _scan_limit(lake: Lake) -> tuple[str, float]:
    """Return the bytes that the columns have in Parquet, and the seconds that reading them once takes."""
    counted = ", ".join(f"count({column})" for column in COLUMNS)
    scan = measure(lambda: lake.query(f"SELECT {counted} FROM lake.proof_verified"))  # noqa: S608 - our own names
    files = lake.query("SELECT data_file FROM ducklake_list_files('lake', 'proof_verified')").column(0).to_pylist()
    names = [column.strip('"') for column in COLUMNS]
    size = lake.query(
        "SELECT sum(total_compressed_size)::BIGINT AS size FROM parquet_metadata($files) "
        "WHERE list_contains($names, path_in_schema)",
        {"files": files, "names": names},
    )
    return f"{size.column(0)[0].as_py() >> 20:,} MB of Parquet scanned", scan.cpu_seconds


def _amount_stages(settled: Settlement, loaded: Aggregates) -> list[Stage]:
    """Return the stages of the amounts; `loaded` are the aggregates as the engine gave them, in no order."""
    facts, key = settled.facts, byte_key(loaded.account, 0)
    arranged = measure(lambda: arrange_aggregates(loaded))
    ordered = _seconds_of(lambda: loaded.account.take(np.argsort(key), axis=0))
    terms = terms_in_force(facts, CHOICE)
    allocated = measure(lambda: terms.allocate(facts.aggregates, facts.bonuses))
    sources = (facts.corrections, no_opening(), TOKEN)
    gathered = measure(lambda: gather_amounts(facts.aggregates, allocated.result, *sources))
    copied = _seconds_of(lambda: [column.copy() for column in _columns(gathered.result)])
    return [
        Stage("aggregates sorted", arranged, f"{len(key):,} addresses sorted by one key", ordered),
        Stage("allocate", allocated, f"{len(key):,} rows: one sum of 128-bit logarithms, one exponential each"),
        Stage("amounts gathered", gathered, f"{len(gathered.result):,} rows copied", copied),
    ]


def _columns(rows: AmountRows) -> tuple[NDArray[Any], ...]:
    return rows.token, rows.account, rows.app, rows.role, rows.amount


def _leaf_stages(settled: Settlement) -> list[Stage]:
    leaves, amounts = settled.leaves, settled.amounts
    credits_ = Credits(amounts.token, amounts.account, amounts.amount)
    words, columns = words_from_amounts(leaves.cumulative), (leaves.account, leaves.token, leaves.cumulative)
    merged = measure(lambda: merge_entitlements(no_leaves(), credits_))
    copied = _seconds_of(lambda: [column.copy() for column in columns])
    tree = measure(lambda: tree_of(leaves))
    hashed = 1.5 * _seconds_of(lambda: leaf_hashes(leaves.account, leaves.token, words))  # two keccaks of three
    digested = b"".join(rows.rows.tobytes() for rows in settled.stage_rows.values())
    digests = measure(lambda: _digest_all(settled))
    return [
        Stage("entitlements", merged, f"{sum(column.nbytes for column in columns) >> 20:,} MB copied", copied),
        Stage("tree", tree, f"{3 * len(leaves) - 1:,} keccaks", hashed),
        Stage("digests", digests, f"{len(digested) >> 20:,} MB of sha256", _seconds_of(lambda: sha256(digested))),
    ]


def _write_limit(data_dir: Path, folder: str) -> tuple[str, float]:
    """Return how many bytes a folder has, and the seconds that writing and flushing as many takes."""
    size = sum(path.stat().st_size for path in (data_dir / folder).rglob("*.*"))

    def write() -> None:
        with (data_dir / "written").open("wb") as file:
            file.write(bytes(size))
            os.fsync(file.fileno())

    return f"{size >> 20:,} MB written and flushed", _seconds_of(write)


def _digest_all(settled: Settlement) -> None:
    digest_aggregates(join_aggregates([settled.facts.aggregates, settled.pools]))
    digest_amounts(settled.amounts)
    digest_leaves(settled.leaves)


def _seconds_of(call: Callable[[], object]) -> float:
    return max(measure(call).cpu_seconds, 1e-6)
