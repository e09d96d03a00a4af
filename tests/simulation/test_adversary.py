"""Consistent lies: what is final is what the honest node says, and every data directory mends."""

import random

import pytest

from deploy.faults.adversary import Forger, Hole
from deploy.faults.plan import FaultPlan, parse_plan
from deploy.faults.server import FaultyNode
from indexer.flows.runs.follow import follow_once
from indexer.flows.runs.ingest import ingest
from indexer.flows.storing.identity import load_identity
from indexer.rules.proof.checkpoints import FIRST_BLOCK, CheckpointFault, format_checkpoint
from indexer.words.blocks import BlockRef
from indexer.words.errors import PozkError, RetryLaterError
from tests.simulation.seeds import SEEDS
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings
from tests.simulation.tally import TALLY

pytestmark = pytest.mark.database
HONEST = FaultPlan(0, {})
SMALL = {"commit_blocks": 8, "max_range": 8}


def name(node):
    return node.url.removeprefix("http://")


def ref_of(chain, number):
    return BlockRef(number, bytes.fromhex(chain.blocks[number].block["hash"][2:]))


def accused(lake):
    rows = lake.query("SELECT DISTINCT node, kind FROM lake.evidence").to_pylist()
    return {(row["node"], row["kind"]) for row in rows}


@pytest.mark.parametrize("verify", ["receipts", "bloom"])
def test_ingest__forged_future_beside_two_honest_nodes__their_chain_and_later_evidence(new_lake, verify):
    chain = make_chain(71, 50, finality_lag=10)
    with (
        FaultyNode(Forger(chain, 41, 91, is_newest=True), HONEST) as liar,
        FaultyNode(chain, HONEST) as one,
        FaultyNode(chain, HONEST) as two,
        new_lake("lake") as lake,
    ):
        pool = patient_chain(liar.url, one.url, two.url)
        assert ingest(pool, lake, settings(level=verify)).to_block == 40
        assert contents(lake) == expected_contents(chain)
        assert accused(lake) == set()
        chain.grow(55)
        liar.source = chain  # it is honest by now; what it said is remembered
        ingest(pool, lake, settings(level=verify))
        assert contents(lake) == expected_contents(chain)
        assert accused(lake) == {(name(liar), "claim")}


@pytest.mark.parametrize(
    ("last", "changes", "to_block"),
    [
        (59, {"max_range": 30, "commit_blocks": 30}, None),
        (139, {"max_range": 30, "commit_blocks": 30}, None),
        (139, {"commit_blocks": 1000}, None),
        (139, {}, 59),
    ],
)
def test_ingest__forged_window__taken_back_and_the_liar_accused(new_lake, last, changes, to_block):
    chain = make_chain(72, 150, finality_lag=10)
    with (
        FaultyNode(Forger(chain, 40, last), HONEST) as liar,
        FaultyNode(chain, HONEST) as honest,
        new_lake("lake") as lake,
    ):
        pool = patient_chain(liar.url, honest.url)
        report = ingest(pool, lake, settings(**changes), to_block=to_block)
        end = chain.final if to_block is None else to_block
        assert (report.from_block, report.to_block, report.is_final) == (0, end, True)
        assert contents(lake) == expected_contents(chain, end)
        assert lake.finalized_head() == ref_of(chain, end)
        assert (name(liar), "link" if last == 139 else "parent") in accused(lake)
        assert {node for node, _ in accused(lake)} == {name(liar)}


def test_ingest__only_a_node_that_forges_a_window__nothing_forged_is_final(new_lake):
    chain = make_chain(73, 60, finality_lag=10)
    with FaultyNode(Forger(chain, 20, 29), HONEST) as liar, new_lake("lake") as lake:
        pool = patient_chain(liar.url, rounds=2)
        for to_block in (29, None):
            with pytest.raises(RetryLaterError):
                ingest(pool, lake, settings(**SMALL), to_block=to_block)
            final = lake.finalized_head()
            assert final is None or final == ref_of(chain, final.number)
        liar.source = chain
        ingest(pool, lake, settings(**SMALL))
        assert contents(lake) == expected_contents(chain)


def test_ingest__killed_with_a_forged_tail__the_next_run_takes_it_back(new_lake):
    chain = make_chain(74, 60, finality_lag=10)
    with FaultyNode(Forger(chain, 20, 29), HONEST) as node, new_lake("lake") as lake:
        with pytest.raises(KeyboardInterrupt):
            ingest(patient_chain(node.url), lake, settings(**SMALL), progress=stop_at(23))
        assert lake.finalized_head() is None
        node.source = chain
        ingest(patient_chain(node.url), lake, settings(**SMALL))
        assert contents(lake) == expected_contents(chain)


def stop_at(block):
    def stop(progress):
        if progress.block >= block:
            raise KeyboardInterrupt

    return stop


def test_ingest__below_the_head__tied_to_it_by_headers(new_lake):
    chain = make_chain(75, 40, finality_lag=4)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        report = ingest(patient_chain(node.url), lake, settings(), to_block=11)
        assert report.is_final
        assert lake.finalized_head() == ref_of(chain, 11)


def test_follow_once__forged_newest_blocks__replaced_by_the_honest_ones(new_lake):
    chain = make_chain(76, 40, finality_lag=10)
    with (
        FaultyNode(chain, HONEST) as liar,
        FaultyNode(chain, HONEST) as one,
        FaultyNode(chain, HONEST) as two,
        new_lake("lake") as lake,
    ):
        pool = patient_chain(liar.url, one.url, two.url)
        ingest(pool, lake, settings())
        liar.source = Forger(chain, 32, 60, is_newest=True)
        follow_once(pool, lake, settings())
        assert lake.finalized_head() == ref_of(chain, 30)
        chain.grow(40)
        for _ in range(4):
            follow_once(pool, lake, settings())
        ingest(pool, lake, settings())
        assert lake.finalized_head() == ref_of(chain, 70)
        assert contents_up_to(lake, 70) == expected_contents(chain, 70)["blocks"]


def contents_up_to(lake, number):
    rows = lake.query("SELECT * FROM lake.blocks WHERE number <= $number", {"number": number}).to_pylist()
    return sorted(repr(sorted(row.items())) for row in rows)


def test_ingest__checkpoint_on_the_chain__accepted(new_lake):
    chain = make_chain(77, 30, finality_lag=4)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        wanted = settings(checkpoints=(ref_of(chain, 3), ref_of(chain, 20)))
        assert ingest(patient_chain(node.url), lake, wanted).to_block == chain.final


def test_ingest__checkpoint_that_the_chain_lacks__exit_code_1_and_nothing_final(new_lake):
    chain = make_chain(77, 30, finality_lag=4)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        wanted = settings(checkpoints=(BlockRef(20, b"\7" * 32),))
        with pytest.raises(CheckpointFault, match="0x0707") as caught:
            ingest(patient_chain(node.url, rounds=2), lake, wanted)
        assert caught.value.exit_code == 1
        assert lake.finalized_head() is None


def test_ingest__checkpoint_above_the_head__exit_code_3(new_lake):
    chain = make_chain(77, 30, finality_lag=4)
    with (
        FaultyNode(chain, HONEST) as node,
        new_lake("lake") as lake,
        pytest.raises(RetryLaterError, match=r"block 29 or later, got block 26.*chain\.checkpoints"),
    ):
        ingest(patient_chain(node.url), lake, settings(checkpoints=(ref_of(chain, 29),)))


def test_ingest__single_node_was_a_liar__a_checkpoint_mends_the_lake(new_lake):
    chain = make_chain(78, 60, finality_lag=10)
    with FaultyNode(Forger(chain, 30, 70, is_newest=True), HONEST) as node, new_lake("lake") as lake:
        pool = patient_chain(node.url, rounds=2)
        ingest(pool, lake, settings())
        assert lake.finalized_head().number == 70
        node.source = chain
        chain.grow(40)
        with pytest.raises(PozkError, match=r"has been replaced.*chain\.checkpoints") as caught:
            ingest(pool, lake, settings())
        assert caught.value.exit_code == 1
        ingest(pool, lake, settings(checkpoints=(ref_of(chain, 50),)))
        assert contents(lake) == expected_contents(chain)


def test_ingest__checkpoint_below_the_start__tied_by_headers(new_lake):
    chain = make_chain(79, 40, finality_lag=4)
    wanted = {"start_block": 20, "vouch_start": True}
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake, new_lake("other") as other:
        pool = patient_chain(node.url, rounds=2)
        ingest(pool, lake, settings(**wanted, checkpoints=(ref_of(chain, 7),)))
        for checkpoint in (BlockRef(8, b"\7" * 32), BlockRef(15, b"\7" * 32)):
            for each in (lake, other):
                with pytest.raises(CheckpointFault):
                    ingest(pool, each, settings(**wanted, checkpoints=(checkpoint,)))


@pytest.mark.parametrize("verify", ["receipts", "bloom"])
def test_ingest__hole_beside_an_honest_node__filled(new_lake, verify):
    chain = make_chain(80, 60, finality_lag=4)
    with FaultyNode(Hole(chain, 10, 40), HONEST) as liar, FaultyNode(chain, HONEST) as honest, new_lake("lake") as lake:
        ingest(patient_chain(liar.url, honest.url), lake, settings(level=verify))
        assert contents(lake) == expected_contents(chain)
        assert {node for node, _ in accused(lake)} == {name(liar)}


class Pruned:
    """A node without old logs, receipts and state that says so nowhere: no code, no logs."""

    def __init__(self, chain, below):
        self._chain, self._below = chain, below

    def answer(self, method, params):
        if method == "eth_getCode":
            return "0x"
        found = self._chain.answer(method, params)
        if method == "eth_getLogs":
            return [log for log in found if int(log["blockNumber"], 16) >= self._below]
        if method == "eth_getBlockReceipts" and found and int(found[0]["blockNumber"], 16) < self._below:
            return None
        return found


class Whole:
    """A node that knows of the contracts' code."""

    def __init__(self, chain):
        self._chain = chain

    def answer(self, method, params):
        return "0x60" if method == "eth_getCode" else self._chain.answer(method, params)


@pytest.mark.parametrize("verify", ["receipts", "bloom"])
def test_ingest__start_above_our_logs_and_a_pruned_node__refused_whatever_it_says(new_lake, verify):
    chain = make_chain(83, 40, finality_lag=4)
    with (
        FaultyNode(Pruned(chain, 25), HONEST) as node,
        FaultyNode(Whole(chain), HONEST) as whole,
        new_lake("lake") as lake,
    ):
        wanted = settings(start_block=25, level=verify)
        with pytest.raises(PozkError, match=r"nobody can prove.*chain\.vouch_start") as caught:
            ingest(patient_chain(node.url, rounds=1), lake, wanted)
        assert caught.value.exit_code == 3
        with pytest.raises(PozkError, match="above our first log") as caught:
            ingest(patient_chain(node.url, whole.url, rounds=2), lake, wanted)
        assert caught.value.exit_code == 2
        assert lake.last_block() is None


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"vouch_start": True}, "vouched for by chain.vouch_start"),
        ({"checkpoints": 24}, "vouched for by checkpoint 24:0x"),
        ({"checkpoints": 25}, "vouched for by checkpoint 25:0x"),
    ],
)
def test_ingest__start_that_is_vouched_for__accepted_and_written_down(new_lake, changes, word):
    chain = make_chain(83, 40, finality_lag=4)
    if "checkpoints" in changes:
        changes = {"checkpoints": (ref_of(chain, changes["checkpoints"]),)}
    with FaultyNode(Pruned(chain, 25), HONEST) as node, new_lake("lake") as lake:
        assert ingest(patient_chain(node.url), lake, settings(start_block=25, **changes)).from_block == 25
        assert load_identity(lake)["start"].startswith(word)


@pytest.mark.parametrize(("opening", "first"), [(-5, 0), (0, 0), (7, 7), (24, 24), (25, None), (30, None)])
def test_ingest__start_inside_epoch_first__its_first_block_is_known(new_lake, opening, first):
    chain = make_chain(83, 40, finality_lag=4)
    wanted = settings(start_block=25, vouch_start=True, genesis=1_700_000_000 + 12 * opening)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        ingest(patient_chain(node.url), lake, wanted)
        expected = None if first is None else format_checkpoint(ref_of(chain, first))
        assert load_identity(lake).get(FIRST_BLOCK) == expected


def test_ingest__start_behind_epoch_first__nothing_to_know(new_lake):
    chain = make_chain(83, 40, finality_lag=4)
    with FaultyNode(chain, HONEST) as node, new_lake("lake") as lake:
        ingest(patient_chain(node.url), lake, settings(start_block=25, vouch_start=True, length_seconds=120))
        assert FIRST_BLOCK not in load_identity(lake)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_ingest__adversary_by_seed__the_honest_chain_and_nothing_else_final(new_lake, seed):
    rng = random.Random(seed)
    chain = make_chain(seed, rng.randint(30, 60), finality_lag=8)
    kind = rng.choice(["future", "window", "jump", "hole"])
    verify = rng.choice(["receipts", "bloom"])
    honest = 2 if kind == "future" else rng.randint(1, 2)  # two of two may not come to one final block ever again
    plans = [parse_plan(kind, seed), *[parse_plan("all=0.01" if verify == "receipts" else "503=0.02", seed)] * honest]
    rng.shuffle(plans)
    with new_lake("lake") as lake:
        nodes = [FaultyNode(chain, plan) for plan in plans]
        pool = patient_chain(*(node.url for node in nodes))
        wanted = settings(level=verify, **SMALL)
        for _ in range(2):
            for _ in range(2):
                try:
                    ingest(pool, lake, wanted, to_block=rng.choice([None, rng.randrange(1, chain.final)]))
                except RetryLaterError as error:
                    if error.exit_code != RetryLaterError.exit_code:
                        raise
                final = lake.finalized_head()
                assert final is None or final == ref_of(chain, final.number), f"SEED={seed}"
            chain.grow(rng.randint(1, 20))
        for _ in range(20):  # a node that errs names an older block now and then
            if lake.finalized_head() != ref_of(chain, chain.final):
                ingest(pool, lake, wanted)
        assert contents(lake) == expected_contents(chain), f"SEED={seed}: {kind}"
        for node in nodes:
            node.stop()
    TALLY[("adversary", kind)] += 1
