"""A table of the lake in one snapshot as Spark reads it: our list of files, without deleted rows and later ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from pyspark.sql import DataFrame, SparkSession, functions

from settlement.adapters.spark.column_types import schema_of, spark_columns
from settlement.adapters.spark.lake_files import INTERNAL_SNAPSHOT, DataFile, PinnedLake, StoredTable, spark_path

_PLACE, _FILE = "pozk_place", "pozk_file"
_NAME = r"[^/]+$"
_SNAPSHOT = {INTERNAL_SNAPSHOT: "bigint"}
_DELETIONS = {"file_path": "string", "pos": "bigint"}


def read_table(session: SparkSession, pinned: PinnedLake, table: StoredTable, files: Sequence[DataFile]) -> DataFrame:
    """Return the rows of some files of a table, columns as the table has them."""
    columns = spark_columns(table.columns, table.name)
    whole = [file for file in files if file.deletions is None and not file.is_partial]
    merged = [file for file in files if file.deletions is None and file.is_partial]
    cut = [[file for file in files if file.deletions is not None and file.is_partial == each] for each in (False, True)]
    parts = [_read(session, [file.path for file in whole], columns)] if whole else []
    parts += [_of_snapshot(session, pinned, columns, [file.path for file in merged])] if merged else []
    parts += [_without_deleted(session, pinned, columns, some) for some in cut if some]
    parts = [part.select(*columns) for part in parts]
    return reduce(DataFrame.union, parts) if parts else session.sql(_no_rows(columns))


def _no_rows(columns: Mapping[str, str]) -> str:
    listed = ", ".join(f"CAST(NULL AS {kind}) AS `{name}`" for name, kind in columns.items())
    return f"SELECT {listed} WHERE false"


def _read(session: SparkSession, paths: Sequence[str], columns: Mapping[str, str]) -> DataFrame:
    reader = session.read.schema(schema_of(columns)).option("__globPaths__", "false")  # a path may have brackets
    return reader.parquet(*map(spark_path, paths))


def _of_snapshot(
    session: SparkSession, pinned: PinnedLake, columns: Mapping[str, str], paths: Sequence[str]
) -> DataFrame:
    """Return the rows of merged files that are there in the snapshot."""
    rows = _read(session, paths, {**columns, **_SNAPSHOT})
    return rows.where(rows[INTERNAL_SNAPSHOT] <= pinned.snapshot)


def _without_deleted(
    session: SparkSession, pinned: PinnedLake, columns: Mapping[str, str], files: Sequence[DataFile]
) -> DataFrame:
    """Return the rows of files, all merged or none, but those whose places their files of deletions name."""
    paths = [file.path for file in files]
    is_merged = files[0].is_partial
    rows = _of_snapshot(session, pinned, columns, paths) if is_merged else _read(session, paths, columns)
    named = rows.withColumn(_PLACE, functions.col("_metadata.row_index")).withColumn(
        _FILE, functions.regexp_extract(functions.col("_metadata.file_name"), _NAME, 0)
    )
    gone = [_deletions(session, pinned, files, is_partial=each) for each in (False, True)]
    gone_rows = reduce(DataFrame.union, [each for each in gone if each is not None])
    return named.join(functions.broadcast(gone_rows), [_FILE, _PLACE], "left_anti")


def _deletions(
    session: SparkSession, pinned: PinnedLake, files: Sequence[DataFile], *, is_partial: bool
) -> DataFrame | None:
    """Return (file name, place) of deleted rows; a lake that was moved names its files by where they were."""
    found = [file.deletions for file in files if file.deletions is not None]
    paths = [each.path for each in found if each.is_partial == is_partial]
    if not paths:
        return None
    rows = _of_snapshot(session, pinned, _DELETIONS, paths) if is_partial else _read(session, paths, _DELETIONS)
    return rows.select(functions.regexp_extract("file_path", _NAME, 0).alias(_FILE), rows["pos"].alias(_PLACE))
