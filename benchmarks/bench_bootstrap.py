"""`make bench-bootstrap`: a new oracle from a peer's bundles and receipts, beside one that reads the chain alone.

Each on a small chain and a larger one, so that what starting costs can be told from what events cost; both ways must
end with equal reports. Environment: BENCH_TASKS (default 1500 in each of three busy epochs, three events each).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench_index import measure
from benchmarks.measure import print_table
from deploy.devnet import Devnet, DevnetSettings, run_devnet
from indexer.adapters.postgres.database import open_database
from settlement.entry.configuration.devnet_file import write_config

TASKS = int(os.environ.get("BENCH_TASKS", "1500"))
POZK = str(Path(sys.executable).with_name("pozk"))
MILLION = 1_000_000
FEWEST_TASKS = 20
WAYS = ("index and settle, from the chain", "bundle publish, index --export: at the peer", "bootstrap, from the peer's")
Cost = tuple[float, float, int]
"""CPU seconds, wall seconds, peak megabytes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What each way took on one chain, and how many events its epochs rest on."""

    events: int
    costs: tuple[Cost, Cost, Cost]


def reports_of(folder: Path) -> dict[str, bytes]:
    """Return the reports under a data directory, by epoch."""
    return {path.parent.name: path.read_bytes() for path in folder.glob("data/epochs/*/report.json")}


def count_events(reports: dict[str, bytes]) -> int:
    """Return how many events the epochs rest on."""
    return sum(int(json.loads(report)["stages"]["events"]["count"]) for report in reports.values())


def in_all(costs: list[Cost]) -> Cost:
    """Return what commands took that came one after another."""
    return sum(each[0] for each in costs), sum(each[1] for each in costs), max(each[2] for each in costs)


def settled(devnet: Devnet, folder: Path, *commands: list[str]) -> list[Cost]:
    """Run commands of an oracle of its own, whose PostgreSQL runs beside it, and return what each one took."""
    write_config(devnet, folder / "pozk.toml", Path("data"))
    with open_database("", folder / "server") as database:
        environment = {"POZK_CONFIG": str(folder / "pozk.toml"), "POZK_STORE_DATABASE_URL": database.uri}
        return [measure([POZK, *command], environment, subprocess.DEVNULL) for command in commands]


def measure_on(devnet: Devnet, folder: Path) -> Measured:
    """Settle from the chain, hand over, and bootstrap from that."""
    peer, new, mirror = (folder / each for each in ("peer", "new", "mirror"))
    export = ["index", "--export", str(mirror / "receipts.bundle")]
    costs = settled(devnet, peer, ["index"], ["settle"], ["bundle", "publish", "--to", str(mirror)], export)
    bootstrapped = settled(devnet, new, ["bootstrap", str(mirror)])
    if reports_of(new) != reports_of(peer) or not reports_of(new):
        raise SystemExit("the reports differ")
    return Measured(count_events(reports_of(peer)), (in_all(costs[:2]), in_all(costs[2:]), in_all(bootstrapped)))


def measured_with(tasks: int) -> Measured:
    """Measure on a chain with so many tasks in each busy epoch."""
    shape = DevnetSettings(participants=200, tasks_per_epoch=tasks, genuine_proofs=False)
    with tempfile.TemporaryDirectory() as name, run_devnet(shape) as devnet:
        return measure_on(devnet, Path(name))


def main() -> None:
    """Print the table."""
    few, many = measured_with(FEWEST_TASKS), measured_with(TASKS)
    rows = []
    for way, small, large in zip(WAYS, few.costs, many.costs, strict=True):
        further = (large[0] - small[0]) * MILLION / (many.events - few.events)
        rows.append([way, f"{small[0]:.2f}", f"{large[0]:.2f}", f"{large[1]:.1f}", f"{further:.0f}", str(large[2])])
    header = ["", f"CPU s, {few.events:,} events", f"CPU s, {many.events:,}", "wall s", "CPU s a further million"]
    print_table("A new oracle", [*header, "peak MB"], rows)


if __name__ == "__main__":
    main()
