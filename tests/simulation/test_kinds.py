"""Kinds of events that a lake was not filled for: found out, and completed without indexing anew."""

import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from indexer.adapters.store.lake import open_lake
from indexer.flows.runs.audit import audit, first_uncovered
from indexer.flows.runs.ingest import ingest
from indexer.flows.storing.identity import load_identity
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRange, BlockRef
from tests.indexer.old_lake import copy_as_old
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings

pytestmark = pytest.mark.database
OLD = tuple(REFERENCE.by_name[name] for name in REFERENCE.first_kinds)
FEWER = tuple(kind for kind in REFERENCE.kinds if kind.name not in ("TaskPosted", "StakeChanged", "Claimed"))


@pytest.fixture(scope="module")
def chain():
    return make_chain(71, 40, finality_lag=4)


@pytest.fixture
def node(chain):
    with FaultyNode(chain, FaultPlan(0, {})) as serving:
        yield serving


def is_covered(lake, chain, wanted):
    return first_uncovered(lake, BlockRange(0, chain.final), wanted) is None


def test_ingest__lake_of_before_migrations__completed_without_indexing_anew(
    new_lake, database_url, chain, node, tmp_path
):
    pool = patient_chain(node.url)
    with new_lake("new") as lake:
        ingest(pool, lake, settings(only=OLD))
        copy_as_old(lake, database_url, tmp_path / "old")
    with open_lake(database_url, tmp_path / "old", REFERENCE) as lake:
        assert lake.updates
        assert load_identity(lake)
        assert not is_covered(lake, chain, settings())
        commits = lake.query("SELECT count(*) AS n FROM lake.coverage").to_pylist()[0]["n"]
        files = {path.name for path in (tmp_path / "old" / "lake" / "main" / "proof_verified").glob("*")}
        report = ingest(pool, lake, settings())
        assert (report.logs, report.from_block) == (0, chain.final)
        assert contents(lake) == expected_contents(chain)
        assert is_covered(lake, chain, settings())
        assert {path.name for path in (tmp_path / "old" / "lake" / "main" / "proof_verified").glob("*")} == files
        added = lake.query("SELECT count(*) AS n FROM lake.coverage").to_pylist()[0]["n"] - commits
        ingest(pool, lake, settings())
        assert lake.query("SELECT count(*) AS n FROM lake.coverage").to_pylist()[0]["n"] - commits == added


@pytest.mark.parametrize("level", ["receipts", "bloom"])
def test_ingest__a_kind_that_counts_was_unknown__its_logs_and_counts_are_added(new_lake, chain, node, level):
    pool, small = patient_chain(node.url), {"max_range": 7, "commit_blocks": 7, "level": level}
    with new_lake("lake") as lake:
        ingest(pool, lake, settings(only=FEWER, **small), to_block=20)
        assert contents(lake) != expected_contents(chain, 20)
        ingest(pool, lake, settings(**small))
        assert contents(lake) == expected_contents(chain)
        assert is_covered(lake, chain, settings(**small))
        assert audit(pool, lake, settings(**small), BlockRange(0, chain.final)).differences == ()


def test_ingest__killed_while_kinds_are_completed__goes_on(new_lake, chain, node, monkeypatch):
    pool, small = patient_chain(node.url), {"max_range": 5, "commit_blocks": 5}
    with new_lake("lake") as lake:
        ingest(pool, lake, settings(only=FEWER, **small))
        appended = []
        plain = type(lake).append

        def fail_late(self, table, rows):
            appended.append(table)
            if appended.count("coverage") == 3:
                raise KeyboardInterrupt
            plain(self, table, rows)

        monkeypatch.setattr(type(lake), "append", fail_late)
        with pytest.raises(KeyboardInterrupt):
            ingest(pool, lake, settings(**small))
        monkeypatch.undo()
        assert not is_covered(lake, chain, settings(**small))
        ingest(pool, lake, settings(**small))
        assert contents(lake) == expected_contents(chain)


def test_roll_back__completed_blocks__their_further_kinds_go_too(new_lake, chain, node):
    pool = patient_chain(node.url)
    with new_lake("lake") as lake:
        ingest(pool, lake, settings())
        ref = BlockRef(10, bytes.fromhex(chain.blocks[10].block["hash"][2:]))
        with lake.transaction():
            lake.roll_back(ref)
        assert contents(lake) == expected_contents(chain, 10)
        assert first_uncovered(lake, BlockRange(0, 10), settings()) is None
        ingest(pool, lake, settings())
        assert contents(lake) == expected_contents(chain)
