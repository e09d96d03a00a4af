from dataclasses import replace
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.adapters.store import lake_schema
from indexer.adapters.store.lake import open_lake
from indexer.adapters.store.lake_schema import FILTERS_REMOVED
from indexer.adapters.store.parquet_rows import list_lake_files, read_rows
from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.protocols.signatures import parse_signatures
from indexer.rules.stored.row_sums import sum_rows
from indexer.words.errors import InputError, RetryLaterError
from sql import load_sql
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
    with open_lake(lake_url, tmp_path / "new", REFERENCE) as lake:
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
    with open_lake(*old, REFERENCE) as lake:
        assert "0002_kinds" in lake.updates
        assert {f"table {kind.table}" for kind in REFERENCE.further} <= set(lake.updates)
        assert lake.updates[-1].endswith("Bloom filters removed")
        assert filters_below(old[1]) == 0
        assert count_stopped(lake) == 60
    with open_lake(*old, REFERENCE) as lake:
        assert lake.updates == []


def test_open_lake__reader_of_a_lake_of_before__says_what_to_run(old):
    with pytest.raises(RetryLaterError, match=r"of an older version.*run `pozk index`"):
        open_lake(*old, REFERENCE, read_only=True)
    open_lake(*old, REFERENCE).close()
    with open_lake(*old, REFERENCE, read_only=True) as lake:
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
        open_lake(*old, REFERENCE)
    monkeypatch.undo()
    with pytest.raises(RetryLaterError, match=FILTERS_REMOVED):
        open_lake(*old, REFERENCE, read_only=True)
    with open_lake(*old, REFERENCE) as lake:
        assert lake.updates
        assert filters_below(old[1]) == 0


def test_open_lake__of_a_newer_version__refused(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        lake.execute("COMMENT ON TABLE lake.identity IS '0001_tables 9999_later'")
    for read_only in (False, True):
        with pytest.raises(InputError, match=r"of a newer version.*9999_later"):
            open_lake(lake_url, tmp_path, REFERENCE, read_only=read_only)


def test_append__bytes_that_repeat__no_file_has_a_filter(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        row = {"number": 1, "hash": b"\xf8" * 32, "parent_hash": b"\xc9" * 32, "timestamp": 1, "our_logs": 0}
        lake.append("blocks", pa.Table.from_pylist([row] * 50))
        lake.execute("UPDATE lake.blocks SET our_logs = 2")
        with lake.transaction():
            lake.append("finality", pa.Table.from_pylist([{"number": 1, "hash": b"\xf8" * 32}] * 50))
        assert filters_below(tmp_path) == 0


MOVED = "Moved(uint256 indexed taskId, address indexed from, uint8 way, bytes32 why, string say, bool x)"


def with_lines(*lines):
    """Return the reference protocol with further lines in its catalog."""
    return replace(REFERENCE, further=REFERENCE.further + parse_signatures({"staking": "\n".join(lines)}))


def test_table_statement__a_new_line_of_the_catalog__is_a_table(lake_url, tmp_path):
    open_lake(lake_url, tmp_path, REFERENCE).close()
    with open_lake(lake_url, tmp_path, with_lines(MOVED)) as lake:
        assert lake.updates == ["table moved"]
        schema = lake.query("SELECT * FROM lake.moved").schema
        assert schema.names[5:] == ["task_id", "from_account", "way", "why", "say", "x"]
        assert [str(schema.field(name).type) for name in ("task_id", "way", "x")] == ["binary", "uint8", "bool"]


def test_update_lake__an_event_with_more_arguments__its_table_gets_columns_and_the_old_sums_hold(lake_url, tmp_path):
    first, later = with_lines(MOVED), with_lines(MOVED, MOVED.replace("bool x", "bool x, uint128 fee, string note"))
    old = moved_row()
    with open_lake(lake_url, tmp_path, first) as lake:
        lake.append("moved", old)
    with open_lake(lake_url, tmp_path, later) as lake:
        assert lake.updates == ["column moved.fee", "column moved.note"]
        new = moved_row().append_column("fee", pa.array([Decimal(7)], pa.decimal128(38, 0)))
        lake.append("moved", new.append_column("note", pa.array([b"why not"])))
        stored = [
            rows.to_pylist()
            for rows in read_rows(
                lake.protocol, list_lake_files(lake, "moved"), "moved", later.columns_of("moved"), 0, 9
            )
        ]
        assert sorted([row["fee"], row["note"]] for rows in stored for row in rows if row["fee"]) == [[7, b"why not"]]
        parts = [
            sum_rows(later, "moved", rows)
            for rows in read_rows(
                lake.protocol, list_lake_files(lake, "moved"), "moved", later.columns_of("moved"), 0, 9
            )
        ]
        assert parts[0] == sum_rows(first, "moved", old)
        assert parts[1].amounts == {"fee": 7}
        assert parts[1].hashes != parts[0].hashes
    with open_lake(lake_url, tmp_path, later) as lake:
        assert lake.updates == []


def moved_row():
    """Return one row of the first form of `Moved`."""
    row = dict.fromkeys(("block_number", "log_index", "tx_index", "way"), 1) | {"x": True}
    row |= {"tx_hash": bytes(32), "address": bytes(20), "task_id": bytes(32), "from_account": bytes(20)}
    table = pa.Table.from_pylist([row | {"why": bytes(32), "say": b"so"}])
    types = {"block_number": pa.uint64(), "log_index": pa.uint32(), "tx_index": pa.uint32(), "way": pa.uint8()}
    return table.cast(pa.schema([(field.name, types.get(field.name, field.type)) for field in table.schema]))


def test_open_lake__filled_for_another_protocol__refused(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        lake.append("identity", pa.table({"key": ["protocol"], "value": ["reference"]}))
    with pytest.raises(InputError, match="another protocol, expected reference, got other"):
        open_lake(lake_url, tmp_path, replace(with_lines(MOVED), name="other"))


def test_update_lake__a_lake_that_names_no_protocol__is_the_reference_networks(old):
    with open_lake(*old, REFERENCE) as lake:
        lake.append("identity", pa.table({"key": ["chain_id"], "value": ["1"]}))
        lake.execute(load_sql("lake/0004_protocol"))
        lake.execute(load_sql("lake/0004_protocol"))
        rows = lake.query("SELECT value FROM lake.identity WHERE key = 'protocol'").to_pylist()
        assert rows == [{"value": "reference"}]
