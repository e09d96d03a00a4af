import os
import subprocess
import sys
import threading

import psycopg
import pyarrow as pa
import pytest

from indexer.adapters.postgres.database import connect
from indexer.adapters.store import lake as lake_module
from indexer.adapters.store.connection import interrupt_connections
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRef
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT
from sql import load_sql
from tests.indexer.adapters.postgres.test_database import reader_of
from tests.support.pooler import TransactionPooler

pytestmark = pytest.mark.database


def coverage(from_block, to_block):
    row = {"from_block": from_block, "to_block": to_block, "level": "receipts", "our_logs": 0, "quarantined": 0}
    hashes = {name: bytes([to_block]) * 32 for name in ("parent_hash", "from_hash", "to_hash")}
    return pa.Table.from_pylist([row | hashes | {"source": "n"}])


def blocks(*numbers):
    rows = [
        {"number": n, "hash": bytes([n]) * 32, "parent_hash": bytes(32), "timestamp": n, "our_logs": 0} for n in numbers
    ]
    return pa.Table.from_pylist(rows)


def test_append__amounts_at_the_limit_and_bytes__come_back_exactly(lake):
    row = {
        "block_number": 2**64 - 1,
        "log_index": 2**32 - 1,
        "tx_index": 0,
        "tx_hash": b"\0" * 32,
        "address": b"\xff" * 20,
    }
    amount = pa.array([-AMOUNT_LIMIT], pa.decimal128(38, 0))
    values = row | {"app": b"\1" * 20, "account": b"\0" * 20, "role": 1, "effective_epoch": 2**64 - 1}
    unsigned = {"block_number": pa.uint64(), "effective_epoch": pa.uint64()}
    table = pa.table(
        {name: pa.array([value], unsigned.get(name)) for name, value in values.items()} | {"delta": amount}
    )
    lake.append("stake_changed", table)
    stored = lake.query("SELECT * FROM lake.stake_changed").to_pylist()
    assert stored == [values | {"delta": -AMOUNT_LIMIT}]


def test_interrupt_connections__a_query_of_another_thread__ends_with_an_error(lake):
    found = []

    def work():
        with pytest.raises(UnsoundError, match="INTERRUPT"):
            lake.query("SELECT sum(a.i * b.i) AS s FROM range(10000000) AS a (i), range(10000) AS b (i)")
        found.append("ended")

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        interrupt_connections()
        thread.join(0.05)
    assert found == ["ended"]


def test_last_block__empty_lake__none(lake):
    assert lake.last_block() is None
    assert lake.finalized_head() is None


def test_last_block__several_ranges__the_greatest(lake):
    lake.append("blocks", blocks(1, 2, 3, 4))
    lake.append("coverage", coverage(1, 2))
    lake.append("coverage", coverage(3, 4))
    lake.append("finality", pa.table({"number": [1, 3], "hash": [b"\1" * 32, b"\3" * 32]}))
    assert lake.last_block() == BlockRef(4, b"\4" * 32)
    assert lake.finalized_head() == BlockRef(3, b"\3" * 32)


def test_transaction__error_inside__nothing_stays(lake):
    def fail_inside():
        with lake.transaction():
            lake.append("blocks", blocks(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert lake.query("SELECT count(*) AS n FROM lake.blocks").to_pylist() == [{"n": 0}]
    lake.append("blocks", blocks(2))
    assert lake.query("SELECT number FROM lake.blocks").to_pylist() == [{"number": 2}]


def test_transaction__reader_beside_a_writer__one_snapshot(lake, tmp_path):
    with open_lake(lake.uri, tmp_path, REFERENCE, read_only=True) as reader, reader.transaction():
        assert reader.query("SELECT count(*) AS n FROM lake.blocks").to_pylist() == [{"n": 0}]
        lake.append("blocks", blocks(1))
        assert reader.query("SELECT count(*) AS n FROM lake.blocks").to_pylist() == [{"n": 0}]


def test_query__bound_parameters__used(lake):
    lake.append("blocks", blocks(1, 2, 3))
    rows = lake.query("SELECT number FROM lake.blocks WHERE number > $low ORDER BY number", {"low": 1}).to_pylist()
    assert [row["number"] for row in rows] == [2, 3]


def test_query__wrong_sql__input_error_of_one_line(lake):
    with pytest.raises(InputError, match="the query is wrong") as caught:
        lake.query("SELEC 1")
    assert "\n" not in caught.value.line()


def test_open_lake__second_writer__one_clear_line(lake, tmp_path):
    with pytest.raises(RetryLaterError, match="another indexer writes to this lake"):
        open_lake(lake.uri, tmp_path, REFERENCE)


def test_open_lake__reader_without_a_lake__says_what_to_run(database_url, tmp_path):
    with pytest.raises(RetryLaterError, match="run pozk index first"):
        open_lake(database_url, tmp_path, REFERENCE, read_only=True)


def test_open_lake__moved_data_directory__rows_are_found(database_url, tmp_path):
    before, after = tmp_path / "a", tmp_path / "b"
    with open_lake(database_url, before, REFERENCE) as opened:
        opened.append("blocks", blocks(1))
    before.rename(after)
    with open_lake(database_url, after, REFERENCE) as opened:
        assert opened.query("SELECT number FROM lake.blocks").to_pylist() == [{"number": 1}]


def test_ensure_writer__lock_lost_with_its_connection__retry_later(lake):
    lake.ensure_writer()
    with psycopg.connect(lake.uri, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    with pytest.raises(RetryLaterError, match="lock on the lake was lost"):
        lake.ensure_writer()


def test_query__connections_of_the_catalog_cut__retry_later_or_connected_again(lake):
    lake.append("blocks", blocks(1))
    with psycopg.connect(lake.uri, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    try:
        rows = lake.query("SELECT number FROM lake.blocks").to_pylist()
    except RetryLaterError:
        rows = [{"number": 1}]
    assert rows == [{"number": 1}]


CUT = """
import sys, time
from pathlib import Path
import psycopg
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import RetryLaterError

url, others = sys.argv[1], "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
with open_lake(url, Path(sys.argv[2]), REFERENCE, read_only=True) as lake:
    lake.begin()
    lake.query("SELECT 1 FROM lake.blocks")
    with psycopg.connect(url) as connection:
        connection.execute(others + " AND pid <> pg_backend_pid()")
    time.sleep(0.2)
    for _ in range(int(sys.argv[3])):
        try:
            lake.query("SELECT 1 FROM lake.claimed")
        except RetryLaterError:
            print("later")
print("closed")
"""


@pytest.mark.parametrize("queries", [0, 2])
def test_close__connection_of_its_snapshot_was_cut__try_again_and_the_process_lives(lake_url, tmp_path, queries):
    open_lake(lake_url, tmp_path, REFERENCE).close()
    command = [sys.executable, "-c", CUT, lake_url, str(tmp_path), str(queries)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["later"] * queries + ["closed"], done.stderr


def test_open_lake__again__changes_nothing(database_url, tmp_path):
    with open_lake(database_url, tmp_path, REFERENCE) as opened:
        opened.append("blocks", blocks(1))
        assert opened.updates == []
    with open_lake(database_url, tmp_path, REFERENCE) as opened:
        assert opened.updates == []
        assert opened.query("SELECT number FROM lake.blocks").to_pylist() == [{"number": 1}]


def test_open_lake__pooler_in_transaction_mode__second_writer_is_refused(database_url, tmp_path):
    with TransactionPooler(database_url) as pooler, open_lake(pooler.uri, tmp_path, REFERENCE) as first:
        first.append("blocks", blocks(1))
        with pytest.raises(RetryLaterError, match="another indexer writes to this lake"):
            open_lake(pooler.uri, tmp_path, REFERENCE)
        first.ensure_writer()
        assert first.query("SELECT number FROM lake.blocks").to_pylist() == [{"number": 1}]


def test_transaction__another_writer_in_spite_of_the_lock__one_row_a_block(database_url, tmp_path, monkeypatch):
    monkeypatch.setattr(lake_module, "hold_lock", lambda uri, _: connect(uri))
    with open_lake(database_url, tmp_path, REFERENCE) as one, open_lake(database_url, tmp_path, REFERENCE) as two:
        for number in (1, 2):
            with pytest.raises(RetryLaterError, match="another process has written to this lake"):
                store_in_between(two, one, blocks(number))
            rows = one.query("SELECT number, count(*) AS rows FROM lake.blocks GROUP BY number ORDER BY number")
            assert rows.to_pylist() == [{"number": n, "rows": 1} for n in range(1, number + 1)]


def test_open_lake__role_that_only_reads__reads_and_is_refused_as_a_writer(database_url, tmp_path):
    with open_lake(database_url, tmp_path, REFERENCE) as lake, connect(database_url) as owner:
        lake.append("blocks", blocks(1))
        uri = reader_of(owner, database_url)
        owner.execute("GRANT USAGE ON SCHEMA lake TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA lake TO PUBLIC")
    with open_lake(uri, tmp_path, REFERENCE, read_only=True) as reader:
        assert reader.query("SELECT number FROM lake.blocks").to_pylist() == [{"number": 1}]
    with pytest.raises(InputError, match="this role or server only reads"):
        open_lake(uri, tmp_path, REFERENCE)


def test_open_lake__read_only_server__reads_and_is_refused_as_a_writer(database_url, tmp_path):
    with open_lake(database_url, tmp_path, REFERENCE) as lake:
        lake.append("blocks", blocks(1))
    with connect(database_url) as owner:
        owner.execute(f'ALTER DATABASE "{owner.info.dbname}" SET default_transaction_read_only = on')
    with open_lake(database_url, tmp_path, REFERENCE, read_only=True) as reader:
        assert reader.query("SELECT number FROM lake.blocks").to_pylist() == [{"number": 1}]
    with pytest.raises(InputError, match="this role or server only reads"):
        open_lake(database_url, tmp_path, REFERENCE)


@pytest.mark.parametrize("read_only", [False, True])
def test_open_lake__database_of_another_data_dir__is_refused(database_url, tmp_path, read_only):
    with open_lake(database_url, tmp_path / "one", REFERENCE) as lake:
        lake.append("blocks", blocks(1))
    with pytest.raises(InputError, match="the database belongs to the lake of another data_dir"):
        open_lake(database_url, tmp_path / "two", REFERENCE, read_only=read_only)


@pytest.mark.parametrize("is_linked", [False, True])
def test_open_lake__newest_file_alone_is_gone_or_a_link_to_itself__opens_for_the_audit(lake_url, tmp_path, is_linked):
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        lake.append("blocks", blocks(1))
        lake.append("blocks", blocks(2))
        (newest,) = lake.query(load_sql("lake/newest_files"), {"most": 1}).column("path").to_pylist()
    path = tmp_path / "lake" / newest
    path.unlink()
    if is_linked:
        path.symlink_to(path)
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        assert [each[0] for each in lake.forget_broken_files()] == ["blocks"]
        assert lake.query("SELECT number FROM lake.blocks").to_pylist() == [{"number": 1}]


@pytest.mark.parametrize("read_only", [False, True])
def test_open_lake__pipe_in_the_place_of_a_file__is_refused_and_not_waited_for(lake_url, tmp_path, read_only):
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        lake.append("blocks", blocks(1))
    (path,) = (tmp_path / "lake" / "main" / "blocks").glob("*.parquet")
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(UnsoundError, match="a pipe or a device"):
        open_lake(lake_url, tmp_path, REFERENCE, read_only=read_only)


def store_in_between(slow, quick, rows):
    """Store the same rows by two writers, one of which commits inside the other's transaction."""
    with slow.transaction():
        slow.last_block()
        slow.append("blocks", rows)
        with quick.transaction():
            quick.append("blocks", rows)


def test_remembered__what_was_committed_since_by_us_or_others__is_read(lake_url, tmp_path):
    reads = []
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        for _ in range(2):
            assert lake.remembered("n", lambda: reads.append(1) or len(reads)) == 1
        with lake.transaction():
            lake.append("finality", pa.Table.from_pylist([{"number": 1, "hash": bytes(32)}]))
            assert lake.remembered("n", lambda: reads.append(1) or len(reads)) == 2  # inside: read every time
        assert lake.remembered("n", lambda: reads.append(1) or len(reads)) == 3
        with psycopg.connect(lake_url, autocommit=True) as other:
            other.execute(
                "INSERT INTO lake.ducklake_snapshot (snapshot_id, schema_version) "
                "SELECT max(snapshot_id) + 1, max(schema_version) FROM lake.ducklake_snapshot"
            )
        assert lake.remembered("n", lambda: reads.append(1) or len(reads)) == 4
