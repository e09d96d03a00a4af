"""Files that the catalog names and that are missing or cannot be read: taken out, so that an audit fills the gap."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from indexer.adapters.postgres.database import connect
from indexer.adapters.store.parquet_rows import BROKEN, describe_fault, list_lake_files, read_file
from indexer.words.errors import RetryLaterError
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.connection import LakeConnection

_NEVER = 2**64 - 1


def forget_broken_files(lake: LakeConnection) -> list[tuple[str, int, str, str]]:
    """Take every file out of the catalog that cannot be read whole; return table, first block, file and fault of each.

    Only the tables of the ledger are looked at: what they held can be fetched again. The caller has the writer's lock.
    """
    found = []
    for table in lake.protocol.summed_tables:
        for file in list_lake_files(lake, table):
            name = Path(file.rows).name
            try:
                for _ in read_file(lake.protocol, file, table, lake.protocol.columns_of(table), 0, _NEVER):
                    pass
            except FileNotFoundError as error:
                found.append((table, _forget(lake, name), f"the file {error.filename or file.rows}", "nothing"))
            except BROKEN as error:
                found.append((table, _forget(lake, name), f"the file {file.rows}", describe_fault(error)))
    return found


def _forget(lake: LakeConnection, name: str) -> int:
    """End a file of rows in the newest snapshot of the catalog; return the first block that it held, 0 if unknown."""
    try:
        with connect(lake.uri) as connection:
            row = connection.execute(load_sql("catalog/forget_file").encode(), {"name": f"%{name}"}).fetchone()
    except psycopg.Error as error:
        raise RetryLaterError("the catalog cannot be changed", got=str(error), remedy="check the database") from error
    return int(row[0]) if row and row[0] is not None else 0
