"""`make bench-startup`: CPU seconds of commands that have nothing to do, on a small devnet that is indexed and settled.

Of each command the least of BENCH_RUNS (default 7) runs as a process of its own, whatever it waited for included. A
PostgreSQL that is given runs beside it; the last lines start the embedded one. cryo stands beside, on 20 blocks.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.bench_index import install_cryo, measure, replaying, run_cryo
from benchmarks.measure import print_table
from benchmarks.replay import Shape
from deploy.devnet import Devnet, DevnetSettings, run_devnet
from indexer.adapters.postgres.database import open_database
from settlement.entry.configuration.devnet_file import write_config

RUNS = int(os.environ.get("BENCH_RUNS", "7"))
POZK = str(Path(sys.executable).with_name("pozk"))
GOALS = {"index": "0.5", "settle": "0.5", "proof": "0.25"}
SMALL = DevnetSettings(epochs=2, quiet_epochs=(), participants=12, tasks_per_epoch=20)


def cells_of(name: str, command: list[str], environment: dict[str, str]) -> list[str]:
    """Return the cells of a command: the least CPU and wall seconds, peak megabytes, the goal."""
    runs = [measure(command, environment, subprocess.DEVNULL) for _ in range(RUNS)]
    cpu, wall, peak = (min(values) for values in zip(*runs, strict=True))
    return [name, f"{cpu:.2f}", f"{wall:.2f}", str(peak), GOALS.get(name.split(",")[0], "")]


def commands_of(devnet: Devnet) -> dict[str, list[str]]:
    """Return the commands by name."""
    return {
        "--version": ["--version"],
        "index": ["index"],
        "settle": ["settle"],
        "proof": ["proof", devnet.participants[0]],
        "query": ["query", "SELECT count(*) FROM lake.proof_verified"],
        "check": ["check"],
    }


def rows_of(devnet: Devnet, folder: Path) -> list[list[str]]:
    """Index and settle once, then measure every command in turn."""
    config = folder / "pozk.toml"
    write_config(devnet, config, Path("data"))
    rows = []
    with open_database("", folder / "server") as database:
        environment = {"POZK_CONFIG": str(config), "POZK_STORE_DATABASE_URL": database.uri}
        for command in ("index", "settle"):
            measure([POZK, command], environment)
        for name, arguments in commands_of(devnet).items():
            rows.append(cells_of(name, [POZK, *arguments], environment))
    config.write_text(config.read_text().replace('"data"', '"embedded"'))
    environment = {"POZK_CONFIG": str(config)}
    for command in ("index", "settle"):
        measure([POZK, command], environment)
        rows.append(cells_of(f"{command}, embedded PostgreSQL", [POZK, command], environment))
    return rows


def cryo_row() -> list[str]:
    """Return the cells of cryo on an empty run."""
    with replaying(Shape(blocks=20, logs=1)) as url:
        costs = [run_cryo(url, 20, install_cryo(), decoded=True) for _ in range(RUNS)]
    least = min(costs, key=lambda cost: cost.cpu_seconds)
    return ["cryo, 20 blocks", f"{least.cpu_seconds:.2f}", f"{least.wall_seconds:.2f}", str(least.peak_mb), ""]


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, run_devnet(SMALL) as devnet:
        rows = rows_of(devnet, Path(folder))
    rows.append(cryo_row())
    print_table("Nothing to do", ["command", "CPU s", "wall s", "peak MB", "goal, CPU s"], rows)


if __name__ == "__main__":
    main()
