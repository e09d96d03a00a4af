"""What is final: the highest block that enough nodes call final and hold by hash, whoever says more."""

import pytest

from deploy.faults.adversary import Forger, JumpingFinality
from deploy.faults.plan import FaultPlan, parse_plan
from deploy.faults.server import FaultyNode
from indexer.flows.head.head import fetch_agreed_head
from indexer.words.blocks import BlockRef
from indexer.words.faults import NodeFault
from tests.simulation.simulated import make_chain, patient_chain, settings

HONEST = FaultPlan(0, {})
LAG = 10


@pytest.fixture(scope="module")
def chain():
    return make_chain(61, 150, finality_lag=LAG)


@pytest.fixture
def serve(request):
    """Return a function that serves a source and gives the node's address."""

    def start(source, plan=HONEST):
        node = FaultyNode(source, plan)
        request.addfinalizer(node.stop)
        return node.url

    return start


def ref_of(chain, number):
    return BlockRef(number, bytes.fromhex(chain.blocks[number].block["hash"][2:]))


def kinds(pool):
    return {(fault.node, fault.kind) for fault in pool.drain_evidence()}


def name(url):
    return url.removeprefix("http://")


def forged_future(chain, first=None):
    return Forger(chain, first or chain.final + 1, chain.final + 51, is_newest=True)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_fetch_agreed_head__forged_future_at_any_place__what_the_honest_two_say(chain, serve, place):
    urls = [serve(chain), serve(chain)]
    urls.insert(place, serve(forged_future(chain)))
    agreement = fetch_agreed_head(patient_chain(*urls, rounds=2), settings())
    assert agreement.head == ref_of(chain, 140)
    assert sorted(claim.head.ref.number for claim in agreement.claims) == [140, 140, 191]


def test_fetch_agreed_head__forged_from_below_the_final_block__the_liar_is_accused(chain, serve):
    liar, honest = serve(forged_future(chain, 120)), [serve(chain), serve(chain)]
    pool = patient_chain(liar, *honest, rounds=2)
    assert fetch_agreed_head(pool, settings()).head == ref_of(chain, 140)
    assert kinds(pool) == {(name(liar), "head")}


@pytest.mark.parametrize("verify", ["receipts", "bloom", "quorum:2"])
def test_fetch_agreed_head__newest_block_called_final__the_block_of_the_others(chain, serve, verify):
    pool = patient_chain(serve(JumpingFinality(chain)), serve(chain), rounds=2)
    assert fetch_agreed_head(pool, settings(level=verify)).head == ref_of(chain, 140)


def test_fetch_agreed_head__two_that_part_below_their_heads__the_last_block_they_share(chain, serve):
    pool = patient_chain(serve(forged_future(chain, 101)), serve(chain), rounds=2)
    assert fetch_agreed_head(pool, settings()).head == ref_of(chain, 100)


def test_fetch_agreed_head__two_that_part_below_what_is_final_here__retry_later_with_both_words(chain, serve):
    pool = patient_chain(serve(forged_future(chain, 101)), serve(chain), rounds=2)
    with pytest.raises(NodeFault, match=r"nodes disagree on the final block.*block 191 0x.*block 140 0x") as caught:
        fetch_agreed_head(pool, settings(), low=120)
    assert caught.value.exit_code == 3


def test_fetch_agreed_head__silent_node__named_with_the_key(chain, serve):
    down = "http://127.0.0.1:1"
    pool = patient_chain(serve(chain), down, serve(chain, parse_plan("503=1")), rounds=2)
    with pytest.raises(
        NodeFault, match=r"2 of 3 by chain\.final_agreement, got 1; silent are 127.*:1: .*503"
    ) as caught:
        fetch_agreed_head(pool, settings())
    assert caught.value.exit_code == 3
    assert fetch_agreed_head(pool, settings(final_agreement=1)).head == ref_of(chain, 140)


def test_fetch_agreed_head__final_agreement_of_all__the_lowest(chain, serve):
    behind = make_chain(61, 130, finality_lag=LAG)
    pool = patient_chain(serve(chain), serve(behind), serve(chain), rounds=2)
    assert fetch_agreed_head(pool, settings(final_agreement=3)).head == ref_of(chain, 120)
    assert fetch_agreed_head(pool, settings()).head == ref_of(chain, 140)


@pytest.mark.parametrize(("limit", "is_refused"), [(900, True), (5000, False), (0, False)])
def test_fetch_agreed_head__block_ahead_of_the_clock__refused_naming_the_key(chain, serve, limit, is_refused):
    pool = patient_chain(serve(chain), rounds=1)
    now = int(chain.blocks[140].block["timestamp"], 16) - 1000

    def fetch():
        return fetch_agreed_head(pool, settings(max_ahead_seconds=limit), clock=lambda: now).head

    if not is_refused:
        assert fetch() == ref_of(chain, 140)
        return
    with pytest.raises(NodeFault, match=r"ahead of the clock, expected at most 900 s by chain\.max_ahead") as caught:
        fetch()
    assert caught.value.exit_code == 3


def test_fetch_agreed_head__light_client__its_word(chain, serve):
    class LightClient:
        def fetch_final_block(self):
            return ref_of(chain, 133)

    pool = patient_chain(serve(forged_future(chain)), rounds=1)
    assert fetch_agreed_head(pool, settings(), consensus=LightClient()).head == ref_of(chain, 133)
