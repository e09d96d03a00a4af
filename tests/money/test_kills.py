"""`kill -9` at random moments: after a restart the tables, the root and the votes are those of an undisturbed run.

`KILLS` sets how often each command is killed (5 in the suite, 50 in `make sim`), `SEED` where the moments come from.
"""

import itertools
import json
import os
import random
import subprocess
import time
from dataclasses import dataclass, field

import pytest
from web3 import Web3

from deploy.devnet import reload_devnet
from indexer.rules.protocols.reference import REFERENCE
from tests.support.devnet import votes_on
from tests.support.operator import operator_of, reports_of, tables_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
KILLS = int(os.environ.get("KILLS", "5"))
SEED = int(os.environ.get("SEED", "1"))
TABLES = ["blocks", "quarantine", *(event.table for event in REFERENCE.kinds)]


@dataclass
class Killer:
    """Kills commands after random moments between `low` and `high` seconds, KILLS times in all.

    A command that ends before its moment says how long one takes here: the next moments lie within that.
    """

    low: float
    high: float
    kills: int = 0
    source: random.Random = field(default_factory=lambda: random.Random(SEED))

    def is_done(self):
        return self.kills >= KILLS

    def folders(self, parent):
        """Yield a new folder for each operator, until we are done."""
        for number in itertools.count():
            if self.is_done():
                return
            yield parent / f"killed{number}"

    def run(self, operator, *arguments):
        """Run a command again and again, killing it each time, until it ends before its moment or we are done."""
        while not self.is_done():
            started, process = time.monotonic(), operator.start(*arguments)
            try:
                output, errors = process.communicate(timeout=self.source.uniform(self.low, self.high))
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
                self.kills += 1
                continue
            assert process.returncode == 0, f"{output}\n{errors}"
            self.high = time.monotonic() - started
            self.low = min(self.low, self.high / 4)
            return


def test_index__killed_at_random_moments__ends_in_the_same_tables(devnet, tmp_path, capsys, database_url):
    print(f"SEED={SEED} KILLS={KILLS}")
    undisturbed = operator_of(devnet, tmp_path / "undisturbed", capsys, POZK_STORE_DATABASE_URL=database_url)
    undisturbed.pozk("index")
    expected = tables_of(undisturbed, TABLES)
    killer = Killer(0.3, 3.5)
    for folder in killer.folders(tmp_path):
        killed = operator_of(devnet, folder, capsys)
        killer.run(killed, "index", "--max-range", "2")
        killed.pozk("index")
        assert tables_of(killed, TABLES) == expected


def test_settle_publish__killed_at_random_moments__votes_once_for_the_same_roots(
    devnet, tmp_path, capsys, database_url
):
    print(f"SEED={SEED} KILLS={KILLS}")
    undisturbed = operator_of(devnet, tmp_path / "undisturbed", capsys, POZK_STORE_DATABASE_URL=database_url)
    undisturbed.pozk("index")
    expected = undisturbed.pozk("settle").document["reports"]
    killer, traffic = Killer(0.3, 5.0), len(voted_roots(devnet))
    for folder in killer.folders(tmp_path):
        with reload_devnet(devnet, devnet.settings.state_file, folder / "node") as chain:
            killed = operator_of(chain, folder, capsys)
            killed.pozk("index")
            killer.run(killed, "settle", "--publish")
            killed.pozk("settle", "--publish")
            assert [json.loads(report) for report in reports_of(killed).values()] == expected
            assert all(verdict["ok"] for verdict in killed.pozk("verify").document["epochs"])  # rows, trees, chain
            assert len(list(killed.data_dir.glob("epochs/*/leaves.tree"))) == 3
            assert voted_roots(chain)[traffic:] == [(int(report["epoch"]), report["root"]) for report in expected]


def voted_roots(devnet):
    """Return (epoch, root) of every ReportVoted on chain, in order."""
    return [(int.from_bytes(log["topics"][1]), Web3.to_hex(log["data"][-32:])) for log in votes_on(devnet)]
