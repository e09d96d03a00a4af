"""An indexer killed at any request, and started again, ends with the same rows."""

import os
import random
import signal
import subprocess
import sys

import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from tests.simulation.simulated import contents, expected_contents, make_chain

pytestmark = [pytest.mark.database, pytest.mark.slow]
KILLS = int(os.environ.get("SIM_KILLS", "5"))

INDEX = """
import sys
from pathlib import Path
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.flows.runs.ingest import ingest
from tests.simulation.simulated import patient_chain, settings
uri, folder, url = sys.argv[1:]
with open_lake(uri, Path(folder), REFERENCE) as lake:
    print("open", flush=True)
    print(ingest(patient_chain(url), lake, settings(commit_blocks=2, max_range=2)).to_block)
"""


def start(uri, folder, url):
    return subprocess.Popen([sys.executable, "-c", INDEX, uri, str(folder), url], stdout=subprocess.PIPE, text=True)


def test_ingest__killed_at_random_requests__no_row_lost_or_doubled(new_lake, tmp_path):
    chain = make_chain(41, 40)
    rng = random.Random(41)
    running = []

    def kill_at(number):
        if number == running[0][1]:
            running[0][0].send_signal(signal.SIGKILL)

    with new_lake("lake") as lake:
        uri, folder = lake.uri, tmp_path / "lake"
    with FaultyNode(chain, FaultPlan(0, {}), on_request=kill_at) as node:
        for _ in range(KILLS):
            process = start(uri, folder, node.url)
            running[:] = [(process, node.requests + rng.randint(5, 16))]
            process.wait(60)
        running[:] = [(process, -1)]
        process = start(uri, folder, node.url)
        assert process.communicate(timeout=60)[0].split() == ["open", str(chain.final)]
    with new_lake("lake") as lake:
        assert contents(lake) == expected_contents(chain)


def test_ingest__two_at_once__the_second_says_so_and_stops(new_lake, tmp_path):
    chain = make_chain(42, 20)
    with FaultyNode(chain, FaultPlan(0, {})) as node, new_lake("lake") as lake:
        process = subprocess.run(
            [sys.executable, "-c", INDEX, lake.uri, str(tmp_path / "lake"), node.url],
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode != 0
        assert "another indexer writes to this lake" in process.stderr
