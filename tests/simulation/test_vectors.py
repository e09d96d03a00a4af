"""Wrong answers that are no errors, each as public nodes are known to give it, one by one."""

import pytest

from deploy.faults.plan import FaultPlan, parse_plan
from deploy.faults.server import FaultyNode
from deploy.faults.simchain import SimChain
from indexer.flows.ranges.piece import fetch_piece
from indexer.flows.runs.ingest import ingest
from indexer.words.blocks import BlockRange
from indexer.words.faults import NodeFault, UnprovableFault, WrongAnswerFault
from indexer.words.finality import Finality
from indexer.words.levels import parse_level
from tests.simulation.simulated import contents, expected_contents, make_chain, one_log, patient_chain, settings

pytestmark = pytest.mark.database
HONEST = FaultPlan(0, {})
QUIRKS = {
    "two of three logs": "omit=0.6",
    "the same logs whenever the range is aligned so": "omit!=0.3",
    "a silent cap": "cap=0.6",
    "nothing for pruned history": "empty=0.5",
    "head of a fresh node, logs of a stale one": "stale=0.4",
    "now eighteen logs, now none": "flip=0.8",
    "null for a while": "null=0.3",
    "a log of an orphaned block": "orphan=0.4",
    "one log index twice": "duplicate=0.4",
}


class Changed:
    """A chain of whose answers `change(method, params, result)` makes others."""

    def __init__(self, chain, change):
        self._chain, self._change = chain, change

    def answer(self, method, params):
        return self._change(method, params, self._chain.answer(method, params))


@pytest.fixture(scope="module")
def chain():
    return make_chain(71, 40, finality_lag=4)


def fill(lake, chain, *urls):
    """Ingest until the final block is stored: a stale head ends a run early."""
    while lake.last_block() is None or lake.last_block().number < chain.final:
        ingest(patient_chain(*urls), lake, settings())


@pytest.mark.parametrize("quirk", QUIRKS.values(), ids=QUIRKS)
def test_ingest__receipts_of_a_node_with_a_quirk__same_tables(new_lake, chain, quirk):
    with FaultyNode(chain, parse_plan(quirk, 7)) as node, FaultyNode(chain, HONEST) as other, new_lake("lake") as lake:
        fill(lake, chain, node.url, other.url)
        assert contents(lake) == expected_contents(chain)


def crowded(rng, number):
    return [[one_log(rng) for _ in range(30)]] if number else []


def test_fetch_piece__page_cut_at_exactly_100_logs__found_by_blooms_whatever_the_block():
    crowd = SimChain(5, crowded, finality_lag=0)
    crowd.grow(8)

    def cut(method, _, result):
        return result[:100] if method == "eth_getLogs" else result

    with FaultyNode(Changed(crowd, cut), HONEST) as node:
        asked = patient_chain(node.url).nodes[0]
        final = asked.fetch_head(Finality(0)).ref
        for last in range(5, 9):  # the cut lies inside the last block with logs, or blocks before it
            with pytest.raises(WrongAnswerFault):
                fetch_piece(asked, BlockRange(1, last), parse_level("bloom"), settings().log_filter(), final)


def test_ingest__two_hashes_of_one_block_in_a_page__refused(new_lake, chain):
    def mix(method, _, result):
        if method != "eth_getLogs" or not result:
            return result
        return [*result, result[-1] | {"blockHash": "0x" + "77" * 32, "logIndex": "0xff"}]

    with (
        FaultyNode(Changed(chain, mix), HONEST) as node,
        new_lake("lake") as lake,
        pytest.raises(NodeFault, match="another block than the one at its height"),
    ):
        ingest(patient_chain(node.url, rounds=2), lake, settings(level="none"))


def test_ingest__bloom_of_an_empty_block_is_not_zero__costs_a_question_and_no_more(new_lake, chain):
    empty = [each for each in chain.blocks if not each.receipts and each.block["logsBloom"] == "0x" + "ff" * 256]
    assert empty
    for level in ("receipts", "bloom"):
        with FaultyNode(chain, HONEST) as node, new_lake(level) as lake:
            ingest(patient_chain(node.url), lake, settings(level=level))
            assert contents(lake) == expected_contents(chain)


def with_state_sync(logs_of_ours):
    """Append to every block with receipts one that is not in its root, as Polygon's nodes do."""

    def change(method, _, result):
        if method != "eth_getBlockReceipts" or not result:
            return result
        logs = [log | {"address": log["address"] if logs_of_ours else "0x" + "10" * 20} for log in result[0]["logs"]]
        return [*result, result[0] | {"cumulativeGasUsed": "0x0", "logs": logs, "transactionHash": "0x" + "55" * 32}]

    return change


def test_ingest__state_sync_receipts_beside_the_root__left_aside(new_lake, chain):
    with FaultyNode(Changed(chain, with_state_sync(False)), HONEST) as node, new_lake("lake") as lake:
        ingest(patient_chain(node.url, rounds=2), lake, settings())
        assert contents(lake) == expected_contents(chain)


def test_ingest__state_sync_log_of_ours__stops_and_says_the_way_on(new_lake, chain):
    with FaultyNode(Changed(chain, with_state_sync(True)), HONEST) as node, new_lake("lake") as lake:
        with pytest.raises(UnprovableFault, match="in no receipts root") as caught:
            ingest(patient_chain(node.url, rounds=2), lake, settings())
        assert caught.value.exit_code == 2


def test_ingest__one_block_refused_for_a_while__asked_again_and_elsewhere(new_lake, chain):
    with (
        FaultyNode(chain, parse_plan("rate=0.5", 3)) as limited,
        FaultyNode(chain, parse_plan("refuse!=1", 3)) as strict,
        new_lake("lake") as lake,
    ):
        strict.plan = FaultPlan(3, {"refuse": 1.0}, frozenset({"refuse"}), accepted_blocks=0)
        ingest(patient_chain(strict.url, limited.url), lake, settings(level="bloom"))
        assert contents(lake) == expected_contents(chain)
