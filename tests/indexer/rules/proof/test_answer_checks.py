from dataclasses import replace

import numpy as np
import pytest

from deploy.faults.simchain import SimChain
from indexer.rules.consensus.header import header_columns
from indexer.rules.consensus.receipt import gather_receipts
from indexer.rules.proof.answer_checks import (
    LogFilter,
    count_by_block,
    find_doubtful,
    verify_blooms,
    verify_links,
    verify_logs,
    verify_receipts_roots,
)
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.contracts import ContractSpan
from indexer.words.faults import WrongAnswerFault

OURS, OTHER = b"\x01" * 20, b"\x02" * 20
TOPIC = b"\x0a" * 32
ALL = BlockRange(0, 9)


def traffic(rng, number):
    """Return one log of ours in each odd block, and one of another contract in every block."""
    logs = [(OTHER, [rng.randbytes(32)], b"")] + ([(OURS, [TOPIC], bytes([number]))] if number % 2 else [])
    return [logs]


@pytest.fixture(scope="module")
def chain():
    made = SimChain(1, traffic)
    made.grow(9)
    return made


@pytest.fixture(scope="module")
def headers(chain):
    return header_columns([block.block for block in chain.blocks])


@pytest.fixture(scope="module")
def receipts(chain):
    refs = [BlockRef(n, bytes.fromhex(block.block["hash"][2:])) for n, block in enumerate(chain.blocks)]
    return gather_receipts([block.receipts for block in chain.blocks], refs)


@pytest.fixture(scope="module")
def page(receipts):
    return receipts.logs.take(FILTER.mask(receipts.logs))


FILTER = LogFilter((ContractSpan(OURS),), (TOPIC,))


def test_mask__contract_from_a_block_on__earlier_logs_are_not_ours(receipts):
    late = LogFilter((ContractSpan(OURS, 5), ContractSpan(OTHER, 100)), (TOPIC,))
    assert list(receipts.logs.take(FILTER.mask(receipts.logs)).block_number) == [1, 3, 5, 7, 9]
    assert list(receipts.logs.take(late.mask(receipts.logs)).block_number) == [5, 7, 9]
    assert list(np.flatnonzero(late.mask(receipts.logs.take(np.array([], dtype=np.int64))))) == []


def test_candidates__blooms__every_block_with_our_logs(headers):
    assert set(np.flatnonzero(FILTER.candidates(headers))) >= {1, 3, 5, 7, 9}
    late = LogFilter((ContractSpan(OURS, 5),), (TOPIC,))
    assert min(np.flatnonzero(late.candidates(headers))) == 5


def test_verify_logs__honest_page_in_any_order__sorted(page, headers):
    found = verify_logs(page.take(np.array([4, 0, 2, 1, 3])), headers, FILTER, ALL, "n")
    assert list(found.block_number) == [1, 3, 5, 7, 9]


def changed(page, name, row, value):
    column = getattr(page, name).copy()
    column[row] = value
    return replace(page, **{name: column})


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("range", lambda page: changed(page, "block_number", 0, 10)),
        ("orphan", lambda page: changed(page, "block_hash", 0, 7)),
        ("orphan", lambda page: changed(page, "block_number", 0, 2)),
        ("duplicate", lambda page: page.take(np.array([0, 1, 1]))),
        ("filter", lambda page: changed(page, "address", 0, 9)),
        ("filter", lambda page: changed(page, "topics", 0, 9)),
    ],
)
def test_verify_logs__page_that_cannot_be_true__refused_as_that(page, headers, kind, spoil):
    with pytest.raises(WrongAnswerFault) as caught:
        verify_logs(spoil(page), headers, FILTER, ALL, "node")
    assert (caught.value.kind, caught.value.node) == (kind, "node")


def test_verify_links__other_blocks_than_asked__refused(headers):
    verify_links(headers, ALL, "n")
    with pytest.raises(WrongAnswerFault, match="other blocks than asked"):
        verify_links(headers, BlockRange(1, 10), "n")
    with pytest.raises(WrongAnswerFault, match="other blocks than asked"):
        verify_links(headers, BlockRange(0, 8), "n")


def test_verify_links__parent_that_is_not__refused(headers):
    with pytest.raises(WrongAnswerFault, match="does not follow its parent") as caught:
        verify_links(changed(headers, "hash", 4, 0), ALL, "n")
    assert caught.value.block == 5


def test_verify_blooms__log_where_the_bloom_excludes_it__refused(page, headers):
    candidates = FILTER.candidates(headers)
    verify_blooms(page, headers, candidates, "n")
    with pytest.raises(WrongAnswerFault, match="whose bloom excludes it"):
        verify_blooms(page, headers, candidates & (headers.number != 3), "n")


def test_suspects__block_left_out__named(page, headers):
    candidates = np.isin(headers.number, [1, 3, 5, 7, 9])
    assert list(find_doubtful(page, headers, candidates)) == []
    assert list(find_doubtful(page.take(np.array([0, 1, 3, 4])), headers, candidates)) == [5]


def test_count_by_block__page__logs_of_each(page, headers):
    assert list(count_by_block(page, headers)) == [0, 1] * 5


def test_verify_receipts_roots__receipts_of_another_block__refused(receipts, headers):
    verify_receipts_roots(receipts.roots, headers, range(10), "n")
    with pytest.raises(WrongAnswerFault, match="receipts are not those of the block") as caught:
        verify_receipts_roots(receipts.roots[[0, 2]], headers, [0, 1], "n")
    assert caught.value.block == 1
