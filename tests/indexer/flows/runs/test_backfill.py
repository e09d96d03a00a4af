"""Workers beside an indexer: what they prove is what it would have fetched, whoever of them dies or errs.

Nodes and lake are played, the plan of ranges is the real one.
"""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psycopg
import pytest

from indexer.adapters.postgres.database import apply_migrations
from indexer.adapters.postgres.range_plan import PostgresRangePlan
from indexer.flows.runs.backfill import BackfillReport, backfill
from indexer.flows.runs.ingest import IngestReport, ingest
from indexer.words.blocks import BlockRange, gaps_between
from indexer.words.errors import InputError, RetryLaterError
from tests.conftest import create_database, drop_database
from tests.support.played_indexing import PlayedLake, PlayedNode, PlayedPool, settings_of, small_chain

pytestmark = pytest.mark.database
SIZE, FINAL = 5, 26
SETTINGS = settings_of(max_range=2, commit_blocks=4)


@pytest.fixture
def chain():
    return small_chain(FINAL + 4)


@pytest.fixture
def pool(chain):
    return PlayedPool([PlayedNode(chain)])


@pytest.fixture
def lake(pool):
    """A lake with the blocks 0 to 3."""
    stored = PlayedLake()
    ingest(pool, stored, SETTINGS, to_block=3)
    return stored


@pytest.fixture(scope="module")
def database(postgres):
    """A database for all of these tests: the plan is emptied between them."""
    uri = create_database(postgres)
    yield uri
    drop_database(postgres, uri)


@pytest.fixture
def database_url(database):
    with psycopg.connect(database, autocommit=True) as connection:
        apply_migrations(connection, "backfill")
        connection.execute("TRUNCATE pozk.ranges")
    return database


@pytest.fixture
def plan(database_url, tmp_path):
    with PostgresRangePlan(database_url, tmp_path, size=SIZE, lead=2, sleep=lambda _: None) as opened:
        yield opened


def alone(chain):
    """Return the lake of an indexer that has no workers."""
    stored = PlayedLake()
    ingest(PlayedPool([PlayedNode(chain)]), stored, SETTINGS)
    return stored


def assert_equal(lake, chain):
    """Check the rows, and that the ledger has every block once."""
    expected = alone(chain)
    assert lake.finalized_head() == expected.finalized_head()
    for table in ("blocks", "stake_changed"):
        assert sorted(map(repr, lake.rows[table])) == sorted(map(repr, expected.rows[table])), table
    lines = [BlockRange(row["from_block"], row["to_block"]) for row in lake.rows["coverage"]]
    assert sum(map(len, lines)) == FINAL + 1
    assert gaps_between(lines, BlockRange(0, FINAL)) == []


def planned(plan):
    with psycopg.connect(plan._uri) as connection:
        return connection.execute(
            "SELECT from_block, to_block, staged IS NOT NULL FROM pozk.ranges ORDER BY 1"
        ).fetchall()


def only_fetched(pool):
    """Return which blocks are asked for from now on."""
    asked, honest = set(), pool.nodes[0].fetch_receipts

    def fetch(blocks):
        asked.update(block.number for block in blocks)
        return honest(blocks)

    pool.nodes[0].fetch_receipts = fetch
    return asked


def test_backfill__one_worker__proves_every_whole_range_below_the_head(pool, lake, plan):
    assert backfill(pool, lake, SETTINGS, plan) == BackfillReport(4, 20, 7)
    assert planned(plan) == [(low, low + SIZE - 1, True) for low in range(6, FINAL - SIZE + 1, SIZE)]
    assert lake.numbers() == [0, 1, 2, 3]


def test_ingest__after_workers__takes_their_ranges_and_fetches_the_rest(pool, lake, plan, chain, tmp_path):
    backfill(pool, lake, SETTINGS, plan)
    asked = only_fetched(pool)
    assert ingest(pool, lake, SETTINGS, plan=plan) == IngestReport(4, FINAL, 7, 0)
    assert_equal(lake, chain)
    assert asked <= {4, 5, FINAL}
    assert planned(plan) == []
    assert list((tmp_path / "backfill").iterdir()) == []


def test_claim__two_workers__no_block_is_in_two_ranges(pool, lake, plan, database_url, tmp_path, chain):
    with PostgresRangePlan(database_url, tmp_path, size=SIZE, lead=2) as other:
        one, two = plan.claim(4, FINAL, SETTINGS), other.claim(4, FINAL, SETTINGS)
        assert (one.blocks, two.blocks) == (BlockRange(6, 10), BlockRange(11, 15))
        two.release([])
        assert backfill(pool, lake, SETTINGS, other).ranges == 3
        one.release([])
    ingest(pool, lake, SETTINGS, plan=plan)
    assert_equal(lake, chain)


def test_ranges__that_overlap__are_refused_by_the_database(plan, database_url):
    plan.claim(4, FINAL, SETTINGS).release([])
    overlapping = "INSERT INTO pozk.ranges (from_block, to_block, proven_as) VALUES (10, 12, '')"
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.ExclusionViolation):
        connection.execute(overlapping)


def test_claim__its_worker_is_killed__the_next_one_takes_the_range(pool, lake, plan, chain):
    killed = plan.claim(4, FINAL, SETTINGS)
    killed._connection.close()  # as a killed process's is
    assert backfill(pool, lake, SETTINGS, plan).ranges == 4
    with pytest.raises(RetryLaterError, match="the plan of ranges"):
        killed.finish([])
    ingest(pool, lake, SETTINGS, plan=plan)
    assert_equal(lake, chain)


HOLD = """
import sys, psycopg
from sql import load_sql
with psycopg.connect(sys.argv[1]) as connection:
    wanted = {"first": 0, "last": 100, "proven_as": sys.argv[2]}
    print(connection.execute(load_sql("backfill/claim"), wanted).fetchone(), flush=True)
    sys.stdin.read()
"""


def test_claim__a_process_that_holds_it_is_killed__the_range_is_free_at_once(plan, database_url):
    plan.claim(4, FINAL, SETTINGS).release([])
    proven_as = f"receipts {SETTINGS.kinds_digest()}"
    command = [sys.executable, "-c", HOLD, database_url, proven_as]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "(6, 10)\n"
        (other := plan.claim(4, FINAL, SETTINGS)).release([])
        process.send_signal(signal.SIGKILL)
    assert other.blocks == BlockRange(11, 15)
    until = time.monotonic() + 30
    while (found := plan.claim(4, FINAL, SETTINGS)).blocks != BlockRange(6, 10) and time.monotonic() < until:
        found.release([])
    assert found.blocks == BlockRange(6, 10)
    found.release([])


def test_ingest__a_worker_was_killed_and_no_other_comes__fetches_the_range_itself(pool, lake, plan, chain):
    plan.claim(4, FINAL, SETTINGS)._connection.close()
    ingest(pool, lake, SETTINGS, plan=plan)
    assert_equal(lake, chain)
    assert planned(plan) == []


def test_ingest__a_worker_is_at_it__waits_for_it(pool, lake, plan, chain, database_url, tmp_path):
    turns = []

    def work(_):
        if not turns:
            turns.append(held.release([]) or backfill(pool, lake, SETTINGS, plan))

    with PostgresRangePlan(database_url, tmp_path, size=SIZE, lead=2, sleep=work) as waiting:
        held = plan.claim(4, FINAL, SETTINGS)
        ingest(pool, lake, SETTINGS, plan=waiting)
    assert turns
    assert_equal(lake, chain)


@pytest.mark.parametrize("damage", ["a file is gone", "a file was altered", "a batch is missing"])
def test_ingest__what_a_worker_left_is_damaged__is_fetched_anew(
    pool, lake, plan, chain, tmp_path, damage, database_url
):
    backfill(pool, lake, SETTINGS, plan)
    path = sorted((tmp_path / "backfill").glob("11-15-*/1/blocks.parquet"))[0]
    if damage == "a file is gone":
        path.unlink()
    elif damage == "a file was altered":
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    else:
        with psycopg.connect(database_url) as connection:
            staged = connection.execute("SELECT staged FROM pozk.ranges WHERE from_block = 11").fetchone()[0]
            less = json.dumps(json.loads(staged)[:1])
            connection.execute("UPDATE pozk.ranges SET staged = %s WHERE from_block = 11", (less,))
    ingest(pool, lake, SETTINGS, plan=plan)
    assert_equal(lake, chain)


def test_ingest__a_worker_was_on_another_chain__its_ranges_are_fetched_anew(pool, lake, plan, chain):
    other = small_chain(FINAL + 4)
    other.reorganise(20, 20)
    assert backfill(PlayedPool([PlayedNode(other, "liar")]), lake, SETTINGS, plan).ranges == 4
    ingest(pool, lake, SETTINGS, plan=plan)
    assert_equal(lake, chain)


def test_ingest__a_worker_proved_less__is_not_believed(pool, lake, plan, chain):
    assert backfill(pool, lake, replace(SETTINGS, level=settings_of("none").level), plan).ranges == 4
    ingest(pool, lake, SETTINGS, plan=plan)
    assert_equal(lake, chain)
    assert {row["level"] for row in lake.rows["coverage"]} == {"receipts"}


def test_ingest__workers_come_while_it_fetches__leaves_their_ranges_to_them(pool, lake, plan, chain):
    told = []

    def progress(_):
        if not told:
            told.append(backfill(pool, lake, SETTINGS, plan))
            told.append(only_fetched(pool))

    ingest(pool, lake, SETTINGS, progress=progress, plan=plan)
    assert_equal(lake, chain)
    assert told[0].ranges == 3
    assert told[1] <= {8, 9, *range(10, 16), 25, FINAL}


def test_ingest__up_to_a_block__leaves_the_ranges_above(pool, lake, plan, chain):
    backfill(pool, lake, SETTINGS, plan)
    assert ingest(pool, lake, SETTINGS, to_block=13, plan=plan).to_block == 13
    assert lake.numbers() == list(range(14))
    ingest(pool, lake, SETTINGS, plan=plan)
    assert_equal(lake, chain)


def test_backfill__a_node_lies__the_evidence_comes_into_the_lake_with_the_range(chain, lake, plan):
    pool = PlayedPool([PlayedNode(chain, "liar"), PlayedNode(chain, "honest")])
    pool.nodes[0].says["fetch_receipts"] = lambda receipts, _: type(receipts)(receipts.logs, receipts.roots ^ 1)
    pool.nodes[0].says["fetch_raw_receipts"] = lambda _, __: []
    backfill(pool, lake, SETTINGS, plan)
    ingest(PlayedPool([PlayedNode(chain)]), lake, SETTINGS, plan=plan)
    assert_equal(lake, chain)
    assert {(row["node"], row["kind"]) for row in lake.rows["evidence"]} == {("liar", "receipts")}


def test_backfill__no_node_answers__the_range_is_given_up_with_its_evidence(chain, lake, plan):
    pool = PlayedPool([PlayedNode(chain, "liar")])
    pool.nodes[0].says["fetch_receipts"] = lambda receipts, _: type(receipts)(receipts.logs, receipts.roots ^ 1)
    pool.nodes[0].says["fetch_raw_receipts"] = lambda _, __: []
    with pytest.raises(RetryLaterError):
        backfill(pool, lake, SETTINGS, plan)
    assert planned(plan) == [(6, 10, False)]
    ingest(PlayedPool([PlayedNode(chain)]), lake, SETTINGS, plan=plan)
    assert {row["node"] for row in lake.rows["evidence"]} == {"liar"}
    assert_equal(lake, chain)


def test_backfill__an_empty_lake__says_what_to_start_first(pool, plan):
    with pytest.raises(RetryLaterError, match="start `pozk index` first"):
        backfill(pool, PlayedLake(), SETTINGS, plan)


def test_backfill__a_lake_of_other_contracts__is_refused(pool, lake, plan):
    with pytest.raises(InputError, match="the lake was filled for another"):
        backfill(pool, lake, replace(SETTINGS, genesis=1), plan)


@pytest.mark.parametrize("first", [32_000, 2**31 - 100])
def test_claim__numbers_that_outgrow_the_width_they_came_in__leased(database_url, tmp_path, first):
    with PostgresRangePlan(database_url, tmp_path) as plan:
        claim = plan.claim(first, 2 * first + 100_000, SETTINGS)
        assert claim.blocks == BlockRange(first + 20_000, first + 29_999)
        claim.release([])


def test_ingest__a_range_is_planned_and_leased_a_moment_later__its_worker_is_waited_for(
    pool, lake, plan, database_url, tmp_path, chain
):
    plan.claim(4, FINAL, SETTINGS).release([])  # planned, and nobody works on it yet
    worked = []

    def work_meanwhile(_):
        with PostgresRangePlan(database_url, tmp_path, size=SIZE, lead=2) as worker:
            worked.append(backfill(PlayedPool([PlayedNode(chain)]), lake, SETTINGS, worker).ranges)

    asked = only_fetched(pool)
    with PostgresRangePlan(database_url, tmp_path, size=SIZE, sleep=work_meanwhile) as writer:
        ingest(pool, lake, SETTINGS, plan=writer)
    assert worked == [4]
    assert asked <= {4, 5, FINAL}
    assert_equal(lake, chain)
