"""`make bench-follow`: what one committed block costs after thousands of others, with small files merged and without.

Environment: BENCH_COMMITS (default 2000, as many blocks of one event each; a line of the table is a quarter).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pyarrow as pa

from benchmarks.measure import best_of, measure, print_table
from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import Lake, open_lake
from indexer.rules.protocols.reference import REFERENCE

COMMITS = int(os.environ.get("BENCH_COMMITS", "2000"))
PARTS = 4
COUNT_FILES = "SELECT count(*) AS n FROM __ducklake_metadata_lake.lake.ducklake_data_file WHERE end_snapshot IS NULL"
READ_ALL = """
SELECT (SELECT sum(our_logs) FROM lake.coverage) AS logs, count(*) AS events, sum(e.block_number) AS numbers
FROM lake.task_cancelled AS e SEMI JOIN lake.blocks AS b ON e.block_number = b.number
"""


def follow_block(lake: Lake, number: int) -> None:
    """Commit one block with one event and its line of the ledger, and look at the cursor as following the head does."""
    mark = number.to_bytes(32, "big")
    block = {"number": number, "hash": mark, "parent_hash": mark, "timestamp": number, "our_logs": 1}
    event = {"block_number": number, "log_index": 0, "tx_index": 0, "tx_hash": mark, "address": mark[:20]}
    hashes = dict.fromkeys(("parent_hash", "from_hash", "to_hash"), mark)
    line = {"from_block": number, "to_block": number, "level": "receipts", "our_logs": 1, "quarantined": 0}
    lake.finalized_head()
    lake.last_block()
    with lake.transaction():
        lake.append("blocks", pa.Table.from_pylist([block]))
        lake.append("task_cancelled", pa.Table.from_pylist([event | {"task_id": mark}]))
        lake.append("coverage", pa.Table.from_pylist([line | hashes | {"source": "bench"}]))
        lake.ensure_writer()


def run(*, merges: bool) -> tuple[list[list[str]], list[dict[str, int]]]:
    """Follow COMMITS blocks; return a line for each part of them, and what is read of everything at the end."""
    lines, name = [], "merged" if merges else "never merged"
    with (
        tempfile.TemporaryDirectory() as folder,
        open_database("", Path(folder)) as database,
        open_lake(database.uri, Path(folder), REFERENCE) as lake,
    ):
        for part in range(PARTS):
            numbers = range(part * COMMITS // PARTS, (part + 1) * COMMITS // PARTS)

            def follow(numbers: range = numbers) -> None:
                for number in numbers:
                    follow_block(lake, number)
                    if merges:
                        lake.merge_small_files()

            took = measure(follow)
            files = lake.query(COUNT_FILES).to_pylist()[0]["n"]
            read = best_of(3, lambda: lake.query(READ_ALL).to_pylist())
            each = 1000 / len(numbers)
            costs = [f"{took.cpu_seconds * each:.1f}", f"{took.wall_seconds * each:.1f}", f"{files:,}"]
            lines.append([name, f"{numbers.stop:,}", *costs, f"{1000 * read.cpu_seconds:.0f}"])
    return lines, read.result


def main() -> None:
    """Follow the same blocks twice, print the table, and stop where the two lakes differ."""
    (merged, rows), (loose, same) = run(merges=True), run(merges=False)
    header = ["small files", "blocks", "CPU ms a block", "wall ms a block", "files", "CPU ms to read all"]
    print_table("Following the head: one commit a block, one event in each", header, [*merged, *loose])
    if rows != same or rows[0]["events"] != COMMITS:
        raise SystemExit(f"the lakes differ: {rows} and {same}")


if __name__ == "__main__":
    main()
