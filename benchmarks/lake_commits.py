"""What DuckLake's own retries make of several writers, which a lake of ours does not have: commits a second.

As a process: uri, folder, commits; prints `ready`, waits for a line, then commits one block after the other.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.extensions import connect_with
from indexer.adapters.store.lake import attach_text, open_lake
from indexer.rules.protocols.reference import REFERENCE

COMMITS = 40
"""Of each process."""


def commit(uri: str, folder: Path, commits: int) -> int:
    """Commit so many rows of lake.blocks, each until it succeeds; return how many commits failed for good before."""
    connection = connect_with("ducklake", "postgres_scanner")
    connection.execute(attach_text(uri, folder, read_only=False))
    print("ready", flush=True)
    sys.stdin.readline()
    refused, number = 0, 0
    while number < commits:
        try:
            connection.execute("INSERT INTO lake.blocks VALUES ($number, 'h', 'p', 0, 0)", {"number": number})
        except duckdb.Error:
            refused += 1
        else:
            number += 1
    return refused


def table(processes: tuple[int, ...] = (1, 2, 4)) -> None:
    """Print commits a second for several numbers of processes."""
    print(f"\nDuckLake with its own retries, {COMMITS} commits of one row a process\n")
    print("| processes | commits/s | refused after 10 tries |\n|---|---|---|")
    for count in processes:
        with tempfile.TemporaryDirectory() as name, open_database("", Path(name)) as database:
            open_lake(database.uri, Path(name), REFERENCE).close()
            arguments = [database.uri, str(Path(name) / "lake"), str(COMMITS)]
            command = [sys.executable, "-m", "benchmarks.lake_commits", *arguments]
            found = [
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
                for _ in range(count)
            ]
            for process in found:
                if process.stdout is None or process.stdout.readline() != "ready\n":
                    raise SystemExit("a writer did not start")
            started = time.monotonic()
            refused = sum(int(process.communicate()[0]) for process in _told(found))
            print(f"| {count} | {count * COMMITS / (time.monotonic() - started):.1f} | {refused} |", flush=True)


def _told(processes: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Let all begin at once."""
    for process in processes:
        if process.stdin is not None:
            process.stdin.write("\n")
            process.stdin.flush()
    return processes


if __name__ == "__main__":
    print(commit(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
