"""Aggregation by other engines out of the same Parquet, each in a process of its own; every row is compared."""

import decimal
import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.lake_fill import own_sql
from benchmarks.measure import Measured, seconds
from benchmarks.other_engines import ENGINES, PROBE, Elsewhere
from benchmarks.others import others_path
from indexer.adapters.store.lake import Lake
from indexer.adapters.store.parquet_rows import list_lake_files

GIVEN = ("approvals", "alphas", "stake_base")
"""Steps over a few rows, whose results the other engines are given."""
READ = ("proof_verified", "stake_changed")
LIMIT = 10**38 - 1


def engine_rows(lake: Lake, data_dir: Path, ours: Measured[tuple[int, int]]) -> list[tuple[str, ...]]:
    """Return a row of the table for each engine; the lake has the steps' temporary tables. Stops where rows differ."""
    folder = data_dir / "elsewhere"
    listed = folder / "folders.json"
    folder.mkdir()
    listed.write_text(json.dumps(_write_inputs(lake, folder)))
    rows: list[tuple[str, ...]] = []
    for name in ENGINES:
        out = folder / f"{name}.parquet"
        found = _run(name, listed, out)
        verify_same(lake, name, out)
        times = seconds(found.wall_seconds), seconds(found.cpu_seconds)
        ratios = (
            f"{found.wall_seconds / ours.wall_seconds:.2f}",
            f"{found.cpu_seconds / ours.cpu_seconds:.2f}",
        )
        rows.append((ENGINES[name].NAME, *times, *ratios, f"{found.peak_mb:,} MB", found.plain_sum))
    return rows


def verify_same(lake: Lake, name: str, theirs: Path) -> None:
    """Stop where an engine's rows, a file of Parquet, are not those of the temporary table of aggregates."""
    differing = lake.query(own_sql("rows_differing"), {"theirs": str(theirs)}).to_pylist()
    if differing != [{"missing": 0, "strange": 0}]:
        raise SystemExit(f"{name} differs: {differing}")


def _write_inputs(lake: Lake, folder: Path) -> dict[str, str]:
    """Return the folders of Parquet by table: the lake's own, and what is given."""
    folders = {}
    for table in READ:
        files = [Path(file.rows) for file in list_lake_files(lake, table)]
        folders[table] = str(files[0].parent)
        if sorted(files) != sorted(files[0].parent.glob("*.parquet")):
            raise SystemExit(f"{table} has other files than those of its snapshot")
    probe = pa.table(
        {
            "one": pa.array([1, 1], pa.uint8()),
            "x": pa.array([decimal.Decimal(LIMIT)] * 2, pa.decimal128(38, 0)),
        }
    )
    given = {name: lake.query(f"SELECT * FROM {name}") for name in GIVEN}  # noqa: S608 - our own names
    for name, rows in {**given, PROBE: probe}.items():
        (folder / name).mkdir()
        pq.write_table(rows, folder / name / "0.parquet")
        folders[name] = str(folder / name)
    return folders


def _run(name: str, listed: Path, out: Path) -> Elsewhere:
    command = [sys.executable, "-m", "benchmarks.other_engines", name, str(listed), str(out)]
    environment = os.environ | {"PYTHONPATH": others_path(), "POLARS_MAX_THREADS": str(os.cpu_count())}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)  # noqa: S603 - ours
    return Elsewhere(**json.loads(done.stdout.splitlines()[-1]))
