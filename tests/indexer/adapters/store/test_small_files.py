import pyarrow as pa
import pytest

from indexer.adapters.store.lake import open_lake
from indexer.adapters.store.small_files import merge_small_files
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRef

pytestmark = pytest.mark.database
TABLES = ("blocks", "coverage", "evidence")


def commit(lake, *numbers):
    """Commit each block by itself, with its line of the ledger, as following the head does."""
    for n in numbers:
        hashes = {name: bytes([n]) * 32 for name in ("parent_hash", "from_hash", "to_hash")}
        line = {"from_block": n, "to_block": n, "level": "receipts", "our_logs": 0, "quarantined": 0, "source": "n"}
        with lake.transaction():
            row = {"number": n, "hash": bytes([n]) * 32, "parent_hash": bytes(32), "timestamp": n, "our_logs": 0}
            lake.append("blocks", pa.Table.from_pylist([row]))
            lake.append("coverage", pa.Table.from_pylist([line | hashes]))


def rows_of(lake):
    return {table: lake.query(f"SELECT * FROM lake.{table} ORDER BY ALL").to_pylist() for table in TABLES}


def files_of(folder, table):
    return {path.name for path in (folder / "lake" / "main" / table).glob("*.parquet")}


def current_files(lake, table):
    return lake.query(
        "SELECT count(*) AS n FROM __ducklake_metadata_lake.lake.ducklake_data_file AS f "
        "JOIN __ducklake_metadata_lake.lake.ducklake_table AS t USING (table_id) "
        "WHERE t.table_name = $table AND f.end_snapshot IS NULL",
        {"table": table},
    ).to_pylist()[0]["n"]


def test_merge_small_files__fewer_than_it_takes__nothing_happens(lake, tmp_path):
    commit(lake, 1, 2)
    files = files_of(tmp_path, "blocks")
    assert merge_small_files(lake, loose_files=3) == []
    lake.merge_small_files()
    assert files_of(tmp_path, "blocks") == files
    assert current_files(lake, "blocks") == 2


def test_merge_small_files__many_commits__one_file_with_the_same_rows(lake):
    commit(lake, *range(1, 9))
    before = rows_of(lake)
    assert merge_small_files(lake, loose_files=3) == ["blocks", "coverage"]
    assert current_files(lake, "blocks") == current_files(lake, "coverage") == 1
    assert rows_of(lake) == before
    assert lake.last_block() == BlockRef(8, bytes([8]) * 32)
    commit(lake, 9, 10)
    assert merge_small_files(lake, loose_files=3) == ["blocks", "coverage"]
    assert [row["number"] for row in rows_of(lake)["blocks"]] == list(range(1, 11))


def test_merge_small_files__blocks_taken_back_before_and_after__stay_away(lake):
    commit(lake, *range(1, 9))
    lake.roll_back(BlockRef(6, bytes([6]) * 32))
    merge_small_files(lake, loose_files=3)
    assert [row["number"] for row in rows_of(lake)["blocks"]] == list(range(1, 7))
    lake.roll_back(BlockRef(4, bytes([4]) * 32))
    commit(lake, 5, 6, 7)
    before = rows_of(lake)
    merge_small_files(lake, loose_files=3)
    assert rows_of(lake) == before
    assert [row["number"] for row in before["blocks"]] == list(range(1, 8))
    assert sum(row["to_block"] - row["from_block"] + 1 for row in before["coverage"]) == 7


def test_merge_small_files__rows_without_a_block_number__stay(lake):
    for node in "abc":
        row = {"block_number": None, "node": node, "kind": "head", "said": "nonsense"}
        lake.append("evidence", pa.table({name: pa.array([value]) for name, value in row.items()}))
    before = rows_of(lake)
    assert merge_small_files(lake, loose_files=3) == ["evidence"]
    assert rows_of(lake) == before


def test_merge_small_files__reader_that_began_before__reads_on_to_its_end(lake, tmp_path):
    commit(lake, *range(1, 9))
    with open_lake(lake.uri, tmp_path, REFERENCE, read_only=True) as reader, reader.transaction():
        assert reader.last_block().number == 8
        merge_small_files(lake, loose_files=3)
        commit(lake, 9)
        assert [row["number"] for row in rows_of(reader)["blocks"]] == list(range(1, 9))


def test_merge_small_files__files_out_of_use_for_long_enough__are_removed(lake, tmp_path):
    commit(lake, *range(1, 9))
    lake.roll_back(BlockRef(6, bytes([6]) * 32))
    before, old = rows_of(lake), files_of(tmp_path, "blocks")
    merge_small_files(lake, loose_files=3)
    assert old < files_of(tmp_path, "blocks")
    next(iter((tmp_path / "lake" / "main" / "blocks").glob(next(iter(old))))).unlink()  # removed already, by a kill
    commit(lake, 7, 8)
    merge_small_files(lake, loose_files=3, stay_hours=0)
    commit(lake, 9, 10)
    merge_small_files(lake, loose_files=3, stay_hours=0)
    assert not old & files_of(tmp_path, "blocks")
    assert [row["number"] for row in rows_of(lake)["blocks"]] == list(range(1, 11))
    assert rows_of(lake)["blocks"][:6] == before["blocks"]


def test_merge_small_files__somebody_reads_with_a_lease__the_files_stay_until_it_is_closed(lake, tmp_path):
    commit(lake, *range(1, 6))
    reader = lake.cursor()
    reader.begin()
    reader.hold_snapshot()
    files = files_of(tmp_path, "blocks")
    assert merge_small_files(lake, loose_files=3, stay_hours=0)
    assert files_of(tmp_path, "blocks") > files
    reader.close()
    commit(lake, *range(6, 9))
    assert merge_small_files(lake, loose_files=3, stay_hours=0)
    assert len(files_of(tmp_path, "blocks")) == 1
