"""The database or the disk fails in the middle of a commit: one clear line, code 3, and the next run finishes.

Every moment is exact: a relay before the real PostgreSQL acts when a chosen commit is about to reach the server
(`before`: nothing of it stays) or when its answer is on the way back (`after`: all of it stays, though nobody knows).
"""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import psycopg
import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import open_lake
from indexer.adapters.store.small_files import merge_small_files
from indexer.flows.ranges.quorum import fetch_at_level
from indexer.flows.runs.ingest import ingest
from indexer.flows.storing.batch import Batch, commit_rows, decoded_rows
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRange
from indexer.words.errors import RetryLaterError
from indexer.words.finality import FINALIZED
from sql import load_sql
from tests.conftest import create_database
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings
from tests.simulation.test_kill import INDEX, start
from tests.support.relay import MOMENTS, PostgresRelay

pytestmark = [pytest.mark.database, pytest.mark.slow]
COMMITS = range(1, 9) if "SIM_SEEDS" in os.environ else (2,)
HONEST = FaultPlan(0, {})
KINDS_COMMIT = 1  # before the blocks of a new lake: the kinds that they are fetched for
SMALL = {"commit_blocks": 6, "max_range": 6}  # eight commits
MERGE_COMMITS = (1, 2, 3) if "SIM_SEEDS" in os.environ else (1, 3)  # the merge, what is forgotten, what is removed
MERGE = """
import sys
from pathlib import Path
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.adapters.store.small_files import merge_small_files
uri, folder = sys.argv[1:]
with open_lake(uri, Path(folder), REFERENCE) as lake:
    print("open", flush=True)
    sys.stdin.readline()
    merge_small_files(lake, loose_files=3, stay_hours=0)
"""


@pytest.fixture(scope="module")
def chain():
    return make_chain(61, 48, finality_lag=4)


@pytest.fixture
def node(chain):
    with FaultyNode(chain, HONEST) as serving:
        yield serving


@pytest.fixture
def lake_place(new_lake, tmp_path):
    """The URI and the folder of an empty lake."""
    with new_lake("lake") as lake:
        return lake.uri, tmp_path / "lake"


def run_finishes(lake_place, chain, node):
    uri, folder = lake_place
    with open_lake(uri, folder, REFERENCE) as lake:
        ingest(patient_chain(node.url), lake, settings(**SMALL))
        assert contents(lake) == expected_contents(chain)
        ranges = lake.query("SELECT from_block, to_block FROM lake.coverage ORDER BY 1").to_pylist()
        assert [row["from_block"] for row in ranges] == [0, *(row["to_block"] + 1 for row in ranges[:-1])]


@pytest.mark.parametrize("commit", COMMITS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_ingest__connection_cut_in_a_commit__no_row_lost_or_doubled(lake_place, chain, node, moment, commit):
    uri, folder = lake_place
    with PostgresRelay(uri) as relay, open_lake(relay.uri, folder, REFERENCE) as lake:
        relay.arm(moment, KINDS_COMMIT + commit)
        with pytest.raises(RetryLaterError, match="the lake failed") as caught:
            ingest(patient_chain(node.url), lake, settings(**SMALL))
        assert caught.value.exit_code == 3
        assert relay.has_struck()
    with open_lake(uri, folder, REFERENCE) as lake:
        stored = lake.query("SELECT count(*) AS n FROM lake.coverage").to_pylist()[0]["n"]
        assert stored == (commit if moment == "after" else commit - 1)
    run_finishes(lake_place, chain, node)


@pytest.fixture(scope="module")
def own_server(tmp_path_factory):
    """A PostgreSQL that other tests do not use."""
    with open_database("", tmp_path_factory.mktemp("restarted")) as database:
        yield database


@pytest.mark.parametrize("moment", MOMENTS)
def test_ingest__database_restarted_in_a_commit__no_row_lost_or_doubled(own_server, chain, node, moment, tmp_path):
    uri = create_database(own_server.uri)
    open_lake(uri, tmp_path, REFERENCE).close()
    with PostgresRelay(uri) as relay, open_lake(relay.uri, tmp_path, REFERENCE) as lake:
        relay.arm(moment, 3, lambda: restart_at_once(own_server))
        with pytest.raises(RetryLaterError) as caught:
            ingest(patient_chain(node.url), lake, settings(**SMALL))
        assert caught.value.exit_code == 3
        assert relay.has_struck()
    run_finishes((uri, tmp_path), chain, node)


def restart_at_once(server):
    """Kill one of PostgreSQL's processes: it ends every connection and recovers from its log, as after a crash."""
    postmaster = int((server.server.folder / "postmaster.pid").read_text().split()[0])
    parts = psutil.Process(postmaster).children()
    next(each for each in parts if "checkpointer" in " ".join(each.cmdline())).kill()
    for _ in range(300):
        with suppress(psycopg.OperationalError), psycopg.connect(server.uri) as connection:
            connection.execute("SELECT 1")
            return
        time.sleep(0.1)
    raise TimeoutError("PostgreSQL did not come back")


@pytest.mark.parametrize("moment", MOMENTS)
def test_ingest__killed_in_a_commit__no_row_lost_or_doubled(lake_place, chain, node, moment):
    uri, folder = lake_place
    with PostgresRelay(uri) as relay:
        process = start(relay.uri, folder, node.url)
        relay.arm(moment, 3, lambda: process.send_signal(signal.SIGKILL))
        assert process.wait(60) == -signal.SIGKILL
        assert relay.has_struck()
    run_finishes(lake_place, chain, node)


@pytest.mark.parametrize("most_bytes", [500, 1700])
def test_ingest__disk_full_in_a_commit__no_row_lost_or_doubled(lake_place, chain, node, most_bytes):
    uri, folder = lake_place
    limit = f"__import__('resource').setrlimit(1, ({most_bytes}, {most_bytes}))"  # RLIMIT_FSIZE: no larger file
    run = subprocess.run(
        [sys.executable, "-c", INDEX.replace("print(ingest", f"{limit}\n    print(ingest"), uri, str(folder), node.url],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "RetryLaterError: the lake failed, got IO Error: Could not write file" in run.stderr
    run_finishes(lake_place, chain, node)


@pytest.mark.parametrize("commit", MERGE_COMMITS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_merge_small_files__connection_cut_in_a_commit__no_row_lost_or_doubled(lake_place, chain, node, moment, commit):
    uri, folder = lake_place
    run_finishes(lake_place, chain, node)
    with PostgresRelay(uri) as relay, open_lake(relay.uri, folder, REFERENCE) as lake:
        relay.arm(moment, commit)
        with pytest.raises(RetryLaterError, match="the lake failed"):
            merge_small_files(lake, loose_files=3, stay_hours=0)
        assert relay.has_struck()
    merge_finishes(lake_place, chain, node)


@pytest.mark.parametrize("commit", MERGE_COMMITS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_merge_small_files__killed_in_a_commit__no_row_lost_or_doubled(lake_place, chain, node, moment, commit):
    uri, folder = lake_place
    run_finishes(lake_place, chain, node)
    with PostgresRelay(uri) as relay:
        arguments = [sys.executable, "-c", MERGE, relay.uri, str(folder)]
        process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "open\n"
        relay.arm(moment, commit, lambda: process.send_signal(signal.SIGKILL))
        process.communicate("go\n", timeout=60)
        assert process.returncode == -signal.SIGKILL
        assert relay.has_struck()
    merge_finishes(lake_place, chain, node)


def merge_finishes(lake_place, chain, node):
    uri, folder = lake_place
    run_finishes(lake_place, chain, node)
    with open_lake(uri, folder, REFERENCE) as lake:
        for _ in range(2):
            merge_small_files(lake, loose_files=2, stay_hours=0)
            assert contents(lake) == expected_contents(chain)
        named = set(lake.query(load_sql("lake/committed_files")).column("path").to_pylist())
    assert named == {path.name for path in (folder / "lake").rglob("*.parquet")}


def test_commit_rows__what_another_indexer_has_stored__refused_and_not_doubled(lake_place, chain, node):
    uri, folder = lake_place
    pool, wanted = patient_chain(node.url), settings()
    final = pool.nodes[0].fetch_head(FINALIZED).ref
    piece = fetch_at_level(pool, pool.nodes[0], BlockRange(0, final.number), wanted, final)
    with open_lake(uri, folder, REFERENCE) as lake:
        rows = decoded_rows(Batch((piece,)), wanted)
        commit_rows(lake, rows, wanted, final, is_new=True)
        with pytest.raises(RetryLaterError, match="another indexer has written to this lake"):
            commit_rows(lake, rows, wanted, final, is_new=False)
        assert contents(lake) == expected_contents(chain)
