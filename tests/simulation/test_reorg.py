"""The head is followed through reorganisations of any depth above the final block, and never below it."""

import random

import pytest

from deploy.faults.plan import FaultPlan, parse_plan
from deploy.faults.server import FaultyNode
from indexer.flows.runs.follow import follow, follow_once
from indexer.flows.runs.ingest import ingest
from indexer.rules.proof.reorg import FinalReorgFault
from indexer.words.errors import PozkError, RetryLaterError
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings

pytestmark = pytest.mark.database
HONEST = FaultPlan(0, {})
LAG = 8


def coverage(lake):
    rows = lake.query("SELECT from_block, to_block, our_logs, quarantined FROM lake.coverage ORDER BY 1").to_pylist()
    return [tuple(row.values()) for row in rows]


def assert_whole(lake, chain):
    """Check tables and ledger against the chain up to its newest block."""
    expected = expected_contents(chain, chain.height)
    assert contents(lake) == expected
    ranges = coverage(lake)
    assert [low for low, *_ in ranges] == [0, *(high + 1 for _, high, *_ in ranges[:-1])]
    assert ranges[-1][1] == chain.height
    assert sum(row[3] for row in ranges) == len(expected["quarantine"])


def follow_to_the_end(pool, lake, chain):
    """Follow until the newest block is stored, for a node may lag; return how many blocks were replaced."""
    replaced = 0
    for _ in range(60):
        try:
            report = follow_once(pool, lake, settings())
        except RetryLaterError as error:  # what a lying node costs is another step
            if isinstance(error, FinalReorgFault):
                raise
            continue
        replaced += report.replaced
        if report.head.hash.hex() == chain.blocks[-1].block["hash"][2:]:
            ingest(pool, lake, settings())
            return replaced
    raise AssertionError("the newest block was never stored")


@pytest.mark.parametrize("plan", [HONEST, parse_plan("all=0.03", 5)], ids=["honest", "faulty"])
def test_follow_once__reorganisations_of_every_depth__the_chain_of_the_node(new_lake, plan):
    chain = make_chain(31, 20, finality_lag=LAG)
    rng = random.Random(31)
    with FaultyNode(chain, plan) as node, new_lake("lake") as lake:
        pool = patient_chain(node.url)
        ingest(pool, lake, settings())
        follow_to_the_end(pool, lake, chain)
        for depth in (1, LAG - 1, LAG):
            chain.reorganise(depth, depth + rng.randint(1, 3))
            replaced = follow_to_the_end(pool, lake, chain)
            assert replaced == depth or (plan is not HONEST and replaced == 0)  # stored by a step that failed after it
            assert_whole(lake, chain)
        assert lake.finalized_head().number == chain.final


def test_follow_once__node_that_lags__changes_nothing(new_lake):
    chain, behind = make_chain(32, 20, finality_lag=LAG), make_chain(32, 16, finality_lag=LAG)
    with FaultyNode(chain, HONEST) as node, FaultyNode(behind, HONEST) as lagging, new_lake("lake") as lake:
        ingest(patient_chain(node.url), lake, settings())
        follow_once(patient_chain(node.url), lake, settings())
        before = contents(lake)
        report = follow_once(patient_chain(lagging.url), lake, settings())
        assert (report.added, report.replaced, report.head.number) == (0, 0, chain.height)
        assert contents(lake) == before


def test_follow_once__healthiest_node_lags__the_newest_block_of_the_other(new_lake):
    chain, behind = make_chain(41, 20, finality_lag=LAG), make_chain(41, 16, finality_lag=LAG)
    with FaultyNode(behind, HONEST) as late, FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(late.url, node.url)
        ingest(pool, lake, settings())
        follow_once(pool, lake, settings())
        assert follow_once(pool, lake, settings()).head.number == chain.height


def test_ingest__first_node_stuck_for_half_an_hour__says_so_and_goes_on_where_one_is_enough(new_lake):
    chain, stuck = make_chain(42, 180, finality_lag=LAG), make_chain(42, 20, finality_lag=LAG)
    with FaultyNode(stuck, HONEST) as late, FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(late.url, node.url)
        report = ingest(pool, lake, settings())
        assert report.to_block == stuck.final  # two of two must call a block final
        assert f"calls block {chain.final} final" in report.lag
        assert ingest(pool, lake, settings(final_agreement=1)).to_block == chain.final


def test_ingest__started_again_with_a_node_that_lags__takes_nothing_back(new_lake):
    chain = make_chain(39, 30, finality_lag=LAG)
    for behind in (16, 26):  # its newest block is below the final one, or among those that are not final
        lagging = make_chain(39, behind, finality_lag=LAG)
        with FaultyNode(chain, HONEST) as node, FaultyNode(lagging, HONEST) as late, new_lake(f"lake{behind}") as lake:
            ingest(patient_chain(node.url), lake, settings())
            follow_once(patient_chain(node.url), lake, settings())
            before = contents(lake)
            for urls in ([late.url], [late.url, node.url]):
                ingest(patient_chain(*urls), lake, settings())
                assert follow_once(patient_chain(*urls), lake, settings()).replaced == 0
                assert contents(lake) == before


def test_follow_once__replacement_that_cannot_be_verified__nothing_deleted(new_lake):
    chain = make_chain(40, 20, finality_lag=LAG)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(node.url, rounds=2)
        ingest(pool, lake, settings())
        follow_once(pool, lake, settings())
        before = contents(lake)
        chain.reorganise(6, 9)
        node.plan = parse_plan("null!=1,empty!=1")
        with pytest.raises(RetryLaterError):
            follow_once(pool, lake, settings())
        assert contents(lake) == before
        node.plan = HONEST
        assert follow_once(pool, lake, settings()).replaced == 6
        assert_whole(lake, chain)


def test_follow_once__final_block_replaced__stops_with_evidence_and_code_1(new_lake):
    chain = make_chain(33, 20, finality_lag=LAG)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(node.url, rounds=2)
        ingest(pool, lake, settings())
        follow_once(pool, lake, settings())
        before = contents(lake)
        chain.reorganise(LAG + 3, LAG + 8)
        with pytest.raises(PozkError) as caught:
            follow_once(pool, lake, settings())
        assert caught.value.exit_code == 1
        assert isinstance(caught.value, FinalReorgFault)
        assert contents(lake) == before
        kinds = lake.query("SELECT DISTINCT kind, block_number FROM lake.evidence").to_pylist()
        assert kinds == [{"kind": "final", "block_number": 12}]


def test_ingest__final_block_replaced__stops_with_code_1(new_lake):
    chain = make_chain(34, 20, finality_lag=LAG)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(node.url, rounds=2)
        ingest(pool, lake, settings())
        for grown in (0, 5):
            chain.reorganise(LAG + 3, LAG + 3 + grown)
            with pytest.raises(PozkError, match="has been replaced") as caught:
                ingest(pool, lake, settings())
            assert caught.value.exit_code == 1


def test_ingest__after_following_an_orphaned_branch__repairs_it(new_lake):
    chain = make_chain(35, 20, finality_lag=LAG)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(node.url)
        ingest(pool, lake, settings())
        follow_once(pool, lake, settings())
        chain.reorganise(5, 25)
        ingest(pool, lake, settings())
        assert contents(lake) == expected_contents(chain)


def test_follow_once__shorter_fork__waits_until_it_is_longer(new_lake):
    chain = make_chain(36, 20, finality_lag=LAG)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(node.url)
        ingest(pool, lake, settings())
        follow_once(pool, lake, settings())
        chain.reorganise(4, 2)
        assert follow_once(pool, lake, settings()).replaced == 0
        chain.grow(2)
        assert follow_once(pool, lake, settings()).replaced == 4
        assert_whole(lake, chain)


def test_ingest__again_when_the_chain_has_grown__the_final_block_moves_with_it(new_lake):
    chain = make_chain(43, 20, finality_lag=LAG)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        for _ in range(3):
            ingest(patient_chain(node.url), lake, settings())
            assert lake.finalized_head().number == chain.final
            chain.grow(10)


def test_follow_once__empty_lake__says_what_to_run(new_lake):
    chain = make_chain(37, 5)
    with (
        FaultyNode(chain, HONEST) as node,
        new_lake("lake") as lake,
        pytest.raises(RetryLaterError, match="pozk index"),
    ):
        follow_once(patient_chain(node.url), lake, settings())


def test_follow__node_down_for_a_while__goes_on_afterwards(new_lake):
    chain = make_chain(38, 20, finality_lag=LAG)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(node.url, rounds=1)
        ingest(pool, lake, settings())
        plans, heads, troubles = [parse_plan("503=1"), HONEST], [], []

        def wait():
            if plans:
                node.plan = plans.pop(0)
                chain.grow(1)
                return True
            return False

        follow(pool, lake, settings(), wait=wait, step=heads.append, trouble=troubles.append)
        assert (len(heads), len(troubles)) == (2, 1)
        assert_whole(lake, chain)
