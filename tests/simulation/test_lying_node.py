"""A lake filled through a lying node is row for row the one filled through an honest node."""

import os
from functools import cache

import pytest

from deploy.faults.plan import ALL_FAULTS, FaultPlan, parse_plan
from deploy.faults.server import FaultyNode
from indexer.flows.runs.ingest import ingest
from indexer.words.errors import PozkError
from indexer.words.faults import NodeFault
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings

pytestmark = pytest.mark.database
THOROUGH = "SIM_SEEDS" in os.environ
BESIDE = [fault for fault in ALL_FAULTS if fault not in ("flip", "refuse", "stale")]
ALONE = ["omit", "cap", "empty", "null", "forge", "duplicate"]
HONEST = FaultPlan(0, {})


@cache
def truth(seed, blocks=40):
    """Return a chain and what its events decode to, without a node or a lake between."""
    chain = make_chain(seed, blocks)
    return chain, expected_contents(chain)


def fill(new_lake, name, urls, **changes):
    with new_lake(name) as lake:
        ingest(patient_chain(*urls), lake, settings(**changes))
        return contents(lake)


@pytest.mark.parametrize("seed", [0, 1])
def test_ingest__every_fault_at_times__same_tables(new_lake, seed):
    chain, expected = truth(seed)
    assert sum(map(len, expected.values())) > 50
    with FaultyNode(chain, parse_plan("all=0.04,refuse=0.5", seed)) as lying, new_lake("lying") as lake:
        for _ in range(30):  # a stale head ends a run early; the next one goes on
            ingest(patient_chain(lying.url), lake, settings())
            if lake.last_block().number == chain.final:
                break
        assert contents(lake) == expected


@pytest.mark.parametrize("fault", BESIDE if THOROUGH else ["omit", "orphan"])
def test_ingest__node_that_always_lies_beside_an_honest_one__same_tables(new_lake, fault):
    chain, expected = truth(11)
    with FaultyNode(chain, HONEST) as honest, FaultyNode(chain, parse_plan(f"{fault}!=0.5", 1)) as lying:
        assert fill(new_lake, "both", [lying.url, honest.url], final_agreement=1) == expected


@pytest.mark.parametrize("scan_after_bytes", [0, 1 << 60], ids=["scanned", "by type"])
@pytest.mark.parametrize("fault", ["garbage", "cut"])
def test_ingest__answers_that_are_no_answers__same_tables(new_lake, fault, scan_after_bytes):
    chain, expected = truth(13)
    with FaultyNode(chain, parse_plan(f"{fault}=0.5", 3)) as lying, new_lake("lying") as lake:
        ingest(patient_chain(lying.url, scan_after_bytes=scan_after_bytes), lake, settings(max_range=4))
        assert contents(lake) == expected


@pytest.mark.parametrize("fault", ALONE if THOROUGH else ["omit", "forge"])
def test_ingest__only_a_node_that_always_lies__stops_and_stores_nothing_false(new_lake, fault):
    chain, expected = truth(12, 20)
    with FaultyNode(chain, parse_plan(f"{fault}!=1", 1)) as lying, new_lake("lying") as lake:
        with pytest.raises(NodeFault):
            ingest(patient_chain(lying.url, rounds=2), lake, settings())
        assert all(set(rows) <= set(expected[name]) for name, rows in contents(lake).items())


def test_ingest__lies_seen__kept_as_evidence(new_lake):
    chain, _ = truth(13, 20)
    with (
        FaultyNode(chain, HONEST) as honest,
        FaultyNode(chain, parse_plan("omit!=1", 1)) as lying,
        new_lake("both") as lake,
    ):
        ingest(patient_chain(lying.url, honest.url), lake, settings())
        rows = lake.query("SELECT node, kind, block_number, said FROM lake.evidence").to_pylist()
        assert rows
        assert {(row["node"], row["kind"]) for row in rows} == {(lying.url.removeprefix("http://"), "receipts")}
        assert all("receipts root 0x" in row["said"] and row["block_number"] is not None for row in rows)


@pytest.mark.parametrize("shape", range(12 if THOROUGH else 1))
def test_ingest__ranges_refused_in_every_shape__same_tables(new_lake, shape):
    chain, expected = truth(14 + shape)
    with FaultyNode(chain, parse_plan("refuse=1", shape)) as strict:
        assert fill(new_lake, "strict", [strict.url], level="bloom") == expected


def test_ingest__silent_omission_of_whole_blocks__found_by_blooms(new_lake):
    chain, expected = truth(20)
    with FaultyNode(chain, parse_plan("empty=0.7", 3)) as lying:
        assert fill(new_lake, "lying", [lying.url], level="bloom") == expected


def test_ingest__node_down__retry_later(new_lake):
    with new_lake("none") as lake, pytest.raises(PozkError) as caught:
        ingest(patient_chain("http://127.0.0.1:1", rounds=2), lake, settings())
    assert caught.value.exit_code == 3
