"""Which files hold a table in a snapshot of the lake, by the catalog's own tables (DuckLake 1.0); none is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from indexer.words.errors import InputError, UnsoundError
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.lake import Lake

PARQUET = "parquet"
INTERNAL_SNAPSHOT = "_ducklake_internal_snapshot_id"
"""The column of a merged file that says from which snapshot on a row, or a deletion, is there."""


@dataclass(frozen=True, slots=True)
class PinnedLake:
    """One snapshot of the lake: its number, and the folder or URL that its files lie in."""

    snapshot: int
    data_path: str


@dataclass(frozen=True, slots=True)
class DeleteFile:
    """The file that names the deleted rows of one file, by their places; `is_partial`: some are of later snapshots."""

    path: str
    is_partial: bool


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file of rows. `low` and `high` bound its block numbers, None where the catalog does not know.

    `is_partial`: it was merged of several snapshots, and some rows are of later ones than the one that is read.
    """

    path: str
    rows: int
    deletions: DeleteFile | None
    is_partial: bool
    low: int | None
    high: int | None

    def meets(self, low: int | None, high: int | None) -> bool:
        """Return whether the file may hold blocks of `low` to `high`; None is no bound."""
        return not (
            (low is not None and self.high is not None and self.high < low)
            or (high is not None and self.low is not None and self.low > high)
        )


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table of the lake in one snapshot: its columns with their types in the catalog's words, and its files."""

    name: str
    columns: Mapping[str, str]
    files: Sequence[DataFile]


def pin_lake(lake: Lake) -> PinnedLake:
    """Return the snapshot that the lake's transaction reads; InputError where rows lie in the catalog itself."""
    inlined = [row["table_name"] for row in lake.query(load_sql("lake/inlined_tables")).to_pylist()]
    if inlined:
        raise InputError(
            "rows of the lake lie in its catalog, where Spark does not read them",
            expected="every row in a file",
            got=", ".join(inlined),
            where="ducklake_inlined_data_tables",
            remedy='set settlement.engine to "duckdb", or fill a new lake by `pozk index`',
        )
    row = lake.query(load_sql("lake/snapshot_id")).to_pylist()[0]
    return PinnedLake(row["id"], row["data_path"])


def load_table(lake: Lake, pinned: PinnedLake, table: str, block_column: str) -> StoredTable:
    """Return a table in a snapshot; UnsoundError where the catalog says of it what no lake of ours has."""
    named = {"table": table, "snapshot": pinned.snapshot}
    columns = {
        row["column_name"]: row["column_type"]
        for row in lake.query(load_sql("lake/snapshot_columns"), named).to_pylist()
    }
    rows = lake.query(load_sql("lake/snapshot_files"), named | {"column": block_column}).to_pylist()
    seen = [row["data_file_id"] for row in rows]
    if len(set(seen)) != len(seen):
        raise _unreadable(table, "one file of deletions for each file", "several")
    return StoredTable(table, columns, [_data_file(row, pinned, table) for row in rows])


def resolve_path(data_path: str, *parts: tuple[str, bool]) -> str:
    """Return the path of a file by the paths of its schema, its table and itself, each relative or not, in this order.

    Worked: `("s3://lake/", ("main/", True), ("blocks/", True), ("a.parquet", True))` is `s3://lake/main/blocks/a.parquet`;
    with `("/other/blocks/", False)` in the second place it is `/other/blocks/a.parquet`.
    """
    path = data_path
    for part, is_relative in parts:
        path = f"{path.rstrip('/')}/{part}" if is_relative else part
    return path


def spark_path(path: str) -> str:
    """Return a path of fsspec as Spark names it: a local one as it is, s3:// by the connector that it has."""
    if "://" not in path:
        return f"file://{path}"
    return "s3a://" + path.removeprefix("s3://") if path.startswith("s3://") else path


def _data_file(row: Mapping[str, Any], pinned: PinnedLake, table: str) -> DataFile:
    formats = {row["file_format"], row["delete_format"] or PARQUET}
    if formats != {PARQUET} or row["encryption_key"] is not None:
        got = "an encrypted file" if row["encryption_key"] is not None else " and ".join(sorted(formats))
        raise _unreadable(table, "files of plain Parquet", got)
    above = (
        (row["schema_path"], row["schema_is_relative"]),
        (row["table_path"], row["table_is_relative"]),
    )
    deletions = None
    if row["delete_path"] is not None:
        path = resolve_path(pinned.data_path, *above, (row["delete_path"], row["delete_is_relative"]))
        deletions = DeleteFile(path, _is_later(row["delete_partial_max"], pinned))
    return DataFile(
        resolve_path(pinned.data_path, *above, (row["path"], row["path_is_relative"])),
        row["record_count"],
        deletions,
        _is_later(row["partial_max"], pinned),
        None if row["low"] is None else int(row["low"]),
        None if row["high"] is None else int(row["high"]),
    )


def _is_later(partial_max: int | None, pinned: PinnedLake) -> bool:
    return partial_max is not None and partial_max > pinned.snapshot


def _unreadable(table: str, expected: str, got: str) -> UnsoundError:
    return UnsoundError(
        "the lake has files that are read by DuckDB alone",
        expected=expected,
        got=got,
        where=f"lake.{table}",
        remedy='set settlement.engine to "duckdb"',
    )
