"""Which block is final, as played nodes say; real nodes lie about it in `tests/simulation/test_head.py`."""

from dataclasses import replace
from itertools import permutations

import pytest

from indexer.flows.head.head import agreed_at, fetch_agreed_head, verify_not_ahead
from indexer.words.blocks import BlockHead
from indexer.words.errors import RetryLaterError
from indexer.words.faults import MethodFault, MissingFault, NodeFault, SettingFault, UnreachableFault
from indexer.words.finality import Finality
from tests.support.played_indexing import PlayedNode, PlayedPool, ref_of, settings_of, small_chain

LAG = 4


@pytest.fixture(scope="module")
def chain():
    return small_chain(12)


def forked(depth):
    """Return another chain that parts from the fixture's so many blocks below its end."""
    other = small_chain(12)
    other.reorganise(depth, depth)
    return other


def pool_of(*chains):
    return PlayedPool([PlayedNode(each, name) for each, name in zip(chains, ("one", "two", "three"), strict=False)])


def head_of(pool, level="receipts", **options):
    return fetch_agreed_head(pool, settings_of(level, **options), clock=lambda: 1_700_000_100.0)


def test_fetch_agreed_head__one_node__what_it_calls_final(chain):
    agreement = head_of(pool_of(chain))
    assert agreement.head == ref_of(chain, 12 - LAG)
    assert [claim.node.name for claim in agreement.claims] == ["one"]


def test_fetch_agreed_head__so_many_confirmations__below_the_newest_block(chain):
    assert head_of(pool_of(chain), finality=Finality(2)).head == ref_of(chain, 10)


def test_fetch_agreed_head__a_light_client__its_word_goes_before_all_nodes(chain):
    class Client:
        def fetch_final_block(self):
            return ref_of(chain, 3)

    pool = pool_of(chain)
    agreement = fetch_agreed_head(pool, settings_of(), consensus=Client())
    assert (agreement.head, pool.nodes[0].asked) == (ref_of(chain, 3), {})


def test_fetch_agreed_head__one_of_three_lags__the_block_of_the_other_two(chain):
    pool = pool_of(chain, chain, chain)
    pool.nodes[2].chain = small_chain(9)
    assert head_of(pool).head == ref_of(chain, 8)


def test_fetch_agreed_head__two_of_three_lag__the_block_that_two_call_final(chain):
    pool = pool_of(chain, small_chain(10), small_chain(9))
    assert head_of(pool).head == ref_of(chain, 6)


def test_fetch_agreed_head__one_of_three_is_on_a_fork__is_accused(chain):
    pool = pool_of(chain, forked(8), chain)
    assert head_of(pool).head == ref_of(chain, 8)
    assert pool.accused == [("two", "head")]


def test_fetch_agreed_head__four_in_any_order__the_block_that_three_call_final_and_hold(chain):
    fork, ahead = forked(8), small_chain(400, finality_lag=4)
    for chains, final, accused in (
        ((chain, chain, small_chain(9), fork), 5, [fork]),
        ((chain, chain, chain, fork), 8, [fork]),
        ((chain, chain, ahead, small_chain(10)), 8, []),
        ((chain, small_chain(9), small_chain(10), ahead), 6, []),
    ):
        for order in permutations(range(4)):
            said = [chains[place] for place in order]
            pool = PlayedPool([PlayedNode(each, str(place)) for place, each in zip(order, said, strict=True)])
            assert head_of(pool).head == ref_of(chain, final)
            assert {fault.node for fault in pool.evidence} == {str(chains.index(each)) for each in accused}


def test_fetch_agreed_head__two_that_part__the_last_block_they_share(chain):
    assert head_of(pool_of(chain, forked(8))).head == ref_of(chain, 4)


def test_fetch_agreed_head__two_that_part_below_what_is_stored__says_both_words(chain):
    with pytest.raises(MissingFault, match=r"nodes disagree on the final block.*one: block 8 0x.*two: block 8 0x"):
        fetch_agreed_head(pool_of(chain, forked(8)), settings_of(), low=6)


def test_fetch_agreed_head__says_one_block_and_holds_another__is_accused_and_counts_by_what_it_holds(chain):
    def orphan(head):
        return replace(head, ref=replace(head.ref, hash=b"\x07" * 32))

    pool = pool_of(chain)
    pool.nodes[0].says["fetch_head"] = lambda head, _: orphan(head)
    assert head_of(pool).head == ref_of(chain, 8)
    assert pool.accused == [("one", "head")]


def test_fetch_agreed_head__silent_at_first__is_asked_again(chain):
    pool = pool_of(chain)
    pool.nodes[0].fails["fetch_head"] = [UnreachableFault("no answer")]
    assert head_of(pool).head == ref_of(chain, 8)


def test_fetch_agreed_head__too_few_answer__names_the_silent_ones(chain):
    pool = pool_of(chain, chain)
    pool.nodes[1].fails["fetch_head"] = [UnreachableFault("no answer", got="refused")] * 9
    with pytest.raises(
        MissingFault, match=r"expected 2 of 2 by chain\.final_agreement, got 1; silent are two: no answer"
    ):
        head_of(pool)


def test_fetch_agreed_head__silent_for_a_reason_that_lasts__is_not_asked_again(chain):
    pool = pool_of(chain, chain)
    pool.nodes[1].fails["fetch_head"] = [MethodFault("no such method")] * 9
    with pytest.raises(NodeFault):
        head_of(pool)
    assert pool.nodes[1].asked["fetch_head"] == 1


def test_fetch_agreed_head__all_are_configured_wrongly__that_is_the_error(chain):
    pool = pool_of(chain, chain)
    for node in pool.nodes:
        node.fails["fetch_head"] = [SettingFault("no finalized tag")] * 9
    with pytest.raises(SettingFault, match="no finalized tag"):
        head_of(pool)


def test_fetch_agreed_head__nodes_agree_on_a_hash_that_no_header_has__the_level_is_wrong(chain):
    def other_rule(columns, _):
        hashes = columns.hash.copy()
        hashes[:, 0] ^= 1
        parents = columns.parent_hash.copy()
        parents[:, 0] ^= 1
        return replace(columns, hash=hashes, parent_hash=parents)

    pool = pool_of(chain, chain)
    for node in pool.nodes:
        node.says["fetch_headers"] = other_rule
    with pytest.raises(NodeFault, match="block hash cannot be proven") as caught:
        head_of(pool)
    assert caught.value.exit_code == 2
    assert pool.evidence == []


def tell_other_hashes(node):
    """Have a node name other hashes than its headers have."""

    def other(columns, _):
        hashes, parents = columns.hash.copy(), columns.parent_hash.copy()
        hashes[:, 0] ^= 1
        parents[:, 0] ^= 1
        return replace(columns, hash=hashes, parent_hash=parents)

    def other_head(head, _):
        return replace(head, ref=replace(head.ref, hash=bytes([head.ref.hash[0] ^ 1]) + head.ref.hash[1:]))

    node.says |= {"fetch_headers": other, "fetch_head": other_head}


def test_fetch_agreed_head__two_nodes_unproven__the_hashes_they_name_must_agree(chain):
    assert head_of(pool_of(chain, chain), "none").head == ref_of(chain, 8)
    assert head_of(pool_of(chain, forked(8)), "none").head == ref_of(chain, 4)
    both = pool_of(chain, chain)
    for node in both.nodes:
        tell_other_hashes(node)
    assert head_of(both, "none").head.number == 8
    assert head_of(both, "none").head.hash != ref_of(chain, 8).hash
    one = pool_of(chain, chain)
    tell_other_hashes(one.nodes[1])
    with pytest.raises(MissingFault, match="nodes disagree on the final block"):
        head_of(one, "none")
    assert (both.evidence, one.evidence) == ([], [])


def test_fetch_agreed_head__two_nodes_unproven_of_which_one_is_silent__names_it(chain):
    pool = pool_of(chain, chain)
    pool.nodes[0].fails["fetch_head"] = [UnreachableFault("no answer", got="refused")] * 9
    with pytest.raises(MissingFault, match=r"expected 2 of 2 .*silent are one: no answer"):
        head_of(pool, "none")


def test_fetch_agreed_head__a_node_far_ahead_of_the_agreement__is_told(chain):
    pool = pool_of(chain, small_chain(10), small_chain(400, finality_lag=4))
    assert head_of(pool).lag.startswith("three calls block 396 final, ")


def test_fetch_agreed_head__block_ahead_of_the_clock__is_not_believed(chain):
    with pytest.raises(NodeFault, match="block is ahead of the clock"):
        fetch_agreed_head(pool_of(chain), settings_of(max_ahead_seconds=1), clock=lambda: 1_600_000_000.0)


def test_agreed_at__two_blocks_with_enough_nodes_each__are_no_agreement(chain):
    pool = pool_of(chain, forked(8))
    claims = head_of(pool_of(chain, forked(8)), final_agreement=1).claims
    assert agreed_at(pool, claims, 8, 1, hashed=True) == ()


def test_agreed_at__a_node_that_is_down_for_a_moment__has_no_say(chain):
    pool = pool_of(chain, chain, chain)
    claims = head_of(pool).claims
    pool.nodes[2].fails["fetch_headers"] = [UnreachableFault("no answer")]
    assert [vote.node.name for vote in agreed_at(pool, claims, 5, 2, hashed=True)] == ["one", "two"]


def test_verify_not_ahead__bound_of_0__is_off(chain):
    head = BlockHead(ref_of(chain, 1), bytes(32), 2**40)
    verify_not_ahead(head, settings_of(), 0.0, "one")
    with pytest.raises(RetryLaterError, match=r"at most 5 s by chain\.max_ahead_seconds"):
        verify_not_ahead(head, settings_of(max_ahead_seconds=5), 0.0, "one")
