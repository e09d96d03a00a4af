"""Rows of the lake without its engine: the catalog's list of files, each read by pyarrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa

from indexer.rules.columns.arrays import I64
from indexer.rules.events.decode import arrow_type
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.stored.byte_pages import read_pages
from indexer.words.errors import PozkError, UnsoundError
from sql import load_sql

if TYPE_CHECKING:
    import pyarrow.parquet as pq

    from indexer.adapters.store.connection import LakeConnection


BROKEN = (
    PozkError,
    duckdb.Error,
    OSError,
    pa.ArrowException,
    ValueError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
)
"""What reading a file that is missing or damaged may raise."""


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file of rows, and the one that names which of them are deleted: paths, or addresses as fsspec reads them."""

    rows: str
    deletions: str | None


def list_lake_files(lake: LakeConnection, table: str) -> list[LakeFile]:
    """Return the files of a table in the snapshot of the transaction."""
    rows = lake.query(load_sql("lake/files"), {"table": table}).to_pylist()
    return [LakeFile(row["data_file"], row["delete_file"] or None) for row in rows]


def read_rows(
    protocol: Protocol, files: Iterable[LakeFile], table: str, columns: Sequence[str], low: int, high: int
) -> Iterator[pa.Table]:
    """Yield what files hold of a table in row groups that hold blocks of `low` to `high`, and perhaps others.

    Bytes are dictionaries where the file has them so. Raises UnsoundError for a file that is missing or broken.
    """
    for file in files:
        try:
            yield from read_file(protocol, file, table, columns, low, high)
        except BROKEN as error:
            raise UnsoundError(
                "a file of the lake is missing or broken",
                expected="the Parquet that was written",
                got=describe_fault(error),
                where=file.rows,
                remedy="run `pozk index --audit`, which fetches its rows again",
            ) from error


def read_footer(file: LakeFile) -> pq.FileMetaData:
    """Return what a file of rows says of itself; one of `BROKEN` where it cannot be read."""
    import pyarrow.parquet as pq

    with opened_file(file.rows) as place:
        return pq.read_metadata(place)


def read_file(
    protocol: Protocol,
    file: LakeFile,
    table: str,
    columns: Sequence[str],
    low: int,
    high: int,
    footer: pq.FileMetaData | None = None,
) -> Iterator[pa.Table]:
    """Yield the rows of one file likewise; one of `BROKEN` where it cannot be read. `footer` is its own, if known."""
    metadata = read_footer(file) if footer is None else footer
    column = protocol.block_column(table)
    groups = [group for group in range(metadata.num_row_groups) if _meets(metadata, group, column, low, high)]
    if not groups:
        return
    deleted, later = deleted_rows(file), later_columns(protocol, table, metadata)
    stored = [name for name in columns if name not in later]
    starts = np.cumsum([0, *(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))])
    with ExitStack() as closing:
        reader = _GroupReader(closing, file.rows, metadata, stored, groups)
        for group in groups:
            start, count = int(starts[group]), int(starts[group + 1] - starts[group])
            rows = reader.read(group, start, count)
            if rows.num_columns != len(stored) or len(rows) != count:
                raise ValueError(f"expected {count} rows of {len(stored)} columns, got {len(rows)}")
            for name in (name for name in columns if name in later):
                rows = rows.append_column(name, pa.nulls(count, later[name]))
            yield _without(rows, deleted - start) if len(deleted) else rows


def describe_fault(error: BaseException) -> str:
    """Return in one line why a file cannot be read."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class _GroupReader:
    """Reads row groups of one file: columns that are dictionaries in all `groups` as such, other bytes as large ones.

    Arrow has no option to read a file both ways at once. Strings of one length are taken out of their pages without it.
    """

    def __init__(
        self, closing: ExitStack, path: str, footer: pq.FileMetaData, columns: Sequence[str], groups: Sequence[int]
    ) -> None:
        import pyarrow.parquet as pq

        self._path, self._columns, self._by_duckdb = path, columns, pa.table({})
        self._footer, self._pages = footer, closing.enter_context(_opened_bytes(path))
        coded = [name for name in columns if all(_is_dictionary(footer, group, name) for group in groups)]
        plain = [name for name in columns if name not in coded]
        ways = ((coded, {"read_dictionary": coded}), (plain, {"binary_type": pa.large_binary()}))
        self._parts = [
            (
                names,
                closing.enter_context(pq.ParquetFile(closing.enter_context(opened_file(path)), metadata=footer, **way)),
            )
            for names, way in ways
            if names
        ]

    def read(self, group: int, start: int, count: int) -> pa.Table:
        """Return the row group, which has rows `start` to `start + count`."""
        found = {name: column for name in self._columns if (column := self._read_pages(group, name)) is not None}
        try:
            for names, file in self._parts:
                if left := [name for name in names if name not in found]:
                    rows = file.read_row_group(group, columns=left, use_threads=False)
                    found |= dict(zip(rows.column_names, rows.columns, strict=True))
        except OSError:  # DuckDB's deltas of numbers from 2^31 on; what is read is hashed, whoever reads it
            if not len(self._by_duckdb):
                self._by_duckdb = _read_by_duckdb(self._path)
            rows = self._by_duckdb.slice(start, count)
            found = dict(zip(rows.column_names, rows.columns, strict=True))
        for column in found.values():
            if pa.types.is_dictionary(column.type):
                column.validate(full=True)  # a damaged code may be that of no value
        return pa.table({name: found[name] for name in self._columns})

    def _read_pages(self, group: int, name: str) -> pa.ChunkedArray | None:
        """Return a column of byte strings of one length; None where Arrow must read it."""
        place = self._footer.schema.names.index(name)
        column, schema = self._footer.row_group(group).column(place), self._footer.schema.column(place)
        if column.encodings != ("DELTA_LENGTH_BYTE_ARRAY",) or schema.logical_type.type != "NONE":
            return None
        self._pages.seek(column.data_page_offset)
        chunk = self._pages.read(column.total_compressed_size)
        found = read_pages(
            chunk,
            column.compression,
            column.num_values,
            column.total_uncompressed_size,
            is_optional=schema.max_definition_level > 0,
        )
        return None if found is None else pa.chunked_array(found)


@contextmanager
def _opened_bytes(path: str) -> Iterator[Any]:
    """Open a file as bytes."""
    if "://" in path:
        with opened_file(path) as file:
            yield file
        return
    with open(path, "rb", buffering=0) as file:
        yield file


@contextmanager
def opened_file(path: str) -> Iterator[Any]:
    """Open a file of an object store; a local one is given as it is."""
    if "://" not in path:
        yield path
        return
    import fsspec

    with fsspec.open(path, "rb") as file:
        yield file


def _read_by_duckdb(path: str) -> pa.Table:
    with duckdb.connect() as connection:
        rows = connection.execute(load_sql("lake/file_rows"), {"path": path}).to_arrow_table()
    wide = [field.with_type(pa.large_binary()) if pa.types.is_binary(field.type) else field for field in rows.schema]
    return rows.cast(pa.schema(wide))


def later_columns(protocol: Protocol, table: str, metadata: pq.FileMetaData) -> dict[str, pa.DataType]:
    """Return the columns that the table got after the file was written."""
    known = protocol.tables.get(table)
    if known is None or not known.optional:
        return {}
    missing = known.optional - set(metadata.schema.names)
    return {each.column: arrow_type(each) for each in known.columns if each.column in missing}


def deleted_rows(file: LakeFile) -> I64:
    """Return the places of the rows of a file that are deleted; one of `BROKEN` where they cannot be read."""
    if file.deletions is None:
        return np.zeros(0, dtype=np.int64)
    import pyarrow.parquet as pq

    with opened_file(file.deletions) as place:
        rows = pq.read_table(place, columns=["pos"], use_threads=False)
    places: I64 = rows["pos"].to_numpy().astype(np.int64)
    return places


def _without(rows: pa.Table, places: I64) -> pa.Table:
    kept = np.ones(len(rows), dtype=np.bool_)
    kept[places[(places >= 0) & (places < len(rows))]] = False
    return rows if kept.all() else rows.filter(pa.array(kept))


def _meets(metadata: pq.FileMetaData, group: int, column: str, low: int, high: int) -> bool:
    """Return whether a row group may hold blocks of the range; one without statistics may."""
    found = metadata.row_group(group).column(metadata.schema.names.index(column))
    statistics = found.statistics if found.is_stats_set else None
    return statistics is None or not statistics.has_min_max or (statistics.min <= high and statistics.max >= low)


def _is_dictionary(metadata: pq.FileMetaData, group: int, column: str) -> bool:
    found = metadata.row_group(group).column(metadata.schema.names.index(column))
    return found.physical_type == "BYTE_ARRAY" and set(found.encodings) <= {"PLAIN_DICTIONARY", "RLE_DICTIONARY", "RLE"}
