"""Files that are missing, that cannot be read, or of which readers would see another part: taken out of the catalog.

An audit fills the gap. A bit that turned over may lie in what says where rows are, not in a row: then one reader sees
what another does not, or a filter leaves rows out, and nothing that compares rows would ever mend it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from indexer.adapters.postgres.database import connect
from indexer.adapters.store.parquet_rows import (
    BROKEN,
    LakeFile,
    deleted_rows,
    describe_fault,
    later_columns,
    list_lake_files,
    opened_file,
    read_file,
    read_footer,
)
from indexer.rules.stored.notes import verify_notes
from indexer.rules.stored.row_sums import RowSums, sum_rows
from indexer.rules.stored.value_bounds import NamedFile, ValueBounds, bounds_of, joined, verify_statistics, widened
from indexer.words.errors import RetryLaterError
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.connection import LakeConnection
    from indexer.rules.protocols.protocol import Protocol

_NEVER = 2**64 - 1
_ROWS_AT_A_TIME = 1 << 17


def forget_broken_files(lake: LakeConnection) -> list[tuple[str, int, str, str]]:
    """Take every file out of the catalog that is not sound; return table, first block, file and fault of each.

    What tables of events and blocks held can be fetched again; what the lake notes of itself is written again by an
    audit of all its blocks, and by the next run. The caller has the writer's lock.
    """
    summed = lake.protocol.summed_tables
    with _catalog(lake) as connection:
        found, named = _widen_tables(connection, summed), _load_named(connection)
    with duckdb.connect() as engine:
        for table in lake.query(load_sql("lake/tables")).column("table_name").to_pylist():
            read = partial(_read_events, lake.protocol, table) if table in summed else partial(_read_notes, table)
            for file in list_lake_files(lake, table):
                name = Path(file.rows).name
                fault = _find_fault(read, file, engine, named.get(name))
                if fault is not None:
                    found.append((table, _forget(lake, name), *fault))
    return found


def _find_fault(
    read: Callable[[LakeFile, pq.FileMetaData, duckdb.DuckDBPyConnection], tuple[int, ValueBounds]],
    file: LakeFile,
    engine: duckdb.DuckDBPyConnection,
    named: NamedFile | None,
) -> tuple[str, str] | None:
    """Return which file is not sound and what is wrong, None if both readers, statistics and catalog say the same."""
    try:
        footer = read_footer(file)
        if named is not None:
            named.verify_numbers(footer)
        rows, bounds = read(file, footer, engine)
        _verify_deletions(file, footer.num_rows, engine)
        if named is not None:
            named.verify(rows, bounds)
    except FileNotFoundError as error:
        return f"the file {error.filename or file.rows}", "nothing"
    except BROKEN as error:
        return f"the file {file.rows}", describe_fault(error)
    return None


def _verify_deletions(file: LakeFile, rows: int, engine: duckdb.DuckDBPyConnection) -> None:
    """Raise one of `BROKEN` unless both readers find the same of the rows deleted, in their order, as DuckLake asks."""
    places = deleted_rows(file)
    if len(places) and (places[0] < 0 or places[-1] >= rows or (places[1:] < places[:-1]).any()):
        raise ValueError(f"expected deletions of {rows} rows in their order, got others")
    if file.deletions is None or "://" in file.deletions:
        return
    seen = engine.from_parquet(file.deletions).to_arrow_table()
    if pq.read_table(file.deletions, partitioning=None).cast(seen.schema) != seen:
        raise ValueError("two readers that differ in what is deleted")


def _read_notes(
    table: str, file: LakeFile, _footer: pq.FileMetaData, engine: duckdb.DuckDBPyConnection
) -> tuple[int, ValueBounds]:
    """Return how many rows a file of few rows has, and the bounds of its whole numbers.

    One of `BROKEN` unless both readers find the same in it, and nothing that nobody wrote.
    """
    with opened_file(file.rows) as place:
        columns = pq.read_table(place, partitioning=None)
    rows = columns.to_pylist()
    if "://" not in file.rows and rows != engine.from_parquet(file.rows).to_arrow_table().to_pylist():
        raise ValueError("two readers that differ")
    verify_notes(table, rows)
    whole = [each.name for each in columns.schema if pa.types.is_integer(each.type)]
    return len(rows), bounds_of(columns.select(whole))


def _read_events(
    protocol: Protocol, table: str, file: LakeFile, footer: pq.FileMetaData, engine: duckdb.DuckDBPyConnection
) -> tuple[int, ValueBounds]:
    """Return how many rows a file of events or blocks has, and their bounds.

    One of `BROKEN` unless both readers and the statistics say the same.
    """
    columns, whole = protocol.columns_of(table), LakeFile(file.rows, None)
    bounds: ValueBounds = {}
    sums = RowSums()
    for group, rows in enumerate(read_file(protocol, whole, table, columns, 0, _NEVER, footer)):
        within = bounds_of(rows)
        verify_statistics(footer.row_group(group), within)
        sums, bounds = sums.plus(sum_rows(protocol, table, rows)), joined(bounds, within)
    if "://" not in file.rows and sums != _sums_by_engine(protocol, table, file, footer, engine):
        raise ValueError("two readers that differ")
    return sums.rows, bounds


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


def _load_named(connection: psycopg.Connection[Any]) -> dict[str, NamedFile]:
    """Return what the catalog says of each file of the newest snapshot, by its name."""
    found: dict[str, NamedFile] = {}
    for path, count, column, number, *ends in connection.execute(load_sql("catalog/file_bounds").encode()).fetchall():
        named = found.setdefault(Path(path).name, NamedFile(count))
        named.numbers[column], (least, greatest) = number, ends
        if least is not None and greatest is not None:
            named.bounds[column] = (least, greatest)
    return found


def _widen_tables(connection: psycopg.Connection[Any], tables: Sequence[str]) -> list[tuple[str, int, str, str]]:
    """Let the bounds of whole tables hold those of their files; return table, 0, bounds and what they were of each."""
    columns: dict[tuple[Any, ...], list[tuple[str, str]]] = defaultdict(list)
    for *column, least, greatest in connection.execute(load_sql("catalog/table_bounds").encode()).fetchall():
        if column[0] in tables:
            columns[tuple(column)].append((least, greatest))
    found = []
    for (table, name, kind, table_id, column_id, *named), files in columns.items():
        low, high = widened(kind, (named[0], named[1]), files)
        if [low, high] != named:
            values = {"table": table_id, "column": column_id, "least": low, "greatest": high}
            connection.execute(load_sql("catalog/widen_table_bounds").encode(), values)
            got = f"a catalog that names {named[0]} to {named[1]}"
            found.append((table, 0, f"{name} of {low} to {high}", got))
    return found


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
