"""Files that are missing, that cannot be read, or of which readers would see another part: taken out of the catalog.

An audit fills the gap. A bit that turned over may lie in what says where rows are, not in a row: then one reader sees
what another does not, or a filter leaves rows out, and nothing that compares rows would ever mend it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from indexer.adapters.postgres.database import connect
from indexer.adapters.store.parquet_rows import (
    BROKEN,
    LakeFile,
    deleted_rows,
    describe_fault,
    later_columns,
    list_lake_files,
    read_file,
    read_footer,
)
from indexer.rules.stored.hashed_columns import numbers_of
from indexer.rules.stored.row_sums import RowSums, sum_rows
from indexer.words.errors import RetryLaterError
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.connection import LakeConnection
    from indexer.rules.protocols.protocol import Protocol

_FileBounds = tuple[int, str | None, str | None]
"""How many rows a file has, and the least and the greatest block, as the catalog names them."""

_NEVER = 2**64 - 1
_ROWS_AT_A_TIME = 1 << 17


def forget_broken_files(lake: LakeConnection) -> list[tuple[str, int, str, str]]:
    """Take every file out of the catalog that is not sound; return table, first block, file and fault of each.

    Only the tables of the ledger are looked at: what they held can be fetched again. The caller has the writer's lock.
    """
    found, named = [], _load_bounds(lake)
    with duckdb.connect() as engine:
        for table in lake.protocol.summed_tables:
            for file in list_lake_files(lake, table):
                fault = _find_fault(lake.protocol, table, file, engine, named.get(Path(file.rows).name))
                if fault is not None:
                    found.append((table, _forget(lake, Path(file.rows).name), *fault))
    return found


def _find_fault(
    protocol: Protocol, table: str, file: LakeFile, engine: duckdb.DuckDBPyConnection, named: _FileBounds | None
) -> tuple[str, str] | None:
    """Return which file is not sound and what is wrong, None if both readers, statistics and catalog say the same."""
    columns, whole = protocol.columns_of(table), LakeFile(file.rows, None)
    sums, blocks = RowSums(), []
    try:
        footer = read_footer(file)
        for group, rows in enumerate(read_file(protocol, whole, table, columns, 0, _NEVER, footer)):
            _verify_statistics(footer.row_group(group), rows)
            sums = sums.plus(sum_rows(protocol, table, rows))
            numbers = numbers_of(rows[columns[0]])
            blocks.append((int(numbers.min()), int(numbers.max())))
        deleted_rows(file)
        if "://" not in file.rows and sums != _sums_by_engine(protocol, table, file, footer, engine):
            raise ValueError("two readers that differ")
        _verify_catalog(named, sums.rows, blocks)
    except FileNotFoundError as error:
        return f"the file {error.filename or file.rows}", "nothing"
    except BROKEN as error:
        return f"the file {file.rows}", describe_fault(error)
    return None


def _sums_by_engine(
    protocol: Protocol, table: str, file: LakeFile, footer: pq.FileMetaData, engine: duckdb.DuckDBPyConnection
) -> RowSums:
    """Return what the rows of a file sum up to as DuckDB reads them, which filters nothing here."""
    later = later_columns(protocol, table, footer)
    found = RowSums()
    for batch in engine.from_parquet(file.rows).to_arrow_reader(_ROWS_AT_A_TIME):
        rows = pa.Table.from_batches([batch])
        for name, kind in later.items():
            rows = rows.append_column(name, pa.nulls(len(rows), kind))
        found = found.plus(sum_rows(protocol, table, rows))
    return found


def _verify_statistics(group: pq.RowGroupMetaData, rows: pa.Table) -> None:
    """Raise ValueError where the bounds that a footer names of a row group would hide rows of it from a filter."""
    for place in range(group.num_columns):
        column = group.column(place)
        named = column.statistics if column.is_stats_set else None
        if named is None or not named.has_min_max or column.path_in_schema not in rows.column_names:
            continue
        values = rows[column.path_in_schema]
        plain = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
        least, greatest = pc.min_max(plain).values()
        found = least.as_py(), greatest.as_py()
        if type(named.min) is type(found[0]) and not named.min <= found[0] <= found[1] <= named.max:
            raise ValueError(f"statistics of {column.path_in_schema} that hide rows: {named.min} to {named.max}")


def _verify_catalog(named: _FileBounds | None, rows: int, blocks: list[tuple[int, int]]) -> None:
    """Raise ValueError unless the catalog names as many rows and the same least and greatest block."""
    if named is None or not blocks:
        return
    count, least, greatest = named
    known = (str(min(low for low, _ in blocks)), str(max(high for _, high in blocks)))
    if count != rows or (least is not None and (least, greatest) != known):
        raise ValueError(f"a catalog that names {count} rows of blocks {least} to {greatest}")


def _load_bounds(lake: LakeConnection) -> dict[str, _FileBounds]:
    """Return what the catalog says of each file, by its name."""
    with _catalog(lake) as connection:
        rows = connection.execute(load_sql("catalog/file_bounds").encode()).fetchall()
    return {Path(path).name: (count, least, greatest) for path, count, least, greatest in rows}


def _forget(lake: LakeConnection, name: str) -> int:
    """End a file of rows in the newest snapshot of the catalog; return the first block that it held, 0 if unknown."""
    with _catalog(lake) as connection:
        row = connection.execute(load_sql("catalog/forget_file").encode(), {"name": f"%{name}"}).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


@contextmanager
def _catalog(lake: LakeConnection) -> Iterator[psycopg.Connection[Any]]:
    try:
        with connect(lake.uri) as connection:
            yield connection
    except psycopg.Error as error:
        raise RetryLaterError(
            "the catalog of the lake cannot be reached", got=str(error), remedy="check the database"
        ) from error
