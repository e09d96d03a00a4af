import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.adapters.store import lake_schema
from indexer.adapters.store.lake import open_lake
from indexer.adapters.store.lake_schema import FILTERS_REMOVED, table_statement
from indexer.rules.events.catalog import FURTHER, parse_signature
from indexer.words.errors import InputError, RetryLaterError
from tests.conftest import create_database
from tests.indexer.old_lake import copy_as_old
from tests.settlement.adapters.events import MadeUpChain

pytestmark = pytest.mark.database


@pytest.fixture
def old(lake_url, postgres, tmp_path):
    """The URI and folder of a lake of the first form, with many rows of few addresses."""
    chain = MadeUpChain().mine()
    for number in range(60):
        chain.emit("app_stopped", app=b"\xf8\xc9" * 10, from_epoch=number)
    with open_lake(lake_url, tmp_path / "new") as lake:
        chain.mine().store(lake)
        uri = create_database(postgres)
        copy_as_old(lake, uri, tmp_path / "old")
    return uri, tmp_path / "old"


def filters_below(folder):
    """Return how many column chunks of the files in a folder have a Bloom filter."""
    count = 0
    for path in (folder / "lake").rglob("*.parquet"):
        metadata = pq.read_metadata(path)
        for group in range(metadata.num_row_groups):
            columns = [metadata.row_group(group).column(column) for column in range(metadata.num_columns)]
            count += sum(column.to_dict()["bloom_filter_offset"] is not None for column in columns)
    return count


def count_stopped(lake):
    sql = "SELECT count(*) AS n FROM lake.app_stopped WHERE app = $app"
    return lake.query(sql, {"app": b"\xf8\xc9" * 10}).to_pylist()[0]["n"]


def test_update_lake__lake_of_before__opened_once_and_said(old):
    assert filters_below(old[1]) > 0
    with open_lake(*old) as lake:
        assert "0002_kinds" in lake.updates
        assert {f"table {kind.table}" for kind in FURTHER} <= set(lake.updates)
        assert lake.updates[-1].endswith("Bloom filters removed")
        assert filters_below(old[1]) == 0
        assert count_stopped(lake) == 60
    with open_lake(*old) as lake:
        assert lake.updates == []


def test_open_lake__reader_of_a_lake_of_before__says_what_to_run(old):
    with pytest.raises(RetryLaterError, match=r"of an older version.*run `pozk index`"):
        open_lake(*old, read_only=True)
    open_lake(*old).close()
    with open_lake(*old, read_only=True) as lake:
        assert count_stopped(lake) == 60


def test_update_lake__killed_while_filters_are_removed__goes_on(old, monkeypatch):
    calls = []

    def fail_third(path):
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return 0

    monkeypatch.setattr(lake_schema, "remove_filters", fail_third)
    with pytest.raises(KeyboardInterrupt):
        open_lake(*old)
    monkeypatch.undo()
    with pytest.raises(RetryLaterError, match=FILTERS_REMOVED):
        open_lake(*old, read_only=True)
    with open_lake(*old) as lake:
        assert lake.updates
        assert filters_below(old[1]) == 0


def test_open_lake__of_a_newer_version__refused(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path) as lake:
        lake.execute("COMMENT ON TABLE lake.identity IS '0001_tables 9999_later'")
    for read_only in (False, True):
        with pytest.raises(InputError, match=r"of a newer version.*9999_later"):
            open_lake(lake_url, tmp_path, read_only=read_only)


def test_append__bytes_that_repeat__no_file_has_a_filter(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path) as lake:
        row = {"number": 1, "hash": b"\xf8" * 32, "parent_hash": b"\xc9" * 32, "timestamp": 1, "our_logs": 0}
        lake.append("blocks", pa.Table.from_pylist([row] * 50))
        lake.execute("UPDATE lake.blocks SET our_logs = 2")
        with lake.transaction():
            lake.append("finality", pa.Table.from_pylist([{"number": 1, "hash": b"\xf8" * 32}] * 50))
        assert filters_below(tmp_path) == 0


def test_table_statement__a_new_line_of_the_catalog__is_a_table(lake_url, tmp_path):
    kind = parse_signature(
        "Moved(uint256 indexed taskId, address indexed from, uint8 way, bytes32 why, string say, bool x)"
    )
    with open_lake(lake_url, tmp_path) as lake:
        lake.execute(table_statement(kind))
        schema = lake.query("SELECT * FROM lake.moved").schema
        assert schema.names[5:] == ["task_id", "from_account", "way", "why", "say", "x"]
        assert [str(schema.field(name).type) for name in ("task_id", "way", "x")] == ["binary", "uint8", "bool"]
