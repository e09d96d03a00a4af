"""An audit fills the ledger of sums, finds what differs, and repairs it from the nodes."""

import shutil
from functools import partial
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from indexer.adapters.nodes.pool import with_bundle
from indexer.adapters.store.lake import open_lake
from indexer.adapters.store.ledger import load_ledger
from indexer.adapters.store.parquet_rows import list_lake_files, read_rows
from indexer.adapters.store.receipts_bundle import BundleWriter
from indexer.flows.runs.audit import audit, audit_final, first_uncovered
from indexer.flows.runs.export import export_receipts
from indexer.flows.runs.ingest import ingest
from indexer.flows.storing.identity import load_identity
from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.stored.range_sums import RangeSums, joined
from indexer.rules.stored.row_sums import sum_rows
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.errors import BrokenFileError, RetryLaterError
from tests.conftest import create_database, database_name, drop_database
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings

pytestmark = pytest.mark.database
SMALL = {"commit_blocks": 12, "max_range": 6}


@pytest.fixture(scope="module")
def chain():
    return make_chain(83, 44, finality_lag=4)


@pytest.fixture
def node(chain):
    with FaultyNode(chain, FaultPlan(0, {})) as serving:
        yield serving


@pytest.fixture(scope="module")
def filled_once(chain, postgres, lake_template, tmp_path_factory):
    """The database and the folder of a lake filled from the chain, to be copied, and its ledger."""
    folder, uri = tmp_path_factory.mktemp("filled"), create_database(postgres, lake_template)
    with FaultyNode(chain, FaultPlan(0, {})) as serving, open_lake(uri, folder, REFERENCE) as lake:
        filled(lake, serving)
        ledger = ledger_of(lake)
    return database_name(uri), folder, ledger


@pytest.fixture
def before(filled_once):
    """The ledger of that lake."""
    return filled_once[2]


@pytest.fixture
def stored(filled_once, postgres, tmp_path):
    """A function that opens a copy of that lake, in the folder `lake`."""
    database, folder, _ = filled_once
    shutil.copytree(folder, tmp_path / "lake")
    uri = create_database(postgres, database)
    yield partial(open_lake, uri, tmp_path / "lake", REFERENCE)
    drop_database(postgres, uri)


def sums_of_files(lake, last):
    """Return what the stored rows sum up to, read from the files."""
    found = RangeSums(BlockRange(0, last), {})
    for table in REFERENCE.summed_tables:
        with lake.transaction():
            for rows in read_rows(REFERENCE, list_lake_files(lake, table), table, REFERENCE.columns_of(table), 0, last):
                found = RangeSums(
                    found.blocks, {**found.tables, table: found.of(table).plus(sum_rows(REFERENCE, table, rows))}
                )
    return {name: sums for name, sums in found.tables.items() if sums.rows}


def ledger_of(lake):
    ranges = load_ledger(lake, 0, 2**60)
    assert [each.blocks.from_block for each in ranges[1:]] == [each.blocks.to_block + 1 for each in ranges[:-1]]
    (whole,) = joined(ranges, 10**9)
    return dict(whole.tables)


def filled(lake, node):
    ingest(patient_chain(node.url), lake, settings(**SMALL))


def audited(lake, chain, node, low=0):
    return audit(patient_chain(node.url), lake, settings(**SMALL), BlockRange(low, chain.final)).differences


def final_audited(lake, node):
    return audit_final(patient_chain(node.url), lake, settings()).differences


def audited_at_once(lake, chain, node):
    return audit(patient_chain(node.url), lake, settings(), BlockRange(0, chain.final)).differences


def test_ingest__any_commits__the_ledger_is_what_the_files_sum_up_to(new_lake, chain, node):
    with new_lake("lake") as lake:
        filled(lake, node)
        assert ledger_of(lake) == sums_of_files(lake, chain.final)
        ref = BlockRef(13, bytes.fromhex(chain.blocks[13].block["hash"][2:]))
        with lake.transaction():
            lake.roll_back(ref)
        assert ledger_of(lake) == sums_of_files(lake, 13)
        filled(lake, node)
        assert ledger_of(lake) == sums_of_files(lake, chain.final)
        assert contents(lake) == expected_contents(chain)


def test_audit__lake_without_ledger__fills_it(stored, chain, node):
    with stored() as lake:
        lake.execute("DELETE FROM lake.ledger")
        assert audited(lake, chain, node) == ()
        assert ledger_of(lake) == sums_of_files(lake, chain.final)


def test_audit__rows_altered_lost_and_added__named_and_repaired(stored, before, chain, node):
    with stored() as lake:
        lake.execute("UPDATE lake.blocks SET our_logs = our_logs + 1 WHERE number = 5")
        lake.execute("DELETE FROM lake.proof_verified WHERE block_number BETWEEN 10 AND 20")
        held = contents(lake)
        other = next(table for table in held if table not in ("blocks", "proof_verified") and held[table])
        lake.execute(f"INSERT INTO lake.{other} SELECT * FROM lake.{other}")
        found = audited(lake, chain, node, low=3)
        assert {"blocks", other} <= {each.table for each in found}
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before == sums_of_files(lake, chain.final)
        assert audited_at_once(lake, chain, node) == ()


@pytest.mark.parametrize("fault", ["missing", "broken"])
def test_audit__files_missing_or_broken__their_rows_are_fetched_again(stored, before, chain, node, tmp_path, fault):
    for table in ("proof_verified", "app_approved", "claimed"):
        for path in sorted((tmp_path / "lake" / "lake" / "main" / table).glob("*.parquet"))[:1]:
            if fault == "missing":
                path.unlink()
            else:
                path.write_bytes(path.read_bytes()[:30])
    with stored() as lake:
        found = audited_at_once(lake, chain, node)
        assert {each.expected for each in found if each.expected.startswith("the file")}
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before
        assert audited_at_once(lake, chain, node) == ()


@pytest.mark.parametrize(
    ("table", "fault"),
    [("coverage", "broken"), ("finality", "broken"), ("kinds", "missing"), ("kinds", "broken"), ("ledger", "broken")],
)
def test_audit__notes_missing_or_broken__are_written_again(stored, before, chain, node, tmp_path, table, fault):
    (path, *_) = sorted((tmp_path / "lake" / "lake" / "main" / table).glob("*.parquet"))
    if fault == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:30])
    with stored() as lake:
        found = audited_at_once(lake, chain, node)
        assert [each.table for each in found] == [table]
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before
        assert audited_at_once(lake, chain, node) == ()
        assert first_uncovered(lake, BlockRange(0, chain.final), settings()) is None
        filled(lake, node)
        assert lake.finalized_head().number == chain.final


@pytest.mark.parametrize(
    ("table", "written", "turned"),
    [("ledger", b'"rows"', b'"row{"'), ("ledger", b'{"', b"[2"), ("coverage", b"receipts", b"receiptr")],
)
def test_audit__bit_turned_over_in_the_text_of_a_note__is_written_again(
    stored, before, chain, node, tmp_path, table, written, turned
):
    (path, *_) = sorted((tmp_path / "lake" / "lake" / "main" / table).glob("*.parquet"))
    whole = path.read_bytes()
    assert written in whole
    path.write_bytes(whole.replace(written, turned, 1))
    with stored() as lake:
        assert [each.table for each in audited_at_once(lake, chain, node)] == [table]
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before
        assert audited_at_once(lake, chain, node) == ()
        assert first_uncovered(lake, BlockRange(0, chain.final), settings()) is None


def test_audit_final__all_files_of_blocks_lost__mends_them(stored, before, chain, node, tmp_path):
    for path in (tmp_path / "lake" / "lake" / "main" / "blocks").glob("*.parquet"):
        path.unlink()
    with stored() as lake:
        with pytest.raises(BrokenFileError, match="index --audit"):
            lake.finalized_head()
        assert {each.table for each in final_audited(lake, node)} == {"blocks"}
        filled(lake, node)
        assert lake.finalized_head().number == chain.final
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before


def test_audit_final__what_was_final_is_lost__the_next_run_says_it_again(stored, before, chain, node, tmp_path):
    for path in (tmp_path / "lake" / "lake" / "main" / "finality").glob("*.parquet"):
        path.unlink()
    with stored() as lake:
        with pytest.raises(BrokenFileError, match="index --audit"):
            lake.finalized_head()
        with pytest.raises(RetryLaterError, match="run `pozk index` first"):
            final_audited(lake, node)
        filled(lake, node)
        assert lake.finalized_head().number == chain.final
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before


def test_audit__two_files_of_the_ledger_of_coverage_exchanged__both_are_written_again(stored, chain, node, tmp_path):
    exchange(*sorted((tmp_path / "lake" / "lake" / "main" / "coverage").glob("*.parquet"))[-2:])
    with stored() as lake:
        assert [each.table for each in audited_at_once(lake, chain, node)] == ["coverage"] * 2
        assert first_uncovered(lake, BlockRange(0, chain.final), settings()) is None


def exchange(one, other):
    beside = one.with_suffix(".beside")
    one.rename(beside)
    other.rename(one)
    beside.rename(other)


def test_audit__identity_broken__is_written_again_by_the_next_run(stored, chain, node, tmp_path):
    with stored() as lake:
        before = load_identity(lake)
        for path in (tmp_path / "lake" / "lake" / "main" / "identity").glob("*.parquet"):
            path.write_bytes(path.read_bytes()[:30])
        assert {each.table for each in audited_at_once(lake, chain, node)} == {"identity"}
        filled(lake, node)
        assert load_identity(lake) == before
        assert contents(lake) == expected_contents(chain)


def test_audit__two_columns_exchange_their_numbers__the_file_is_fetched_again(stored, chain, node, tmp_path):
    (path, *_) = sorted((tmp_path / "lake" / "lake" / "main" / "task_cancelled").glob("*.parquet"))
    rows = pq.read_table(path, partitioning=None)
    numbers = {field.name: field.metadata[b"PARQUET:field_id"] for field in rows.schema}
    numbers |= {"tx_hash": numbers["address"], "address": numbers["tx_hash"]}
    fields = [field.with_metadata({b"PARQUET:field_id": numbers[field.name]}) for field in rows.schema]
    pq.write_table(rows.cast(pa.schema(fields)), path)
    with stored() as lake:
        assert "under the number" in audited_at_once(lake, chain, node)[0].got
        assert contents(lake) == expected_contents(chain)
        assert audited_at_once(lake, chain, node) == ()


def test_shorten_ledger__many_ranges__fewer_with_the_same_sums(new_lake, chain, node, monkeypatch):
    monkeypatch.setattr("indexer.adapters.store.ledger._LONG", 3)
    monkeypatch.setattr("indexer.adapters.store.small_files.LOOSE_FILES", 2)
    with new_lake("lake") as lake:
        ingest(patient_chain(node.url), lake, settings(commit_blocks=4, max_range=4))
        before = ledger_of(lake)
        from indexer.adapters.store.ledger import shorten_ledger

        shorten_ledger(lake, chain.final)
        assert len(load_ledger(lake, 0, 2**60)) == 1
        assert ledger_of(lake) == before == sums_of_files(lake, chain.final)


class Forgetful:
    """A node that has headers, and neither logs nor receipts any more."""

    def __init__(self, chain):
        self._chain = chain

    def answer(self, method, params):
        if method in ("eth_getBlockReceipts", "eth_getTransactionReceipt"):
            return None
        return [] if method == "eth_getLogs" else self._chain.answer(method, params)


def test_audit__file_lost_and_no_node_has_its_receipts__put_back_from_an_import(stored, chain, node, tmp_path):
    blocks, wanted, bundle = BlockRange(0, chain.final), settings(), tmp_path / "receipts"
    with stored() as lake:
        writer = BundleWriter(bundle)
        export_receipts(patient_chain(node.url), lake, wanted, blocks, writer)
        writer.finish()
        with lake.transaction():
            files = [file for table in REFERENCE.tables for file in list_lake_files(lake, table)]
        Path(files[0].rows).unlink()
        node.source = Forgetful(chain)
        nodes = patient_chain(node.url, rounds=1)
        with pytest.raises(RetryLaterError):
            audit(nodes, lake, wanted, blocks)
        audit(with_bundle(nodes, bundle), lake, wanted, blocks)
        assert contents(lake) == expected_contents(chain)


WRONG_CATALOG = (
    "UPDATE lake.ducklake_file_column_stats SET max_value = min_value WHERE data_file_id = "
    "(SELECT data_file_id FROM lake.ducklake_data_file WHERE path LIKE %s)",
    "UPDATE lake.ducklake_data_file SET record_count = record_count - 1 WHERE path LIKE %s",
)


OF_COLUMN = (
    "(SELECT table_id, column_id FROM lake.ducklake_column JOIN lake.ducklake_table USING (table_id) "
    "WHERE table_name = 'blocks' AND column_name = %s)"
)
NARROWED = {
    "file": "UPDATE lake.ducklake_file_column_stats AS s SET max_value = min_value WHERE (table_id, column_id) = "
    f"{OF_COLUMN} AND data_file_id = (SELECT max(f.data_file_id) FROM lake.ducklake_data_file AS f "
    "WHERE f.table_id = s.table_id)",
    "table": "UPDATE lake.ducklake_table_column_stats SET max_value = min_value WHERE (table_id, column_id) = "
    f"{OF_COLUMN}",
}


@pytest.mark.parametrize(("narrowed", "column"), [("file", "hash"), ("table", "timestamp")])
def test_audit__catalog_that_hides_rows_by_any_column__is_mended(stored, before, chain, node, narrowed, column):
    with psycopg.connect(stored.args[0], autocommit=True) as connection:
        changed = connection.execute(NARROWED[narrowed], [column])
        assert changed.rowcount == 1
    with stored() as lake:
        found = audited_at_once(lake, chain, node)
        assert any(column in each.expected + each.got for each in found if each.table == "blocks")
        assert audited_at_once(lake, chain, node) == ()
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before
        rows = lake.query("SELECT hash, timestamp FROM lake.blocks").to_pylist()
        for row in rows:
            assert lake.query(
                "SELECT count(*) AS n FROM lake.blocks WHERE hash = $hash AND timestamp = $timestamp", row
            ).to_pylist() == [{"n": 1}]


def name_another_end(path, column):
    """Let a file's footer say that the greatest value of a column is its least, as a few flipped bits would."""
    numbers = pq.read_table(path)[column].to_pylist()
    data = path.read_bytes()
    size = int.from_bytes(data[-8:-4], "little")
    body, footer = data[: -8 - size], data[-8 - size :]
    least, greatest = (number.to_bytes(8, "little") for number in (min(numbers), max(numbers)))
    assert greatest in footer
    path.write_bytes(body + footer.replace(greatest, least))


def test_audit__bounds_that_hide_rows_from_a_filter__their_files_are_fetched_again(stored, before, chain, node):
    with stored() as lake, lake.transaction():
        files = [Path(file.rows) for file in list_lake_files(lake, "blocks")]
    name_another_end(files[0], "number")
    name_another_end(files[1], "timestamp")
    with psycopg.connect(stored.args[0], autocommit=True) as connection:
        for statement, file in zip(WRONG_CATALOG, files[2:], strict=True):
            connection.execute(statement, [f"%{file.name}"])
    with stored() as lake:
        lost = {each.expected for each in audited_at_once(lake, chain, node)}
        assert lost >= {f"the file {file}" for file in files}
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before
