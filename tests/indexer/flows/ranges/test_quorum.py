"""A range as several played nodes agree on it, and what is done with those who do not."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.flows.ranges.quorum import fetch_at_level, fetch_links
from indexer.rules.proof.checkpoints import CheckpointFault
from indexer.words.blocks import BlockRange
from indexer.words.faults import MissingFault, NodeFault, RangeFault, UnreachableFault
from tests.support.played_indexing import PlayedNode, PlayedPool, ref_of, settings_of, small_chain

RANGE = BlockRange(0, 7)


@pytest.fixture(scope="module")
def chain():
    return small_chain(12)


@pytest.fixture
def pool(chain):
    return PlayedPool([PlayedNode(chain, name) for name in ("one", "two", "three")])


def fetch(pool, level="quorum:2", blocks=RANGE, **options):
    first = pool.nodes[0]
    return fetch_at_level(pool, first, blocks, settings_of(level, **options), ref_of(first.chain, 8))


def leave_out(node, number=3):
    node.says["fetch_logs"] = lambda logs, _: logs.take(logs.block_number != number)


def test_fetch_at_level__first_two_agree__the_third_is_not_asked(pool):
    piece = fetch(pool)
    assert (piece.source, str(piece.level)) == ("one two", "quorum:2")
    assert pool.nodes[2].asked == {}


def test_fetch_at_level__one_leaves_out_a_log__the_other_two_decide_and_it_is_accused(pool):
    leave_out(pool.nodes[0])
    piece = fetch(pool)
    assert (piece.logs.block_number.tolist(), piece.source) == ([0, 3, 6], "three two")
    assert pool.accused == [("one", "quorum")]


def test_fetch_at_level__one_is_silent__the_others_are_asked(pool):
    pool.nodes[0].fails["fetch_headers"] = [UnreachableFault("no answer")]
    assert fetch(pool).source == "three two"


def test_fetch_at_level__one_lies_about_itself__is_accused_and_the_others_are_asked(pool):
    pool.nodes[1].says["fetch_headers"] = lambda headers, _: replace(headers, parent_hash=headers.hash)
    assert fetch(pool).source == "one three"
    assert pool.accused == [("two", "parent")]


def test_fetch_at_level__too_few_answer__waits(pool):
    for node in pool.nodes[1:]:
        node.fails["fetch_headers"] = [UnreachableFault("no answer")]
    with pytest.raises(MissingFault, match="too few nodes answer, expected 2 nodes, got 1"):
        fetch(pool)


def test_fetch_at_level__nobody_agrees__receipts_decide_and_the_liars_are_accused(pool):
    leave_out(pool.nodes[0], 3)
    leave_out(pool.nodes[1], 6)
    piece = fetch(pool, "quorum:3")
    assert piece.logs.block_number.tolist() == [0, 3, 6]
    assert sorted({node for node, _ in pool.accused}) == ["one", "two"]


def test_fetch_at_level__nobody_agrees_and_nobody_has_receipts__stops_without_a_choice(pool):
    leave_out(pool.nodes[0], 3)
    leave_out(pool.nodes[1], 6)
    for node in pool.nodes:
        node.fails["fetch_receipts"] = [MissingFault("pruned")] * 9
    with pytest.raises(MissingFault):
        fetch(pool, "quorum:3")


def test_fetch_at_level__range_is_refused__is_made_smaller_and_no_other_is_asked(pool):
    pool.nodes[0].fails["fetch_logs"] = [RangeFault("too many", max_blocks=2)]
    with pytest.raises(RangeFault):
        fetch(pool)
    assert pool.nodes[1].asked == {}


def test_fetch_at_level__a_single_block_is_refused__the_others_are_asked(pool):
    pool.nodes[0].fails["fetch_logs"] = [RangeFault("too many logs")]
    assert fetch(pool, blocks=BlockRange(3, 3)).source == "three two"


def test_fetch_at_level__a_single_block_refused_without_a_quorum__is_a_fault_of_that_node(pool):
    pool.nodes[0].fails["fetch_receipts"] = [RangeFault("too many logs")]
    with pytest.raises(NodeFault) as caught:
        fetch(pool, "receipts", blocks=BlockRange(3, 3))
    assert not isinstance(caught.value, RangeFault)


def test_fetch_at_level__block_of_a_checkpoint_is_another__is_no_chain_of_ours(pool):
    other = replace(ref_of(pool.nodes[0].chain, 5), hash=bytes(32))
    with pytest.raises(CheckpointFault):
        fetch(pool, "receipts", checkpoints=(other,))


@pytest.mark.parametrize("level", ["receipts", "quorum:2"])
def test_fetch_links__of_a_range__are_headers_alone(pool, level):
    first = pool.nodes[0]
    headers = fetch_links(pool, first, BlockRange(5, 8), settings_of(level), ref_of(first.chain, 8))
    assert headers.number.tolist() == [5, 6, 7, 8]
    assert {"fetch_logs", "fetch_receipts"}.isdisjoint(first.asked)


def test_fetch_links__of_another_top__is_a_lie(pool):
    first, top = pool.nodes[0], replace(ref_of(pool.nodes[0].chain, 8), hash=np.uint8(7).tobytes() * 32)
    with pytest.raises(NodeFault, match="another block at the final height"):
        fetch_links(pool, first, BlockRange(5, 8), settings_of(), top)
