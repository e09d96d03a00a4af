"""An audit fills the ledger of sums, finds what differs, and repairs it from the nodes."""

import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from indexer.adapters.store.ledger import load_ledger
from indexer.adapters.store.parquet_rows import list_lake_files, read_rows
from indexer.flows.runs.audit import audit
from indexer.flows.runs.ingest import ingest
from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.stored.range_sums import RangeSums, joined
from indexer.rules.stored.row_sums import sum_rows
from indexer.words.blocks import BlockRange, BlockRef
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings

pytestmark = pytest.mark.database
SMALL = {"commit_blocks": 9, "max_range": 6}


@pytest.fixture(scope="module")
def chain():
    return make_chain(83, 44, finality_lag=4)


@pytest.fixture
def node(chain):
    with FaultyNode(chain, FaultPlan(0, {})) as serving:
        yield serving


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


def test_audit__lake_without_ledger__fills_it(new_lake, chain, node):
    with new_lake("lake") as lake:
        filled(lake, node)
        lake.execute("DELETE FROM lake.ledger")
        assert audited(lake, chain, node) == ()
        assert ledger_of(lake) == sums_of_files(lake, chain.final)


def test_audit__rows_altered_lost_and_added__named_and_repaired(new_lake, chain, node):
    with new_lake("lake") as lake:
        filled(lake, node)
        before = ledger_of(lake)
        lake.execute("UPDATE lake.blocks SET our_logs = our_logs + 1 WHERE number = 5")
        lake.execute("DELETE FROM lake.proof_verified WHERE block_number BETWEEN 10 AND 20")
        held = contents(lake)
        other = next(table for table in held if table not in ("blocks", "proof_verified") and held[table])
        lake.execute(f"INSERT INTO lake.{other} SELECT * FROM lake.{other}")
        found = audited(lake, chain, node, low=3)
        assert {"blocks", other} <= {each.table for each in found}
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before == sums_of_files(lake, chain.final)
        assert audited(lake, chain, node) == ()


@pytest.mark.parametrize("fault", ["missing", "broken"])
def test_audit__files_missing_or_broken__their_rows_are_fetched_again(new_lake, chain, node, tmp_path, fault):
    with new_lake("lake") as lake:
        filled(lake, node)
        before = ledger_of(lake)
    for table in ("proof_verified", "app_approved", "claimed"):
        for path in sorted((tmp_path / "lake" / "lake" / "main" / table).glob("*.parquet"))[:1]:
            if fault == "missing":
                path.unlink()
            else:
                path.write_bytes(path.read_bytes()[:30])
    with new_lake("lake") as lake:
        found = audited(lake, chain, node)
        assert {each.expected for each in found if each.expected.startswith("the file")}
        assert contents(lake) == expected_contents(chain)
        assert ledger_of(lake) == before
        assert audited(lake, chain, node) == ()


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
