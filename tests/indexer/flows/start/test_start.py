"""What the start of a lake rests on, by played nodes."""

from dataclasses import replace

import pytest

from indexer.flows.head.head import fetch_agreed_head
from indexer.flows.head.link import HeadLink
from indexer.flows.start.start import (
    Start,
    verify_chain_id,
    verify_checkpoints_below,
    verify_enough_nodes,
    verify_start,
    verify_stored_start,
)
from indexer.rules.proof.checkpoints import FIRST_BLOCK, CheckpointFault, format_checkpoint
from indexer.words.contracts import ContractSpan
from indexer.words.errors import InputError, RetryLaterError
from indexer.words.faults import UnreachableFault
from tests.support.played_indexing import (
    CONTRACTS,
    PlayedLake,
    PlayedNode,
    PlayedPool,
    ref_of,
    settings_of,
    small_chain,
)

BIRTH = 6
"""The block from which on our contracts count in these tests; it holds a log of ours, as does every third block."""


@pytest.fixture(scope="module")
def chain():
    return small_chain(20)


@pytest.fixture
def pool(chain):
    return PlayedPool([PlayedNode(chain, "one"), PlayedNode(chain, "two")])


def settings_from(start_block, **changes):
    young = {name: (ContractSpan(address, BIRTH),) for name, address in CONTRACTS.items()}
    return settings_of(**{"contracts": young, "start_block": start_block, "genesis": 1_800_000_000} | changes)


def start_of(pool, settings):
    lake, agreement = PlayedLake(), fetch_agreed_head(pool, settings, settings.start_block)
    return Start(pool, lake, settings, agreement, HeadLink(pool, lake, settings, agreement.head))


def test_verify_start__nothing_stored__is_new(pool):
    assert verify_start(pool, PlayedLake(), settings_of())


def test_verify_start__filled_for_these_settings__is_not_new(pool):
    lake = PlayedLake()
    lake.rows["identity"] = [{"key": key, "value": value} for key, value in settings_of().identity().items()]
    assert not verify_start(pool, lake, settings_of())
    with pytest.raises(InputError, match="the lake was filled for another genesis"):
        verify_start(pool, lake, settings_of(genesis=5))


def test_verify_enough_nodes__fewer_than_must_agree__is_a_wrong_input():
    with pytest.raises(InputError, match=r"expected 3 nodes by chain\.final_agreement, got 2 in chain\.rpc"):
        verify_enough_nodes(settings_of(final_agreement=3), 2)
    with pytest.raises(InputError, match=r"expected 3 nodes by chain\.verify, got 2"):
        verify_enough_nodes(settings_of("quorum:3"), 2)


@pytest.mark.parametrize("place", [0, 1])
def test_verify_chain_id__any_node_of_another_chain__is_a_wrong_input(pool, place):
    pool.nodes[place].says["fetch_chain_id"] = lambda _: 1
    with pytest.raises(InputError, match=f"expected chain_id 31337, got 1, at {pool.nodes[place].name}"):
        verify_chain_id(pool, 31337)


def test_verify_chain_id__one_is_silent__is_no_reason(pool):
    pool.nodes[1].fails["fetch_chain_id"] = [UnreachableFault("no answer")]
    verify_chain_id(pool, 31337)


def test_verify_chain_id__all_are_silent__retry_later(pool):
    for node in pool.nodes:
        node.fails["fetch_chain_id"] = [UnreachableFault("no answer")] * 9
    with pytest.raises(RetryLaterError, match="no answer"):
        verify_chain_id(pool, 31337)


def test_prove__from_the_first_block__nobody_is_asked(pool):
    start = start_of(pool, settings_of())
    pool.nodes[0].asked.clear()
    assert start.prove() is None
    assert (start.founding(), pool.nodes[0].asked) == ({"start": "the first block"}, {})


def test_prove__our_first_log_lies_at_the_start__the_blocks_below_are_proven_empty(pool, chain):
    start = start_of(pool, settings_from(BIRTH))
    assert start.prove() == ref_of(chain, BIRTH - 1)
    assert start.founding() == {"start": "proven empty of our logs"}


@pytest.mark.parametrize("start_block", [BIRTH + 1, 13])
def test_prove__a_log_of_ours_lies_below__names_the_first(pool, start_block):
    with pytest.raises(InputError, match=f"start_block is above our first log, expected at most {BIRTH}, got"):
        start_of(pool, settings_from(start_block)).prove()


def test_prove__contracts_had_no_code_below__says_so_without_their_receipts(pool):
    for node in pool.nodes:
        node.says["has_code"] = lambda _, __, number: number >= 14
    start = start_of(pool, settings_from(13))
    start.prove()
    assert start.founding() == {"start": "proven empty of our logs"}
    assert "fetch_receipts" not in pool.nodes[0].asked


def test_prove__only_one_node_says_that_there_was_no_code__is_not_believed(pool):
    pool.nodes[0].says["has_code"] = lambda *_: False
    with pytest.raises(InputError, match="above our first log"):
        start_of(pool, settings_from(13)).prove()


def test_prove__nobody_has_the_receipts_below__says_what_to_do(pool):
    for node in pool.nodes:
        node.fails["fetch_receipts"] = [UnreachableFault("pruned")] * 99
    with pytest.raises(RetryLaterError, match=r"nobody can prove .*chain\.vouch_start = true"):
        start_of(pool, settings_from(13)).prove()


def test_prove__the_operator_answers_for_it__nothing_below_is_asked_for(pool):
    start = start_of(pool, settings_from(13, vouch_start=True))
    assert start.prove() is None
    assert start.founding() == {"start": "vouched for by chain.vouch_start"}


def test_prove__a_checkpoint_names_the_block_below__is_what_the_first_must_follow(pool, chain):
    start = start_of(pool, settings_from(13, checkpoints=(ref_of(chain, 12),)))
    assert start.prove() == ref_of(chain, 12)
    assert start.founding()["start"] == f"vouched for by checkpoint {format_checkpoint(ref_of(chain, 12))}"


def test_prove__epoch_began_below_the_start__its_first_block_is_noted(pool, chain):
    opening = int(chain.blocks[4].block["timestamp"], 16)
    start = start_of(pool, settings_from(BIRTH, genesis=opening))
    start.prove()
    assert start.founding()[FIRST_BLOCK] == format_checkpoint(ref_of(chain, 4))


def test_prove__epoch_begins_above_the_start__nothing_is_noted(pool, chain):
    start = start_of(pool, settings_from(BIRTH, genesis=int(chain.blocks[9].block["timestamp"], 16)))
    start.prove()
    assert FIRST_BLOCK not in start.founding()


def test_prove__too_few_say_what_the_block_below_is__the_hashes_below_the_head_do(pool, chain):
    start = start_of(pool, settings_from(13, vouch_start=True, checkpoints=(ref_of(chain, 3),)))
    pool.nodes[1].fails["fetch_headers"] = [UnreachableFault("no answer")]
    assert start.prove() == ref_of(chain, 12)


def test_verify_checkpoints_below__on_the_chain__are_to_be_kept_and_looked_at_once(pool, chain):
    settings = settings_from(13, checkpoints=(ref_of(chain, 3),))
    fresh = verify_checkpoints_below(pool, settings, ref_of(chain, 12), {})
    assert list(fresh) == ["checkpoint 3"]
    pool.nodes[0].asked.clear()
    assert verify_checkpoints_below(pool, settings, ref_of(chain, 12), fresh) == {}
    assert pool.nodes[0].asked == {}


def test_verify_checkpoints_below__another_block_there__is_refused(pool, chain):
    wrong = replace(ref_of(chain, 3), hash=bytes(32))
    with pytest.raises(CheckpointFault):
        verify_checkpoints_below(pool, settings_from(13, checkpoints=(wrong,)), ref_of(chain, 12), {})


def test_verify_stored_start__a_checkpoint_is_new__is_written_beside_the_identity(pool, chain):
    lake = PlayedLake()
    lake.rows["blocks"] = [{"number": 13, "hash": ref_of(chain, 13).hash, "parent_hash": ref_of(chain, 12).hash}]
    verify_stored_start(pool, lake, settings_from(13, checkpoints=(ref_of(chain, 3),)))
    assert [row["key"] for row in lake.rows["identity"]] == ["checkpoint 3"]
    verify_stored_start(pool, lake, settings_from(13, checkpoints=(ref_of(chain, 3),)))
    assert lake.commits == 1
