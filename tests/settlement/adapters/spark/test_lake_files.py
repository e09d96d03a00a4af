"""Which files hold a table, by the catalog; needs no Spark."""

import fsspec
import numpy as np
import pyarrow.parquet as pq
import pytest

from indexer.adapters.store.parquet_rows import LakeFile, list_lake_files, read_rows
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.row_tallies import KeptRows, Span, tally_files
from settlement.adapters.spark.lake_files import (
    DataFile,
    PinnedLake,
    load_table,
    pin_lake,
    resolve_path,
    spark_path,
)
from settlement.adapters.spark.spark_tallies import lake_files
from settlement.adapters.spark.statements import Blocks, spark_statement
from tests.settlement.adapters.spark.worlds import FORMS, fill, some_chain
from tests.support.object_store import BUCKET, object_store


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ((("main/", True), ("blocks/", True), ("a.parquet", True)), "s3://lake/main/blocks/a.parquet"),
        ((("main/", True), ("s3://other/blocks/", False), ("a.parquet", True)), "s3://other/blocks/a.parquet"),
        ((("/x/", False), ("blocks/", True), ("a.parquet", True)), "/x/blocks/a.parquet"),
        ((("main/", True), ("blocks/", True), ("/b/a.parquet", False)), "/b/a.parquet"),
    ],
)
def test_resolve_path__relative_or_not__by_the_flags(parts, path):
    assert resolve_path("s3://lake/", *parts) == path


def test_meets__blocks_of_a_file__are_those_between_its_bounds():
    file = DataFile("a", 1, None, False, 5, 9)
    assert [file.meets(*span) for span in ((0, 4), (0, 5), (9, 20), (10, None), (None, None))] == [0, 1, 1, 0, 1]
    assert DataFile("a", 1, None, False, None, None).meets(0, 0)


@pytest.mark.database
@pytest.mark.parametrize("form", FORMS)
def test_load_table__lake_in_any_form__is_what_duckdb_lists_with_the_same_rows(lake, form):
    fill(lake, some_chain(1), form)
    with lake.transaction():
        pinned = pin_lake(lake)
        for table in ("blocks", "proof_verified", "stake_changed", "epoch_voided"):
            stored = load_table(lake, pinned, table, REFERENCE.block_column(table))
            ours = [LakeFile(file.path, file.deletions and file.deletions.path) for file in stored.files]
            assert sorted(ours, key=lambda file: file.rows) == list_lake_files(lake, table)
            columns = REFERENCE.columns_of(table)
            for file in stored.files:
                numbers = pq.read_table(file.path)[columns[0]].to_pylist()
                assert (file.low, file.high, file.rows) == (min(numbers), max(numbers), len(numbers))
            urls = [LakeFile(f"file://{file.rows}", file.deletions and f"file://{file.deletions}") for file in ours]
            as_urls, as_paths = (list(read_rows(REFERENCE, files, table, columns, 0, 99)) for files in (urls, ours))
            assert as_urls == as_paths


@pytest.mark.database
def test_load_table__lake_in_an_object_store__has_the_rows_and_sums_of_the_folder(lake):
    fill(lake, some_chain(1), "rolled back")
    with object_store(), lake.transaction():
        here = pin_lake(lake)
        there = PinnedLake(here.snapshot, f"{BUCKET}/data/")
        fsspec.filesystem("s3").put(here.data_path, there.data_path, recursive=True)
        for table in ("proof_verified", "stake_changed"):
            column, columns = REFERENCE.block_column(table), REFERENCE.columns_of(table)
            span, found = Span(table, columns, np.array([0, 50], dtype=np.uint64), 99, 10, 90), []
            for pinned in (here, there):
                files = lake_files(load_table(lake, pinned, table, column), span)
                assert any(file.deletions for file in files)
                assert all(file.rows.startswith(pinned.data_path) for file in files)
                kept = KeptRows()
                found.append((tally_files(REFERENCE, files, span, kept), kept.tables))
            assert found[0] == found[1]


def test_spark_path__local_and_object_stores__are_what_spark_reads():
    assert spark_path("/a b/[c] %20.parquet") == "file:///a b/[c] %20.parquet"
    assert spark_path("s3://lake/a.parquet") == "s3a://lake/a.parquet"
    assert spark_path("file:///lake/a.parquet") == "file:///lake/a.parquet"


def test_spark_statement__what_every_row_must_meet__bounds_the_blocks():
    text = (
        "SELECT a FROM lake.stakes AS s"
        " WHERE s.block_number BETWEEN $low AND $high AND (s.block_number < 3 OR s.x = $who)"
        " UNION ALL SELECT a FROM lake.stakes WHERE block_number <= $low OR block_number >= $high"
    )
    seen = []

    def view_of(table, blocks):
        seen.append((table, blocks))
        return "v"

    params = {"low": 5, "high": 9, "who": b"\x01\xff"}
    made = spark_statement(text, params, lambda _: "block_number", view_of)
    assert seen == [("stakes", Blocks(5, 9)), ("stakes", Blocks(None, None))]
    assert "CAST(5 AS DECIMAL(20, 0))" in made
    assert "X'01FF'" in made.upper()
