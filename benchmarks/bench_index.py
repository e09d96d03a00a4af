"""`make bench-index`: this indexer beside cryo on the same replayed chains, rows and checksums compared.

Environment: BENCH_LOGS (default 5000000, for which the replay holds 9 GB), BENCH_CRYO (a folder with cryo; else it is
installed from PyPI).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.index_lake import OURS
from benchmarks.replay import EVENT, Shape
from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE

LOGS = int(os.environ.get("BENCH_LOGS", "5000000"))
PER_BLOCK = 200
SIGNATURE = (
    "event AppApproved(address indexed app, uint64 indexed fromEpoch, uint8 scheme, uint64 gates, "
    "address verifier, uint32 proveWindow)"
)
CRYO = """
import os, sys, cryo
url, blocks, address, topic, out, signature = sys.argv[1:7]
more = {"event_signature": signature} if signature else {}
cryo.freeze("logs", rpc=url, blocks=[blocks], address=[address], topic0=[topic], inner_request_size=1,
            u256_types=["binary"], output_dir=out, no_verbose=True, **more)
os._exit(0)  # its threads sometimes abort a normal exit
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took; `rows` and `checksum` are of what it wrote, `calls` what it asked."""

    name: str
    cpu_seconds: float
    wall_seconds: float
    peak_mb: int
    rows: int
    checksum: int
    calls: int


def measure(
    command: list[str], environment: dict[str, str] | None = None, stderr: int | None = None
) -> tuple[float, float, int]:
    """Run a command; return the CPU seconds of it and its waited-for children, wall seconds, peak megabytes."""
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own programs
        command, env=os.environ | (environment or {}), stdout=subprocess.DEVNULL, stderr=stderr
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss // 1024


@contextmanager
def replaying(shape: Shape, latency_seconds: float = 0.0) -> Iterator[str]:
    """Serve a chain from another process; yield its address."""
    command = [sys.executable, "-m", "benchmarks.replay", json.dumps(asdict(shape)), str(latency_seconds)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    try:
        if process.stdout is None:
            raise SystemExit("the replay has no output")
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def calls_of(url: str) -> int:
    """Return how many HTTP requests the replay has answered."""
    return int(counts_of(url)[0])


def counts_of(url: str) -> list[float]:
    """Return the HTTP requests and the calls that the replay has answered, and its CPU seconds."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "bench_counts", "params": []}).encode()
    request = urllib.request.Request(url, body)  # noqa: S310 - our own address
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return list(json.load(answer)["result"])


def run_ours(url: str, level: str, concurrency: int = 4) -> Cost:
    """Ingest into a new lake; PostgreSQL runs outside the measured process."""
    before = calls_of(url)
    with tempfile.TemporaryDirectory() as folder, open_database("", Path(folder)) as database:
        command = [sys.executable, "-m", "benchmarks.index_lake", database.uri, folder, url, level, str(concurrency)]
        cpu, wall, peak = measure(command)
        with open_lake(database.uri, Path(folder), REFERENCE, read_only=True) as lake:
            total = lake.query("SELECT count(*) AS n, coalesce(sum(gates), 0) AS s FROM lake.app_approved").to_pylist()[
                0
            ]
    return Cost(f"pozk, {level}", cpu, wall, peak, int(total["n"]), int(total["s"]), calls_of(url) - before - 1)


def run_cryo(url: str, blocks: int, folder: str, *, decoded: bool) -> Cost:
    """Freeze the same logs to Parquet."""
    import duckdb

    before = calls_of(url)
    with tempfile.TemporaryDirectory() as out:
        arguments = [url, f"0:{blocks}", OURS, "0x" + EVENT.topic0.hex(), out, SIGNATURE if decoded else ""]
        cpu, wall, peak = measure([sys.executable, "-c", CRYO, *arguments], {"PYTHONPATH": folder})
        gates = "sum(event__gates)" if decoded else "0"
        query = f"SELECT count(*), {gates} FROM '{out}/*.parquet'"  # noqa: S608 - our own names
        rows, checksum = duckdb.execute(query).fetchone() or (0, 0)
    name = "cryo, decoded" if decoded else "cryo, raw"
    return Cost(name, cpu, wall, peak, int(rows), int(checksum), calls_of(url) - before - 1)


def install_cryo() -> str:
    """Return a folder with cryo in it."""
    given = os.environ.get("BENCH_CRYO")
    if given:
        return given
    folder = str(Path(tempfile.gettempdir()) / "pozk-bench-cryo")
    if not (Path(folder) / "cryo").exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, "cryo==0.3.2"]
        subprocess.run(pip, check=True)  # noqa: S603 - our own arguments
    return folder


def show(title: str, costs: list[Cost], blocks: int) -> None:
    """Print a table, and stop where two programs that decoded do not agree."""
    print(f"\n{title}\n\n| | CPU s | wall s | peak MB | rows | requests per 1,000 blocks |\n|---|---|---|---|---|---|")
    for cost in costs:
        times = f"{cost.cpu_seconds:.2f} | {cost.wall_seconds:.2f} | {cost.peak_mb}"
        print(f"| {cost.name} | {times} | {cost.rows:,} | {1000 * cost.calls / blocks:.1f} |")
    decoded = [cost for cost in costs if cost.name != "cryo, raw"]
    if len({(cost.rows, cost.checksum) for cost in decoded}) != 1:
        raise SystemExit(f"rows or checksums differ: {[(cost.name, cost.rows, cost.checksum) for cost in decoded]}")


def compare(title: str, shape: Shape, folder: str, *, raw: bool = False) -> list[Cost]:
    """Run everything on one chain and print the table."""
    with replaying(shape) as url:
        costs = [run_cryo(url, shape.blocks, folder, decoded=False)] if raw else []
        costs.append(run_cryo(url, shape.blocks, folder, decoded=True))
        costs += [run_ours(url, level) for level in ("none", "receipts")]
    show(title, costs, shape.blocks)
    return costs


def latencies(shape: Shape) -> None:
    """Print wall time against requests x latency / concurrency."""
    print("\nLatency, sparse chain\n\n| latency ms | concurrency | wall s | requests x latency / concurrency | ratio |")
    print("|---|---|---|---|---|")
    with replaying(shape) as url:
        idle = run_ours(url, "receipts", 8).wall_seconds
    for latency in (0.05, 0.2):
        with replaying(shape, latency) as url:
            cost = run_ours(url, "receipts", 8)
        floor = cost.calls * latency / 8
        more = cost.wall_seconds - idle
        print(f"| {1000 * latency:.0f} | 8 | {more:.2f} more | {floor:.2f} | {more / floor:.2f} |")


def main() -> None:
    """Warm the compiled kernels, then print every table."""
    folder = install_cryo()
    with replaying(Shape(blocks=200, logs=PER_BLOCK)) as url:
        for level in ("none", "receipts"):
            run_ours(url, level)
    empty = compare("Empty run (20 blocks)", Shape(blocks=20, logs=1), folder)
    blocks = LOGS // PER_BLOCK
    dense = compare(f"Dense: {LOGS:,} logs in {blocks:,} blocks", Shape(blocks, PER_BLOCK), folder, raw=True)
    cryo, ours, proven = dense[1], dense[2], dense[3]
    print(f"\nCPU of cryo decoded over ours: none {cryo.cpu_seconds / ours.cpu_seconds:.2f}, ", end="")
    print(f"receipts {cryo.cpu_seconds / proven.cpu_seconds:.2f}; without the empty runs: ", end="")
    print(f"none {_net(cryo, empty[0]) / _net(ours, empty[1]):.2f}, ", end="")
    print(f"receipts {_net(cryo, empty[0]) / _net(proven, empty[2]):.2f}")
    compare("Sparse: one log in 100 blocks", Shape(5_000, 1, every=100), folder)
    compare("Half of the logs foreign", Shape(max(1, blocks // 10), PER_BLOCK // 2, foreign=1), folder)
    latencies(Shape(8000, 1, every=100))


def _net(cost: Cost, empty: Cost) -> float:
    return cost.cpu_seconds - empty.cpu_seconds


if __name__ == "__main__":
    main()
