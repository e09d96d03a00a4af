"""`make bench-scale`: the facts of one epoch by DuckDB and by Spark, how both grow, and what more would cost."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import psutil  # type: ignore[import-untyped]
import pyarrow as pa

from benchmarks.lake_fill import GENESIS, LENGTH_SECONDS, fill_apart
from benchmarks.measure import T, measure, print_table, seconds
from benchmarks.settle_epoch import EPOCH
from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import Lake, open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.quantities import Timestamp
from settlement.adapters.lake.duckdb_engine import DuckdbEngine
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.lake.lake_snapshot import LakeEngine
from settlement.adapters.lake.row_tallies import Span
from settlement.adapters.spark.lake_files import spark_path
from settlement.adapters.spark.spark_engine import SparkEngine
from settlement.rules.entitlements.merkle import leaf_hashes
from settlement.rules.epoch.digests import digest_rows
from settlement.rules.epoch.stages import aggregate_rows
from settlement.rules.facts.epochs import EpochClock

CLOCK = EpochClock(Timestamp(GENESIS), LENGTH_SECONDS, EPOCH)
if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PARTITIONS = 16
CONFIG = {"spark.driver.memory": "4g", "spark.sql.shuffle.partitions": str(PARTITIONS)}
TARGETS = ((1_000, 10), (10_000, 100))
"""Millions of proofs and of accounts that are extrapolated to."""
LEAVES = 1_000_000
Maker = Callable[[], Callable[[], object]]
"""Makes a call that is then measured."""
SUMMED = "SELECT sum(gates) AS gates FROM lake.proof_verified"
SCAN = (
    'SELECT max(octet_length(app)), max(octet_length(miner)), max(octet_length("user")), max(scheme), max(gates),'
    " max(epoch) FROM lake.proof_verified"
)
MOVED = 'SELECT app, miner, "user", scheme, gates, epoch FROM lake.proof_verified'
GROUPED = (
    "SELECT count(*) FROM (SELECT app, miner, scheme, sum(gates) AS gates FROM lake.proof_verified"
    " GROUP BY app, miner, scheme)"
)
"""What reading six columns costs, what moving their rows adds, what grouping by twenty bytes does."""


@dataclass(frozen=True, slots=True)
class Point:
    """One size: millions of proofs, and the seconds of wall and of CPU that each engine takes for the facts."""

    millions: float
    duckdb: tuple[float, float]
    spark: tuple[float, float]


def main() -> None:
    """Measure each size and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, nargs="*", default=[1, 10, 50], help="proofs, in millions")
    parser.add_argument("--master", default="local[2]", help="where Spark runs")
    arguments = parser.parse_args()
    points = [bench_size(millions, arguments.master) for millions in arguments.millions]
    rows = [
        (f"{p.millions:g} million", *map(seconds, (*p.duckdb, *p.spark)), f"{p.spark[0] / p.duckdb[0]:.2f}")
        for p in points
    ]
    header = ("proofs", "DuckDB wall", "DuckDB CPU", "Spark wall", "Spark CPU", "Spark by DuckDB")
    print_table(f"Facts of one epoch, read twice, on {os.cpu_count()} cores", header, rows)
    if len(points) > 1:
        print_model(points)


def bench_size(millions: float, master: str) -> Point:
    """Fill a lake of one epoch and have both engines read it: the same aggregates, or this ends."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir, proofs = Path(folder), int(millions * 1_000_000)
        fill_apart("one", data_dir, proofs, proofs // 10)
        with (
            open_database("", data_dir) as database,
            open_lake(database.uri, data_dir, REFERENCE, read_only=True) as lake,
        ):
            engine = SparkEngine(lake, master, CONFIG, data_dir / "parts")
            _ = engine.session  # its start is no matter of size
            ours, theirs = clocked(lambda: digest(lake, None)), clocked(lambda: digest(lake, engine))
            if ours[0] != theirs[0]:
                raise SystemExit("the engines differ")
            print_reading(lake, engine)
            print_constants(lake, engine, millions)
    return Point(millions, ours[1:], theirs[1:])


def digest(lake: Lake, engine: LakeEngine | None) -> bytes:
    """Return the digest of the epoch's aggregates as an engine reads them."""
    with LakeFacts(lake, CLOCK, engine=engine).load_facts(EPOCH) as reading:
        return digest_rows(aggregate_rows(reading.facts.aggregates)).sha256


def clocked(call: Callable[[], T]) -> tuple[T, float, float]:
    """Return a result, its seconds of wall, and of CPU in this process and those that it started."""
    before = cpu_of_all()
    measured = measure(call)
    return measured.result, measured.wall_seconds, cpu_of_all() - before


def cpu_of_all() -> float:
    """Return the CPU seconds so far of this process and of those below it."""
    own = psutil.Process()
    times = [each.cpu_times() for each in (own, *own.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def print_reading(lake: Lake, engine: SparkEngine) -> None:
    """Print what reading the proofs by our list of files costs beside the plain folder."""
    folder = lake.query("SELECT data_path FROM ducklake_settings('lake')").to_pylist()[0]["data_path"]
    plain = engine.session.read.parquet(spark_path(f"{folder}/main/proof_verified"))
    with engine.pin() as steps:
        makers = (lambda: steps.frame(SUMMED, {}).collect, lambda: plain.agg({"gates": "sum"}).collect)
        orders = [1, -1] * 5  # each goes first as often: what the one before leaves weighs on the next
        by_turns = [[cheapest(make, 1) for make in makers[::order]][::order] for order in orders][2:]
    (wall, cpu), (plain_wall, plain_cpu) = (map(min, zip(*each, strict=True)) for each in zip(*by_turns, strict=True))
    print(
        f"\nproofs summed by our list of files: {seconds(wall)}, CPU {seconds(cpu)}; plain Parquet"
        f" {seconds(plain_wall)}, CPU {seconds(plain_cpu)}: {wall / plain_wall:.2f} and {cpu / plain_cpu:.2f}"
    )


class Uncounted:
    """A tally of nothing: what is left is reading and hashing."""

    def add(self, batch: pa.Table) -> None:
        """Leave rows."""

    def condense(self) -> None:
        """Do nothing."""

    def merge(self, other: Self) -> None:
        """Do nothing."""


def print_constants(lake: Lake, engine: SparkEngine, millions: float) -> None:
    """Print what reading, exchanging, grouping and hashing a million proofs costs each engine, in CPU seconds."""
    span = Span("proof_verified", REFERENCE.lean["proof_verified"], np.zeros(1, dtype=np.uint64), 2**62, 0, 2**62)
    with DuckdbEngine(lake).pin() as here, engine.pin() as there:
        makers: dict[str, tuple[Maker | None, Maker]] = {
            "scan": (lambda: lambda: lake.query(SCAN), lambda: there.frame(SCAN, {}).collect),
            "scan and shuffle": (None, lambda: moved(there.frame(MOVED, {}))),
            "scan and group": (lambda: lambda: lake.query(GROUPED), lambda: there.frame(GROUPED, {}).collect),
            "read and hash": (
                lambda: lambda: here.tallies.tally(span, Uncounted()),
                lambda: lambda: there.tally(span, Uncounted()),
            ),
        }
        costs = {what: [make and cheapest(make, 2)[1] / millions for make in both] for what, both in makers.items()}
    table = [(what, *("" if each is None else seconds(each) for each in both)) for what, both in costs.items()]
    print_table(f"CPU of a million proofs, of {millions:g} million", ("what", "DuckDB", "Spark"), table)


def moved(rows: DataFrame) -> Callable[[], object]:
    """Return what sends rows where their miner belongs and drops them there."""
    return partial(rows.repartition(PARTITIONS, "miner").write.format("noop").mode("overwrite").save)


def cheapest(make: Maker, times: int) -> tuple[float, float]:
    """Return the least seconds of wall and of CPU of some calls: other load only ever adds.

    Each call is made anew before the clock runs: Spark keeps what a frame has shuffled for when it is asked again.
    """
    measured = [clocked(make())[1:] for _ in range(times)]
    return min(wall for wall, _ in measured), min(cpu for _, cpu in measured)


def print_model(points: list[Point]) -> None:
    """Print the model: a fixed part and one for each million proofs, of CPU; leaves apart; and what follows."""
    millions = np.array([point.millions for point in points])
    keccak = measure(lambda: leaf_hashes(*some_leaves())).cpu_seconds / LEAVES
    rows = []
    for name in ("duckdb", "spark"):
        slope, fixed = np.polyfit(millions, [getattr(point, name)[1] for point in points], 1)
        costs = [seconds(fixed + slope * proofs + 2 * keccak * accounts * 1e6) for proofs, accounts in TARGETS]
        rows.append((name, seconds(fixed), seconds(slope), f"{keccak * 1e9:.0f} ns", *costs))
    wanted = [f"{proofs / 1000:g} billion proofs, {accounts} million accounts" for proofs, accounts in TARGETS]
    print_table("CPU extrapolated", ("engine", "fixed", "a million proofs", "a leaf", *wanted), rows)


def some_leaves() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return made-up leaves to hash."""
    source = np.random.default_rng(1)
    widths = (20, 20, 32)
    account, token, total = (source.integers(0, 256, (LEAVES, width), dtype=np.uint8) for width in widths)
    return account, token, total


if __name__ == "__main__":
    main()
