"""A DELETE that is lost, by DuckLake's own doing, and how it is found out."""

from contextlib import contextmanager

import pyarrow as pa
import pytest

from indexer.adapters.store.extensions import connect_with
from indexer.adapters.store.lake import attach_text
from indexer.adapters.store.taken_back import TakenBack, tables_by_block
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRef
from indexer.words.errors import RetryLaterError, UnsoundError
from tests.indexer.adapters.store.test_small_files import commit

pytestmark = pytest.mark.database
FORK = BlockRef(2, bytes([2]) * 32)


@contextmanager
def stranger(lake, folder):
    """Somebody without the writer's lock, who commits as DuckLake does by itself."""
    connection = connect_with("ducklake", "postgres_scanner")
    connection.execute(attach_text(lake.uri, folder / "lake", read_only=False))
    yield connection
    connection.close()


def snapshots(connection):
    return [row[0] for row in connection.execute("SELECT snapshot_id FROM ducklake_snapshots('lake')").fetchall()]


def filled(lake):
    """Store block 1 in a file of its own, and 2 to 5 in another, of which a DELETE leaves a part."""
    commit(lake, 1)
    rows = [
        {"number": n, "hash": bytes([n]) * 32, "parent_hash": b"", "timestamp": n, "our_logs": 0} for n in range(2, 6)
    ]
    lake.append("blocks", pa.Table.from_pylist(rows))


def taken_back_while(lake, meanwhile):
    """Take back what follows the fork; `meanwhile` is called when the transaction has read, and not written yet."""
    with lake.transaction():
        assert lake.query("SELECT count(*) AS n FROM lake.blocks").to_pylist() == [{"n": 5}]
        meanwhile()
        lake.roll_back(FORK)
        lake.ensure_writer()


def numbers(lake):
    return [row["number"] for row in lake.query("SELECT number FROM lake.blocks ORDER BY 1").to_pylist()]


def test_transaction__files_merged_elsewhere_meanwhile__the_roll_back_is_refused(lake, tmp_path):
    filled(lake)
    with stranger(lake, tmp_path) as other:

        def merge():
            other.execute("CALL ducklake_merge_adjacent_files('lake', 'blocks')")

        with pytest.raises(RetryLaterError, match="another process has written to this lake"):
            taken_back_while(lake, merge)
        assert numbers(lake) == [1, 2, 3, 4, 5]
    taken_back_while(lake, lambda: None)
    assert numbers(lake) == [1, 2]


def test_transaction__and_the_snapshots_expired__the_lost_delete_is_found(lake, tmp_path):
    """A DuckLake that no longer loses it fails this test: then what it holds may go."""
    filled(lake)
    with stranger(lake, tmp_path) as other:

        def merge_and_expire():
            before = snapshots(other)
            other.execute("CALL ducklake_merge_adjacent_files('lake', 'blocks')")
            other.execute("CREATE TABLE lake.unrelated (i INTEGER)")
            gone = [each for each in snapshots(other) if each not in before][:-1]
            other.execute("CALL ducklake_expire_snapshots('lake', versions => $gone)", {"gone": gone})

        with pytest.raises(UnsoundError, match=r"still there, expected 0 rows, got 3, at lake\.blocks"):
            taken_back_while(lake, merge_and_expire)


def test_transaction__blocks_taken_back_and_others_put_there__is_asked_and_passes(lake):
    filled(lake)
    with lake.transaction():
        lake.roll_back(FORK)
        lake.append("finality", pa.table({"number": [2, 3], "hash": [b"\3" * 32] * 2}))
    assert numbers(lake) == [1, 2]
    taken = TakenBack(REFERENCE, 3)
    with pytest.raises(UnsoundError, match=r"expected 0 rows, got 1, at lake\.finality from block 3"):
        taken.verify(lake)


def test_tables_by_block__of_a_protocol__every_table_with_a_block(lake):
    sql = "SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE column_name = 'block_number'"
    found = set(lake.query(f"{sql} AND table_catalog = 'lake'").column("name").to_pylist())
    assert found - {"evidence"} == set(tables_by_block(REFERENCE)) - {"blocks", "finality"}
