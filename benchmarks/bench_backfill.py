"""`make bench-backfill`: one indexer, then one with 1, 2 and 4 workers beside it, against a node of 50 ms latency.

Every lake must hold the same rows and sums. Environment: BENCH_BLOCKS (default 322,001: forty ranges for each of four
workers, one for the writer, and the first block), BENCH_LATENCY (seconds).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import lake_commits
from benchmarks.bench_index import counts_of, replaying
from benchmarks.replay import Shape
from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import open_lake
from indexer.adapters.store.ledger import load_ledger
from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.stored.range_sums import joined

BLOCKS = int(os.environ.get("BENCH_BLOCKS", "322001"))
LATENCY_SECONDS = float(os.environ.get("BENCH_LATENCY", "0.05"))
WORKERS = (0, 1, 2, 4)
CONCURRENCY = "2"
"""Requests of one process at a time: what a node allows one client."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What filling a lake took, with so many workers; `sums` is its whole ledger as one range."""

    workers: int
    wall_seconds: float
    writer_cpu_seconds: float
    workers_cpu_seconds: float
    node_cpu_seconds: float
    requests: int
    sums: str


def fill(url: str, workers: int, blocks: int) -> Filled:
    """Fill a lake whose first block is there already, timed from when every process is ready."""
    with tempfile.TemporaryDirectory() as folder, open_database("", Path(folder)) as database:
        command = [sys.executable, "-m", "benchmarks.index_lake", database.uri, folder, url, "receipts", CONCURRENCY]
        subprocess.run([*command, "first"], check=True)  # noqa: S603 - our own program
        helpers = [begin([*command, "worker"]) for _ in range(workers)]
        writer = begin([*command, "writer"])
        requests, _, node_cpu = counts_of(url)
        started = time.monotonic()
        for process in (*helpers, writer):
            go(process)
        writer_cpu = waited(writer)
        wall = time.monotonic() - started
        workers_cpu = sum(map(waited, helpers))
        requests_after, _, node_cpu_after = counts_of(url)
        with open_lake(database.uri, Path(folder), REFERENCE, read_only=True) as lake:
            (whole,) = joined(load_ledger(lake, 0, blocks), blocks + 1)
        if len(whole.blocks) != blocks or whole.of("blocks").rows != blocks:
            raise SystemExit(f"{workers} workers: {whole.blocks}, {whole.of('blocks').rows} rows")
        asked = int(requests_after - requests)
        return Filled(workers, wall, writer_cpu, workers_cpu, node_cpu_after - node_cpu, asked, whole.text())


def begin(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a process and wait until it is ready."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own program
    if process.stdout is None or process.stdout.readline() != b"ready\n":
        raise SystemExit(f"{command} did not start")
    return process


def go(process: subprocess.Popen[bytes]) -> None:
    """Let a process begin."""
    if process.stdin is not None:
        process.stdin.write(b"\n")
        process.stdin.close()


def waited(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process and return its CPU seconds."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print a line for each number of workers; stop where two lakes differ."""
    print(f"{BLOCKS:,} blocks, one log in 100, {1000 * LATENCY_SECONDS:.0f} ms, {CONCURRENCY} requests a process\n")
    columns = (
        "workers",
        "wall s",
        "blocks/s",
        "times none",
        "times one",
        "CPU s: writer",
        "workers",
        "node",
        "CPUs busy",
    )
    print(f"| {' | '.join(columns)} | requests |\n|{'---|' * (len(columns) + 1)}")
    with replaying(Shape(4000, 1, every=100)) as url:
        fill(url, 1, 4000)  # kernels are compiled before anything is measured
    with replaying(Shape(BLOCKS, 1, every=100), LATENCY_SECONDS) as url:
        found: list[Filled] = []
        for workers in WORKERS:
            found.append(fill(url, workers, BLOCKS))
            show(found)
    if len({each.sums for each in found}) != 1:
        raise SystemExit("the lakes differ")
    lake_commits.table()


def show(found: list[Filled]) -> None:
    """Print the newest line."""
    new = found[-1]
    one = found[1].wall_seconds if len(found) > 1 else float("nan")
    busy = (new.writer_cpu_seconds + new.workers_cpu_seconds + new.node_cpu_seconds) / new.wall_seconds
    print(
        f"| {new.workers} | {new.wall_seconds:.1f} | {BLOCKS / new.wall_seconds:,.0f} "
        f"| {found[0].wall_seconds / new.wall_seconds:.2f} | {one / new.wall_seconds:.2f} "
        f"| {new.writer_cpu_seconds:.1f} | {new.workers_cpu_seconds:.1f} "
        f"| {new.node_cpu_seconds:.1f} | {busy:.2f} | {new.requests:,} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
