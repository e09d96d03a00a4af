import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from indexer.flows.ranges.dispute import block_digests, contradiction, decide_by_receipts
from indexer.flows.ranges.piece import fetch_piece
from indexer.words.blocks import BlockRange
from indexer.words.faults import MissingFault
from indexer.words.finality import FINALIZED
from indexer.words.levels import NONE
from tests.simulation.simulated import make_chain, patient_chain, settings
from tests.simulation.test_evidence import NoReceipts, WithoutLogs

HONEST = FaultPlan(0, {})
OURS = settings().log_filter()


@pytest.fixture(scope="module")
def chain():
    return make_chain(81, 20, finality_lag=2)


def piece_of(pool, index):
    node = pool.nodes[index]
    final = node.fetch_head(FINALIZED).ref
    return fetch_piece(node, BlockRange(1, final.number), NONE, OURS, final)


def test_block_digests__logs_left_out__only_those_blocks_differ(chain):
    with FaultyNode(chain, HONEST) as honest, FaultyNode(WithoutLogs(chain, 0), HONEST) as lying:
        pool = patient_chain(honest.url, lying.url)
        whole, part = piece_of(pool, 0), piece_of(pool, 1)
    differing = {
        int(whole.headers.number[row])
        for row, (one, other) in enumerate(zip(block_digests(whole), block_digests(part), strict=True))
        if one != other
    }
    assert differing == {int(number) for number in whole.logs.block_number if number % 2 == 0}
    assert differing


def test_contradiction__two_pieces__names_node_block_and_both_words(chain):
    with FaultyNode(chain, HONEST) as honest, FaultyNode(WithoutLogs(chain, 0), HONEST) as lying:
        pool = patient_chain(honest.url, lying.url)
        whole, part = piece_of(pool, 0), piece_of(pool, 1)
    fault = contradiction(part, whole, "quorum")
    first = min(int(number) for number in whole.logs.block_number if number % 2 == 0)
    assert (fault.node, fault.block) == (pool.nodes[1].name, first)
    assert "got 0 logs in 0x" in fault.line()


def test_settle_by_receipts__each_wrong_about_other_blocks__what_is_proven_of_each(chain):
    with (
        FaultyNode(WithoutLogs(chain, 0), HONEST) as one,
        FaultyNode(WithoutLogs(chain, 1), HONEST) as other,
        FaultyNode(chain, HONEST) as honest,
    ):
        pool = patient_chain(one.url, other.url)
        settled = decide_by_receipts(pool, [piece_of(pool, 0), piece_of(pool, 1)], OURS)
        truth = piece_of(patient_chain(honest.url), 0)
        assert block_digests(settled) == block_digests(truth)
        assert {fault.node for fault in pool.drain_evidence()} == {node.name for node in pool.nodes}


def test_settle_by_receipts__nobody_has_receipts__missing_with_every_word_as_evidence(chain):
    with (
        FaultyNode(NoReceipts(WithoutLogs(chain, 0)), HONEST) as one,
        FaultyNode(NoReceipts(chain), HONEST) as other,
    ):
        pool = patient_chain(one.url, other.url)
        with pytest.raises(MissingFault, match="receipts do not decide it"):
            decide_by_receipts(pool, [piece_of(pool, 0), piece_of(pool, 1)], OURS)
        assert {fault.node for fault in pool.drain_evidence()} == {node.name for node in pool.nodes}
