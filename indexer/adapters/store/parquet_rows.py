"""Rows of the lake without its engine: the catalog's list of files, each read by pyarrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from indexer.rules.columns.arrays import I64
from indexer.rules.events.decode import arrow_type
from indexer.words.errors import PozkError, UnsoundError
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.connection import LakeConnection


BROKEN = (
    PozkError,
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
    """A file of rows, and the one that names which of them are deleted."""

    rows: Path
    deletions: Path | None


def read_rows(lake: LakeConnection, table: str, columns: Sequence[str], low: int, high: int) -> Iterator[pa.Table]:
    """Yield what is stored of a table in row groups that hold blocks of `low` to `high`, and perhaps others.

    Bytes are dictionaries where the file has them so. Raises UnsoundError for a file that is missing or broken.
    """
    for row in lake.query(load_sql("lake/files"), {"table": table}).to_pylist():
        file = LakeFile(Path(row["data_file"]), Path(row["delete_file"]) if row["delete_file"] else None)
        try:
            yield from read_file(lake, file, table, columns, low, high)
        except BROKEN as error:
            raise UnsoundError(
                "a file of the lake is missing or broken",
                expected="the Parquet that was written",
                got=describe_fault(error),
                where=str(file.rows),
                remedy="run `pozk index --audit`, which fetches its rows again",
            ) from error


def read_file(
    lake: LakeConnection, file: LakeFile, table: str, columns: Sequence[str], low: int, high: int
) -> Iterator[pa.Table]:
    """Yield the rows of one file likewise; one of `BROKEN` where it cannot be read."""
    metadata = pq.read_metadata(file.rows)
    column = lake.protocol.block_column(table)
    groups = [group for group in range(metadata.num_row_groups) if _meets(metadata, group, column, low, high)]
    if not groups:
        return
    deleted, later = _deleted_rows(file), _later_columns(lake, table, metadata)
    stored = [name for name in columns if name not in later]
    coded = [name for name in stored if all(_is_dictionary(metadata, group, name) for group in groups)]
    starts = np.cumsum([0, *(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))])
    with pq.ParquetFile(file.rows, metadata=metadata, read_dictionary=coded) as opened:
        for group in groups:
            start, count = int(starts[group]), int(starts[group + 1] - starts[group])
            try:
                rows = opened.read_row_group(group, columns=stored, use_threads=False)
            except OSError:  # DuckDB's deltas of numbers from 2^31 on; what is read is hashed, whoever reads it
                rows = lake.query(load_sql("lake/file_rows"), {"path": str(file.rows)}).select(stored)[start:][:count]
            if rows.num_columns != len(stored) or len(rows) != count:
                raise ValueError(f"expected {count} rows of {len(stored)} columns, got {len(rows)}")
            for name in (name for name in columns if name in later):
                rows = rows.append_column(name, pa.nulls(count, later[name]))
            yield _without(rows, deleted - start) if len(deleted) else rows


def describe_fault(error: BaseException) -> str:
    """Return in one line why a file cannot be read."""
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _later_columns(lake: LakeConnection, table: str, metadata: pq.FileMetaData) -> dict[str, pa.DataType]:
    """Return the columns that the table got after the file was written."""
    known = lake.protocol.tables.get(table)
    if known is None or not known.optional:
        return {}
    missing = known.optional - set(metadata.schema.names)
    return {each.column: arrow_type(each) for each in known.columns if each.column in missing}


def _deleted_rows(file: LakeFile) -> I64:
    if file.deletions is None:
        return np.zeros(0, dtype=np.int64)
    places: I64 = pq.read_table(file.deletions, columns=["pos"], use_threads=False)["pos"].to_numpy().astype(np.int64)
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
