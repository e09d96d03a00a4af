"""`make bench-bootstrap`: a new oracle from a peer's bundles and receipts, beside one that reads the chain alone.

Environment: BENCH_TASKS (default 5000 in each of three busy epochs, some ten events each). Both end with equal reports.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.bench_index import measure
from benchmarks.measure import print_table
from deploy.devnet import Devnet, DevnetSettings, run_devnet
from indexer.adapters.postgres.database import open_database
from settlement.entry.configuration.devnet_file import write_config

TASKS = int(os.environ.get("BENCH_TASKS", "5000"))
POZK = str(Path(sys.executable).with_name("pozk"))
MILLION = 1_000_000
Row = list[str]


def reports_of(folder: Path) -> dict[str, bytes]:
    """Return the reports under a data directory, by epoch."""
    return {path.parent.name: path.read_bytes() for path in folder.glob("data/epochs/*/report.json")}


def cells(name: str, costs: list[tuple[float, float, int]], events: int) -> Row:
    """Return the cells of commands that came one after another."""
    cpu, wall = (sum(cost[place] for cost in costs) for place in (0, 1))
    each = [f"{seconds:.1f}" for seconds in (cpu, wall, cpu * MILLION / events, wall * MILLION / events)]
    return [name, *each, str(max(cost[2] for cost in costs))]


def settled(devnet: Devnet, folder: Path, *commands: list[str]) -> list[tuple[float, float, int]]:
    """Run commands of an oracle of its own, whose PostgreSQL runs beside it, and return what each one took."""
    write_config(devnet, folder / "pozk.toml", Path("data"))
    with open_database("", folder / "server") as database:
        environment = {"POZK_CONFIG": str(folder / "pozk.toml"), "POZK_STORE_DATABASE_URL": database.uri}
        return [measure([POZK, *command], environment, subprocess.DEVNULL) for command in commands]


def count_events(reports: dict[str, bytes]) -> int:
    """Return how many events the epochs rest on."""
    return sum(int(json.loads(report)["stages"]["events"]["count"]) for report in reports.values())


def main() -> None:
    """Print the table."""
    shape = DevnetSettings(participants=200, tasks_per_epoch=TASKS, genuine_proofs=False)
    with tempfile.TemporaryDirectory() as name, run_devnet(shape) as devnet:
        peer, new, mirror = (Path(name) / each for each in ("peer", "new", "mirror"))
        settled(devnet, Path(name) / "warm", ["index"], ["settle"])  # kernels are compiled, the node has read its state
        export = ["index", "--export", str(mirror / "receipts.bundle")]
        costs = settled(devnet, peer, ["index"], ["settle"], ["bundle", "publish", "--to", str(mirror)], export)
        bootstrapped = settled(devnet, new, ["bootstrap", str(mirror)])
        if reports_of(new) != reports_of(peer) or not reports_of(new):
            raise SystemExit("the reports differ")
        events = count_events(reports_of(peer))
        rows = [
            cells("index and settle, from the chain", costs[:2], events),
            cells("bundle publish, index --export: at the peer", costs[2:], events),
            cells("bootstrap, from the peer's", bootstrapped, events),
        ]
    header = ["", "CPU s", "wall s", "CPU s a million", "wall s a million", "peak MB"]
    print_table(f"{events:,} events", header, rows)


if __name__ == "__main__":
    main()
