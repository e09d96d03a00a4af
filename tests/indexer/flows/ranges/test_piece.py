"""One range from one played node: what of its answer is believed at which level."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.flows.ranges.piece import as_smallest_question, fetch_page, fetch_piece, fetch_verified_header, split_range
from indexer.rules.columns.logs import concat_logs
from indexer.words.blocks import BlockRange
from indexer.words.contracts import ContractSpan
from indexer.words.faults import NodeFault, RangeFault, UnprovableFault, WrongAnswerFault
from indexer.words.levels import BLOOM, NONE, RECEIPTS
from tests.support.played_indexing import CONTRACTS, PlayedNode, ref_of, settings_of, small_chain

LEVELS = (NONE, BLOOM, RECEIPTS)
RANGE = BlockRange(0, 7)
"""Its blocks 0, 3 and 6 hold a log of ours each."""


@pytest.fixture(scope="module")
def chain():
    return small_chain(12)


@pytest.fixture
def node(chain):
    return PlayedNode(chain)


def piece_of(node, level=RECEIPTS, blocks=RANGE, final=None, **options):
    ours = settings_of(**options).log_filter()
    return fetch_piece(node, blocks, level, ours, final or ref_of(node.chain, 8))


def refused(node, level=RECEIPTS, **options):
    with pytest.raises(WrongAnswerFault) as caught:
        piece_of(node, level, **options)
    return caught.value.kind, caught.value.block


def without_log_of(number):
    return lambda logs, *_: logs.take(logs.block_number != number)


@pytest.mark.parametrize("level", LEVELS)
def test_fetch_piece__honest_node__has_every_block_and_log_of_the_range(node, level):
    piece = piece_of(node, level)
    assert piece.headers.number.tolist() == list(range(8))
    assert piece.logs.block_number.tolist() == [0, 3, 6]
    assert (piece.level, piece.source, piece.doubtful) == (level, "one", ())


@pytest.mark.parametrize("level", LEVELS)
def test_fetch_piece__up_to_the_final_block__no_successor_is_asked_for(node, level):
    piece = piece_of(node, level, BlockRange(5, 8))
    assert piece.headers.head(3).ref == ref_of(node.chain, 8)


def test_fetch_piece__another_block_at_the_final_height__is_a_lie(node):
    assert refused(node, blocks=BlockRange(5, 8), final=replace(ref_of(node.chain, 8), hash=bytes(32))) == ("final", 8)


@pytest.mark.parametrize("level", LEVELS)
def test_fetch_piece__a_header_that_does_not_follow_its_parent__is_a_lie(node, level):
    def torn(headers, _):
        parents = headers.parent_hash.copy()
        parents[3] = 7
        return replace(headers, parent_hash=parents)

    node.says["fetch_headers"] = torn
    assert refused(node, level) == ("parent", 3)


def test_fetch_piece__a_hash_that_is_not_of_its_header__is_a_lie_but_at_level_none(node):
    def older(headers, _):
        encoded = headers.encoded.copy()
        encoded[40] ^= 1
        return replace(headers, encoded=encoded)

    node.says["fetch_headers"] = older
    assert refused(node) == ("header", 0)
    assert len(piece_of(node, NONE).logs) == 3


def test_fetch_piece__a_header_with_members_unknown_here__cannot_be_proven(node):
    node.says["fetch_headers"] = lambda headers, _: replace(headers, encoded=headers.encoded ^ np.uint8(1))
    node.says["fetch_block"] = lambda block, _: block | {"quantumRoot": "0x" + "11" * 32}
    with pytest.raises(UnprovableFault, match="unknown quantumRoot"):
        piece_of(node)


def test_fetch_piece__fewer_headers_than_asked_for__is_a_lie(node):
    node.says["fetch_headers"] = lambda headers, _: replace(headers, number=headers.number + np.uint64(1))
    assert refused(node)[0] == "number"


def test_fetch_piece__a_log_left_out__is_unseen_at_none_and_seen_at_bloom(node):
    node.says["fetch_logs"] = lambda logs, blocks: without_log_of(3)(logs) if len(blocks) > 1 else logs
    assert piece_of(node, NONE).logs.block_number.tolist() == [0, 6]
    assert refused(node, BLOOM) == ("omission", 3)


def test_fetch_piece__a_log_left_out_again_alone__leaves_a_doubt_at_bloom(node):
    node.says["fetch_logs"] = without_log_of(3)
    assert piece_of(node, BLOOM).doubtful == (3,)


def test_fetch_piece__a_log_left_out__does_not_matter_at_receipts(node):
    node.says["fetch_logs"] = without_log_of(3)
    assert piece_of(node).logs.block_number.tolist() == [0, 3, 6]
    assert "fetch_logs" not in node.asked


def test_fetch_piece__blooms_admit_nothing__no_receipts_are_asked_for(node):
    silent = next(n for n, each in enumerate(node.chain.blocks) if int(each.block["logsBloom"], 16) == 0)
    piece = piece_of(node, blocks=BlockRange(silent, silent))
    assert (len(piece.logs), node.asked.get("fetch_receipts", 0)) == (0, 0)


def test_fetch_piece__receipts_with_another_root__are_a_lie(node):
    node.says["fetch_receipts"] = lambda receipts, _: replace(receipts, roots=receipts.roots ^ np.uint8(1))
    node.says["fetch_raw_receipts"] = lambda receipts, _: [each | {"status": "0x0"} for each in receipts]
    assert refused(node) == ("receipts", 0)


def test_fetch_piece__receipts_of_a_form_that_the_scanner_does_not_read__are_looked_at_one_by_one(node):
    node.says["fetch_receipts"] = lambda receipts, _: replace(receipts, roots=receipts.roots ^ np.uint8(1))
    assert piece_of(node).logs.block_number.tolist() == [0, 3, 6]


def test_fetch_piece__receipts_that_cannot_be_read__are_no_answer(node):
    node.says["fetch_receipts"] = lambda receipts, _: replace(receipts, roots=receipts.roots ^ np.uint8(1))
    node.says["fetch_raw_receipts"] = lambda _, __: [{}]
    with pytest.raises(NodeFault, match="malformed receipt"):
        piece_of(node)


@pytest.mark.parametrize("level", [NONE, BLOOM])
def test_fetch_piece__logs_of_a_block_outside_the_range__are_a_lie(node, level):
    far = piece_of(node, NONE, BlockRange(9, 9), final=ref_of(node.chain, 12)).logs
    node.says["fetch_logs"] = lambda logs, _: concat_logs([logs, far])
    assert refused(node, level)[0] == "range"


@pytest.mark.parametrize("level", [NONE, BLOOM])
def test_fetch_piece__a_log_of_a_block_with_another_hash__is_a_lie(node, level):
    node.says["fetch_logs"] = lambda logs, _: replace(logs, block_hash=logs.block_hash ^ np.uint8(1))
    assert refused(node, level)[0] == "orphan"


def test_fetch_piece__a_log_that_the_bloom_does_not_admit__is_a_lie_at_bloom(node):
    def moved(logs, _):
        numbers, hashes = logs.block_number.copy(), logs.block_hash.copy()
        numbers[0] = 1
        hashes[0] = np.frombuffer(ref_of(node.chain, 1).hash, dtype=np.uint8)
        return replace(logs, block_number=numbers, block_hash=hashes)

    node.says["fetch_logs"] = moved
    assert refused(node, BLOOM) == ("bloom", 1)


def test_fetch_piece__a_page_of_exactly_100_logs__its_last_block_is_asked_for_alone(node):
    def repeated(logs, count):
        many = logs.take(np.zeros(count, dtype=np.int64))
        return replace(many, log_index=np.arange(count, dtype=np.uint32))

    node.says["fetch_logs"] = lambda logs, blocks: logs if len(blocks) == 1 else repeated(logs, 100)
    assert refused(node, BLOOM, blocks=BlockRange(0, 2)) == ("cap", 0)


def test_fetch_page__no_contract_counts_yet__nobody_is_asked(node):
    later = {name: (ContractSpan(address, 8),) for name, address in CONTRACTS.items()}
    ours = settings_of(contracts=later).log_filter()
    assert len(fetch_page(node, RANGE, ours)) == 0
    assert node.asked == {}


def test_fetch_verified_header__newest_block__needs_no_successor(node):
    assert fetch_verified_header(node, 12, hashed=True).ref == ref_of(node.chain, 12)


def test_fetch_verified_header__its_successor_names_another_parent__is_an_orphan(node):
    def orphan(headers, _):
        hashes = headers.hash.copy()
        hashes[0] = 7
        return replace(headers, hash=hashes)

    node.says["fetch_headers"] = orphan
    with pytest.raises(WrongAnswerFault) as caught:
        fetch_verified_header(node, 5, hashed=False)
    assert caught.value.kind == "parent"


def test_as_smallest_question__a_refusal_of_its_size__another_node_may_be_asked():
    with pytest.raises(NodeFault) as caught, as_smallest_question():
        raise RangeFault("too many", max_blocks=5)
    assert not isinstance(caught.value, RangeFault)


@pytest.mark.parametrize(("named", "sizes"), [(None, [4, 4]), (3, [3, 3, 2]), (8, [4, 4]), (0, [1] * 8)])
def test_split_range__after_a_refusal__as_long_as_the_node_said_or_halves(named, sizes):
    assert [len(part) for part in split_range(RANGE, named)] == sizes
