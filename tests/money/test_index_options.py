"""`pozk index` beyond the plain run: audits, bundles of receipts, following, and a node that lies."""

import time

import pytest

from deploy.devnet import mine
from deploy.faults.plan import FaultPlan, parse_plan
from deploy.faults.server import FaultyNode
from deploy.faults.source import Upstream
from indexer.rules.protocols.reference import REFERENCE
from tests.support.operator import operator_of, tables_of

pytestmark = [pytest.mark.chain, pytest.mark.database]
TABLES = ["blocks", "quarantine", *(event.table for event in REFERENCE.kinds)]


@pytest.fixture
def operator(devnet, tmp_path, capsys, lake_url):
    return operator_of(devnet, tmp_path / "other", capsys, POZK_STORE_DATABASE_URL=lake_url)


def test_settle__indexed_without_proof__waits_for_an_audit(operator):
    operator.edit_config('verify = "receipts"', 'verify = "none"')
    operator.pozk("index")
    operator.edit_config('verify = "none"', 'verify = "receipts"')
    assert "epoch 0 is not proven complete" in operator.pozk("settle", code=1).document["error"]
    assert operator.pozk("index", "--audit").document["differences"] == []
    assert len(operator.pozk("settle").document["reports"]) == 5


def test_index__receipts_of_a_peer__are_proven_and_give_the_same_rows(operator, settled_operator, devnet, tmp_path):
    bundle = tmp_path / "receipts.zip"
    assert settled_operator.pozk("index", "--export", str(bundle)).document["exported"] > 0
    with FaultyNode(Upstream(devnet.rpc), parse_plan("omit!=1")) as node:  # every receipt of this node lacks logs
        operator.edit_config(devnet.rpc, node.url)
        operator.pozk("index", "--import", str(bundle))
    assert tables_of(operator, TABLES) == tables_of(settled_operator, TABLES)


def test_index__file_that_is_no_bundle__is_2(operator, tmp_path):
    (tmp_path / "nonsense").write_text("nonsense")
    assert "not a bundle" in operator.pozk("index", "--import", str(tmp_path / "nonsense"), code=2).document["error"]


def test_index__node_that_lies__gives_the_rows_of_the_honest_one(operator, settled_operator, devnet):
    with FaultyNode(Upstream(devnet.rpc), parse_plan("all=0.02", seed=7)) as node:
        operator.edit_config(devnet.rpc, node.url)
        codes = [operator.try_pozk("index", "--max-range", "10").code]
        while codes[-1] == 3 and len(codes) < 10:  # what a lying node costs is another call
            codes.append(operator.try_pozk("index", "--max-range", "10").code)
    assert codes[-1] == 0
    assert tables_of(operator, TABLES) == tables_of(settled_operator, TABLES)


def test_index__from_block__no_gap_is_left_and_nothing_is_stored_twice(operator, settled_operator):
    refused = operator.pozk("index", "--from-block", "5", code=2).document["error"]
    assert refused.startswith("blocks would be left out, expected at most 0, got 5, at --from-block;")
    assert operator.pozk("index", "--from-block", "0", "--to-block", "10").document["to_block"] == 10
    again = operator.pozk("index", "--from-block", "4", "--to-block", "20")
    assert (again.document["from_block"], again.document["to_block"]) == (11, 20)
    assert "blocks up to 10 are stored already" in again.stderr
    operator.pozk("index", "--from-block", "21")
    assert tables_of(operator, TABLES) == tables_of(settled_operator, TABLES)


def test_index__contract_that_was_replaced__listed_with_its_first_block(operator, settled_operator, devnet):
    staking = devnet.addresses["staking"]
    unused = "0x" + "ab" * 20
    entries = f'[{{address = "{unused}", from_block = 0}}, {{address = "{staking}", from_block = 1}}]'
    operator.edit_config(f'staking = "{staking}"', f"staking = {entries}")
    operator.pozk("index")
    assert tables_of(operator, TABLES) == tables_of(settled_operator, TABLES)
    ranges = operator.pozk("query", "coverage").document
    assert {(row["level"], row["proven"]) for row in ranges} == {("receipts", True)}


def test_check__ingestion__estimates_and_says_whether_receipts_are_served(operator, devnet):
    def ingestion(answer):
        return next(row for row in answer.document["checks"] if row["check"] == "ingestion")

    assert "receipts of block 0 are served" in ingestion(operator.pozk("check"))["said"]
    with FaultyNode(Upstream(devnet.rpc), without_receipts()) as node:
        operator.edit_config(devnet.rpc, node.url)
        found = ingestion(operator.try_pozk("check"))
        assert found["exit_code"] == 2
        assert "serves no receipts at chain.start_block" in found["said"]


def without_receipts():
    class Plan(FaultPlan):
        def choose(self, _, call):
            return ("null" if isinstance(call, list) and "Receipt" in call[0] else None), None

    return Plan(0, {"null": 1.0})


def test_index__follow__takes_new_blocks_until_it_is_interrupted(fresh_devnet, tmp_path, capsys, lake_url):
    operator = operator_of(fresh_devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    operator.pozk("index")
    first = last_block(operator)
    process = operator.start("index", "--follow")
    try:
        deadline = time.monotonic() + 120
        for _ in range(2):  # what is there when it begins, and what comes after that
            mine(fresh_devnet.rpc, 5)
            while last_block(operator) == first and time.monotonic() < deadline:
                time.sleep(0.1)
            assert last_block(operator) > first
            first = last_block(operator)
    finally:
        process.send_signal(2)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in errors


def last_block(operator):
    answer = operator.try_pozk("query", "SELECT max(number) AS last FROM lake.blocks")
    return answer.document[0]["last"] if answer.code == 0 else None
