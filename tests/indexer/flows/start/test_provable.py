import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from deploy.faults.simchain import SimChain
from indexer.flows.start.provable import UNHASHED, find_level
from indexer.words.faults import UnprovableFault, WrongAnswerFault
from indexer.words.levels import LevelName, parse_level
from tests.simulation.simulated import make_chain, patient_chain, settings
from tests.simulation.test_chain_forms import arbitrum, aura, avalanche, celo, other_rule, polygon, rehash, unknown
from tests.simulation.test_vectors import Changed

pytestmark = pytest.mark.slow  # calls compiled kernels

HONEST = FaultPlan(0, {})
ALL = (LevelName.RECEIPTS, LevelName.BLOOM, *UNHASHED)


def level_of(source, **changes):
    with FaultyNode(source, HONEST) as node:
        return find_level(patient_chain(node.url, rounds=1).nodes[0], settings(**changes))


@pytest.mark.parametrize("form", [aura, avalanche])
def test_find_level__headers_of_a_known_form__receipts(form):
    assert level_of(rehash(make_chain(31, 12, finality_lag=2), form)).levels == ALL


@pytest.mark.parametrize("form", [arbitrum, celo, polygon])
def test_find_level__receipts_of_a_known_form__receipts_and_says_which_blocks(form):
    found = level_of(rehash(make_chain(32, 12, finality_lag=2), receipts_form=form))
    assert found.levels == ALL
    assert "block 10 has its hash, the receipts of block" in found.said


def test_find_level__header_of_an_unknown_form__names_the_members():
    found = level_of(rehash(make_chain(33, 12, finality_lag=2), unknown))
    assert found.levels == UNHASHED
    assert isinstance(found.obstacle, UnprovableFault)
    assert "no mixHash, nonce" in found.obstacle.line()
    assert found.allows(parse_level("quorum:2"))
    assert found.allows(parse_level("none"))
    assert not found.allows(parse_level("bloom"))


def test_find_level__another_hash_rule__a_lie_where_hashes_are_proven_else_the_level_below():
    chain = rehash(make_chain(34, 12, finality_lag=2), other_rule)
    with pytest.raises(WrongAnswerFault, match="not the hash of its header"):
        level_of(chain)
    assert level_of(chain, level="none").levels == UNHASHED


def test_find_level__receipts_are_not_served__bloom():
    def without(method, _, result):
        return None if "Receipt" in method else result

    found = level_of(Changed(make_chain(35, 12, finality_lag=2), without))
    assert found.levels == ALL[1:]
    assert "no receipts of block" in found.said


def test_find_level__receipts_of_another_block__a_lie_where_they_are_proven():
    def shortened(method, _, result):
        return result[:-1] if method == "eth_getBlockReceipts" and result else result

    chain = Changed(make_chain(36, 12, finality_lag=2), shortened)
    with pytest.raises(WrongAnswerFault):
        level_of(chain)
    assert level_of(chain, level="bloom").levels == ALL[1:]


def test_find_level__no_block_with_receipts__says_so():
    chain = SimChain(37, lambda *_: [])
    chain.grow(30)
    assert "receipts were not tried" in level_of(chain).said
