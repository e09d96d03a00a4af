"""Files that the catalog names and that are missing or cannot be read: taken out, so that an audit fills the gap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from indexer.adapters.database import connect
from indexer.rules.row_sums import SUMMED_TABLES
from indexer.words.errors import RetryLaterError
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.lake import Lake


def forget_broken_files(lake: Lake) -> list[tuple[str, int, str, str]]:
    """Take every file out of the catalog that cannot be read whole; return table, first block, file and fault of each.

    Only the tables of the ledger are looked at: what they held can be fetched again. The caller has the writer's lock.
    """
    found = []
    for table in SUMMED_TABLES:
        for row in lake.query(load_sql("lake/files"), {"table": table}).to_pylist():
            for name in filter(None, (row["data_file"], row["delete_file"])):
                fault = _fault_of(Path(name))
                if fault is not None:
                    found.append((table, _forget(lake, Path(row["data_file"]).name), f"the file {name}", fault))
                    break
    return found


def _fault_of(path: Path) -> str | None:
    """Return what is wrong with a file; None if every row of it can be read."""
    try:
        with pq.ParquetFile(path) as opened:
            for group in range(opened.num_row_groups):
                opened.read_row_group(group, use_threads=False)
    except FileNotFoundError:
        return "nothing"
    except (OSError, pa.ArrowException, ValueError, IndexError, KeyError, MemoryError, OverflowError) as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return None


def _forget(lake: Lake, name: str) -> int:
    """End a file of rows in the newest snapshot of the catalog; return the first block that it held, 0 if unknown."""
    try:
        with connect(lake.uri) as connection:
            row = connection.execute(load_sql("catalog/forget_file").encode(), {"name": f"%{name}"}).fetchone()
    except psycopg.Error as error:
        raise RetryLaterError("the catalog cannot be changed", got=str(error), remedy="check the database") from error
    return int(row[0]) if row and row[0] is not None else 0
