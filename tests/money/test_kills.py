"""`kill -9` at random moments: after a restart the tables, the root and the votes are those of an undisturbed run.

`KILLS` sets how often each command is killed (5 in the suite, 50 in `make sim`), `SEED` where the moments come from.
"""

import json
import os
import random
import subprocess

import pytest
from web3 import HTTPProvider, Web3

from indexer.rules.catalog import BY_NAME, EVENTS
from tests.support.operator import operator_of, reports_of, tables_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
KILLS = int(os.environ.get("KILLS", "5"))
SEED = int(os.environ.get("SEED", "1"))
TABLES = ["blocks", "quarantine", *(event.table for event in EVENTS)]


def kill_at_random(operator, moments, *arguments):
    """Run a command again and again, each time killed after the next moment, until it has been killed KILLS times.

    A run that ends before its moment is over ends the loop: there is nothing left to kill. Returns how many were.
    """
    for kills, seconds in enumerate(moments):
        process = operator.start(*arguments)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            continue
        output, errors = process.communicate()
        assert process.returncode == 0, f"{output}\n{errors}"
        return kills
    return len(moments)


def moments(low, high):
    print(f"SEED={SEED} KILLS={KILLS}")
    source = random.Random(SEED)
    return [source.uniform(low, high) for _ in range(KILLS)]


def test_index__killed_at_random_moments__ends_in_the_same_tables(devnet, tmp_path, capsys, database_url):
    undisturbed = operator_of(devnet, tmp_path / "a", capsys, POZK_STORE_DATABASE_URL=database_url)
    undisturbed.pozk("index")
    killed = operator_of(devnet, tmp_path / "b", capsys)
    kill_at_random(killed, moments(1.0, 3.5), "index", "--max-range", "2")
    killed.pozk("index")
    assert tables_of(killed, TABLES) == tables_of(undisturbed, TABLES)


def test_settle_publish__killed_at_random_moments__votes_once_for_the_same_roots(
    fresh_devnet, tmp_path, capsys, database_url
):
    undisturbed = operator_of(fresh_devnet, tmp_path / "a", capsys, POZK_STORE_DATABASE_URL=database_url)
    undisturbed.pozk("index")
    expected = undisturbed.pozk("settle").document["reports"]
    killed = operator_of(fresh_devnet, tmp_path / "b", capsys)
    killed.pozk("index")
    kill_at_random(killed, moments(1.0, 5.0), "settle", "--publish")
    killed.pozk("settle", "--publish")
    assert [json.loads(report) for report in reports_of(killed).values()] == expected
    votes = voted_roots(fresh_devnet)
    assert [(epoch, root) for epoch, root in votes] == [(int(r["epoch"]), r["root"]) for r in expected]


def voted_roots(devnet):
    """Return (epoch, root) of every ReportVoted on chain, in order."""
    web3 = Web3(HTTPProvider(devnet.rpc))
    topic = Web3.to_hex(BY_NAME["ReportVoted"].topic0)
    address = Web3.to_checksum_address(devnet.addresses["distributor"])
    logs = web3.eth.get_logs({"fromBlock": 0, "toBlock": "latest", "address": address, "topics": [topic]})
    return [(int.from_bytes(log["topics"][1]), Web3.to_hex(log["data"][-32:])) for log in logs]
