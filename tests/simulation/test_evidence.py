"""Quorums, audits and bundles: what proves a range where one node's receipts do not."""

import pytest

from deploy.faults.plan import FaultPlan, parse_plan
from deploy.faults.server import FaultyNode
from indexer.adapters.nodes.pool import with_bundle
from indexer.adapters.store.receipts_bundle import BundleWriter
from indexer.flows.runs.audit import audit, first_uncovered
from indexer.flows.runs.export import export_receipts
from indexer.flows.runs.ingest import ingest
from indexer.rules.consensus.receipt import receipt_logs
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.errors import InputError
from indexer.words.faults import NodeFault
from tests.simulation.simulated import contents, expected_contents, make_chain, patient_chain, settings

pytestmark = pytest.mark.database
HONEST = FaultPlan(0, {})


@pytest.fixture(scope="module")
def chain():
    return make_chain(51, 24, finality_lag=4)


@pytest.fixture
def honest(chain):
    with FaultyNode(chain, HONEST) as node:
        yield node


def test_ingest__quorum_of_two__stores_what_two_of_three_say(new_lake, chain, honest):
    with (
        FaultyNode(chain, HONEST) as second,
        FaultyNode(chain, parse_plan("omit!=1", 1)) as lying,
        new_lake("lake") as lake,
    ):
        ingest(patient_chain(lying.url, honest.url, second.url), lake, settings(level="quorum:2"))
        assert contents(lake) == expected_contents(chain)
        levels = lake.query("SELECT DISTINCT level FROM lake.coverage").to_pylist()
        assert levels == [{"level": "quorum:2"}]
        evidence = lake.query("SELECT DISTINCT node, kind FROM lake.evidence").to_pylist()
        assert evidence == [{"node": lying.url.removeprefix("http://"), "kind": "quorum"}]


def test_ingest__two_that_differ__settled_by_receipts_and_the_liar_accused(new_lake, chain, honest):
    with FaultyNode(chain, parse_plan("omit!=1", 1)) as lying, new_lake("lake") as lake:
        lying.plan = only(parse_plan("omit!=1", 1), "eth_getLogs")
        ingest(patient_chain(lying.url, honest.url, rounds=1), lake, settings(level="quorum:2"))
        assert contents(lake) == expected_contents(chain)
        rows = lake.query("SELECT DISTINCT node, kind FROM lake.evidence").to_pylist()
        assert rows == [{"node": name_of(lying), "kind": "dispute"}]
        said = lake.query("SELECT block_number, said FROM lake.evidence").to_pylist()
        assert all(f"block {row['block_number']}" in row["said"] and "logs in 0x" in row["said"] for row in said)


def test_ingest__two_that_both_lie_of_different_blocks__settled_by_receipts(new_lake, chain):
    with FaultyNode(chain, HONEST) as first, FaultyNode(chain, HONEST) as second, new_lake("lake") as lake:
        first.source, second.source = WithoutLogs(chain, 0), WithoutLogs(chain, 1)
        ingest(patient_chain(first.url, second.url, rounds=1), lake, settings(level="quorum:2"))
        assert contents(lake) == expected_contents(chain)


def test_ingest__two_that_differ_on_a_hash__settled_where_a_later_block_is_agreed_on(new_lake, chain, honest):
    with FaultyNode(chain, HONEST) as lying, new_lake("lake") as lake:
        lying.source = ForgedTimes(chain)
        pool = patient_chain(lying.url, honest.url, rounds=2)
        ingest(pool, lake, settings(level="quorum:2"))
        assert contents(lake) == expected_contents(chain)
        rows = lake.query("SELECT DISTINCT node, kind, block_number FROM lake.evidence").to_pylist()
        assert {"node": name_of(lying), "kind": "dispute", "block_number": 9} in rows


def test_ingest__two_that_differ_and_no_receipts__stops_with_both_words_as_evidence(new_lake, chain, honest):
    with FaultyNode(chain, HONEST) as lying, new_lake("lake") as lake:
        lying.plan = only(parse_plan("omit!=1", 1), "eth_getLogs")
        honest.plan = _only_receipts_missing()
        lying.source = NoReceipts(chain)
        with pytest.raises(NodeFault, match="nodes disagree and receipts do not decide it") as caught:
            ingest(patient_chain(lying.url, honest.url, rounds=1), lake, settings(level="quorum:2"))
        assert caught.value.exit_code == 3
        honest.plan = HONEST
        rows = lake.query("SELECT DISTINCT node, kind FROM lake.evidence").to_pylist()
        assert {row["node"] for row in rows} == {name_of(lying), name_of(honest)}
        assert all(set(found) <= set(expected_contents(chain)[name]) for name, found in contents(lake).items())


def test_ingest__too_few_nodes_for_the_quorum__says_so(new_lake, chain, honest):
    with FaultyNode(chain, parse_plan("503=1", 1)) as down, new_lake("lake") as lake:
        pool = patient_chain(honest.url, down.url, rounds=1)
        with pytest.raises(NodeFault, match="too few nodes answer, expected 2 nodes, got 1"):
            ingest(pool, lake, settings(level="quorum:2", final_agreement=1))
        with pytest.raises(NodeFault, match="too few nodes name a final block, expected 2 of 2 by chain"):
            ingest(pool, lake, settings(level="quorum:2"))
        with pytest.raises(InputError, match="too few nodes for the quorum"):
            ingest(pool, lake, settings(level="quorum:3"))


def name_of(node):
    return node.url.removeprefix("http://")


def only(plan, method):
    """Return the plan with its answers spoiled for one method alone."""

    class Plan(FaultPlan):
        def choose(self, kinds, call):
            hit = isinstance(call, list) and call[0] == method
            return plan.choose(kinds, call) if hit else (None, None)

    return Plan(0, plan.rates)


class WithoutLogs:
    """A chain whose node has no logs of the even blocks, or none of the odd ones."""

    def __init__(self, chain, remainder):
        self._chain, self._remainder = chain, remainder

    def answer(self, method, params):
        found = self._chain.answer(method, params)
        if method != "eth_getLogs":
            return found
        return [log for log in found if int(log["blockNumber"], 16) % 2 != self._remainder]


class NoReceipts:
    """A chain whose node has pruned its receipts."""

    def __init__(self, chain):
        self._chain = chain

    def answer(self, method, params):
        return None if "Receipt" in method else self._chain.answer(method, params)


class ForgedTimes:
    """A chain of which block 9 has another time and, since nobody checks, another hash that block 10 names."""

    def __init__(self, chain):
        self._chain = chain

    def answer(self, method, params):
        found = self._chain.answer(method, params)
        number = int(params[0], 16) if method == "eth_getBlockByNumber" and params[0][:2] == "0x" else None
        forged = {9: {"timestamp": "0x1", "hash": "0x" + "9" * 64}, 10: {"parentHash": "0x" + "9" * 64}}
        if method == "eth_getLogs":
            return [log | {"blockHash": "0x" + "9" * 64} if log["blockNumber"] == "0x9" else log for log in found]
        return found | forged.get(number, {}) if number is not None else found


def test_audit__range_that_a_quorum_covers__proven_by_receipts_afterwards(new_lake, chain, honest):
    with FaultyNode(chain, HONEST) as second, new_lake("lake") as lake:
        pool = patient_chain(honest.url, second.url)
        ingest(pool, lake, settings(level="quorum:2"))
        blocks = BlockRange(0, lake.last_block().number)
        assert first_uncovered(lake, blocks, settings()) == 0
        assert audit(pool, lake, settings(), blocks).differences == ()
        assert first_uncovered(lake, blocks, settings()) is None


def test_audit__lake_filled_on_trust__finds_and_repairs_what_the_node_left_out(new_lake, chain, honest):
    with FaultyNode(chain, parse_plan("omit!=1", 1)) as lying, new_lake("lake") as lake:
        ingest(patient_chain(lying.url), lake, settings(level="none"))
        blocks = BlockRange(0, lake.last_block().number)
        report = audit(patient_chain(honest.url), lake, settings(), blocks)
        assert report.differences
        assert {difference.table for difference in report.differences} <= set(contents(lake))
        assert first_uncovered(lake, blocks, settings()) is None
        assert contents(lake) == expected_contents(chain)


def test_audit__other_transaction_hashes_than_another_node_says__no_difference(new_lake, chain, honest):
    class OtherHashes:
        def answer(self, method, params):
            found = chain.answer(method, params)
            if method != "eth_getBlockReceipts":
                return found
            return [receipt | {"transactionHash": "0x" + "9" * 64} for receipt in found]

    with FaultyNode(OtherHashes(), HONEST) as other, new_lake("lake") as lake:
        ingest(patient_chain(other.url), lake, settings())
        blocks = BlockRange(0, lake.last_block().number)
        assert audit(patient_chain(honest.url), lake, settings(), blocks).differences == ()


def test_audit__lake_that_is_right__raises_the_ledger(new_lake, chain, honest):
    with new_lake("lake") as lake:
        pool = patient_chain(honest.url)
        ingest(pool, lake, settings(level="none"))
        blocks = BlockRange(0, lake.last_block().number)
        assert first_uncovered(lake, blocks, settings(level="none")) is None
        report = audit(pool, lake, settings(), blocks)
        assert report.differences == ()
        assert first_uncovered(lake, blocks, settings()) is None
        assert lake.last_block().number == chain.final
        assert contents(lake) == expected_contents(chain)


def holds_our_kinds(block):
    """Whether a block holds a log of any kind that is fetched, also of one that does not count."""
    logs = receipt_logs(block.receipts, BlockRef(0, bytes(32)))
    return bool(settings().log_filter().mask(logs).any())


def test_with_bundle__nodes_that_pruned_their_receipts__filled_from_the_peer(new_lake, chain, honest, tmp_path):
    path = tmp_path / "peer.zip"
    with new_lake("peer") as lake:
        pool = patient_chain(honest.url)
        ingest(pool, lake, settings())
        writer = BundleWriter(path)
        count = export_receipts(pool, lake, settings(), BlockRange(0, chain.final), writer)
        writer.finish()
        kept = chain.blocks[: chain.final + 1]
        noisy = [each for each in kept if each.block["logsBloom"] == "0x" + "ff" * 256]
        assert count == sum(map(holds_our_kinds, kept)) + len(noisy)
    with FaultyNode(chain, parse_plan("null!=1", 1)) as pruned, new_lake("lake") as lake:
        pruned.plan = _only_receipts_missing()
        with pytest.raises(NodeFault, match="lacks receipts"):
            ingest(patient_chain(pruned.url, rounds=1), lake, settings())
        ingest(with_bundle(patient_chain(pruned.url), path), lake, settings())
        assert contents(lake) == expected_contents(chain)


def _only_receipts_missing():
    class Plan(FaultPlan):
        def choose(self, _, call):
            hit = isinstance(call, list) and call[0] in ("eth_getBlockReceipts", "eth_getTransactionReceipt")
            return ("null" if hit else None), None

    return Plan(0, {"null": 1.0})


def test_with_bundle__receipts_of_another_chain__refused(new_lake, chain, honest, tmp_path):
    path = tmp_path / "false.zip"
    writer = BundleWriter(path)
    for block in chain.blocks:
        ref = type(
            "Ref", (), {"number": int(block.block["number"], 16), "hash": bytes.fromhex(block.block["hash"][2:])}
        )
        writer.add(ref, [receipt | {"logs": []} for receipt in block.receipts])
    writer.finish()
    with new_lake("lake") as lake, pytest.raises(NodeFault, match="receipts are not those of the block"):
        ingest(with_bundle(patient_chain(honest.url, rounds=1), path), lake, settings())


def test_with_bundle__file_that_is_none__input_error(honest, tmp_path):
    (tmp_path / "x").write_text("no zip")
    with pytest.raises(InputError, match="not a bundle"):
        with_bundle(patient_chain(honest.url), tmp_path / "x")
