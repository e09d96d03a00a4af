"""One node over real HTTP, played by a function or by a grown chain."""

import json

import numpy as np
import pytest

from deploy.faults.simchain import SimChain
from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.transport import Transport
from indexer.words.blocks import BlockRef
from indexer.words.faults import (
    BrokenFault,
    DeniedFault,
    MissingFault,
    NodeFault,
    SettingFault,
    UnreachableFault,
)
from indexer.words.finality import FINALIZED, Finality
from tests.indexer.rules.scan.test_scan_receipts import traffic
from tests.support.played_node import PlayedNode, RefusedError

HEAD = {"number": "0x5", "hash": "0x" + "11" * 32, "parentHash": "0x" + "22" * 32, "timestamp": "0x6"}
UNKNOWN = {"code": -32602, "message": "invalid argument 0: hex string without 0x prefix"}


def node_of(played, **limits):
    return HttpNode(Transport(played.url, Access(answer_seconds=5, **limits)))


def raising(error=None, **answer):
    def refuse(*_):
        raise RefusedError(error, **answer)

    return refuse


@pytest.mark.parametrize(
    "number", ["-0x1", "0x", "0x-1", "1", 5, "0x1" + "0" * 16, "0x" + "f" * 5000, "0x_1", " 0x1", None]
)
def test_fetch_head__a_number_that_is_none__fault(number):
    with PlayedNode(lambda *_: HEAD | {"number": number}) as played, pytest.raises(UnreachableFault) as caught:
        node_of(played).fetch_head(FINALIZED)
    assert len(caught.value.line()) < 500


@pytest.mark.parametrize("field", ["hash", "parentHash", "timestamp"])
@pytest.mark.parametrize("value", [None, 5, "", "0x", "-0x1", "0x" + "9" * 5000, [], {"a": 1}])
def test_fetch_head__a_field_that_is_none__fault(field, value):
    with PlayedNode(lambda *_: HEAD | {field: value}) as played, pytest.raises(UnreachableFault):
        node_of(played).fetch_head(FINALIZED)


def test_fetch_head__confirmations__that_far_behind():
    numbers = {"latest": "0x64", "0x5a": "0x5a"}
    with PlayedNode(lambda _, params: HEAD | {"number": numbers[params[0]]}) as played:
        assert node_of(played).fetch_head(Finality(10)).ref.number == 90


@pytest.mark.parametrize(
    ("refuse", "fault", "code"),
    [
        (raising(UNKNOWN), SettingFault, 2),
        (raising({"code": -32601, "message": "the method does not exist"}), SettingFault, 2),
        (raising({"code": -32000, "message": "finalized block not found"}), MissingFault, 3),
        (raising({"code": -32005, "message": "limit exceeded"}), NodeFault, 3),
        (lambda *_: None, MissingFault, 3),
    ],
)
def test_fetch_head__no_finalized_tag__names_the_setting_and_a_number(refuse, fault, code):
    with PlayedNode(refuse) as played, pytest.raises(fault) as caught:
        node_of(played).fetch_head(FINALIZED)
    assert "chain.finality" in caught.value.line()
    assert "64" in caught.value.line()
    assert caught.value.exit_code == code


@pytest.mark.parametrize(
    ("refuse", "fault"),
    [(raising(status=500), BrokenFault), (raising(status=401), DeniedFault)],
)
def test_fetch_head__node_fails__its_own_fault(refuse, fault):
    with PlayedNode(refuse) as played, pytest.raises(fault) as caught:
        node_of(played).fetch_head(FINALIZED)
    assert "chain.finality" not in caught.value.line()


@pytest.mark.parametrize("message", ["limit exceeded", "response is too big", "execution timeout"])
def test_request__refused_in_words_for_ranges__no_range_fault(message):
    with PlayedNode(raising({"code": -32005, "message": message})) as played:
        for ask in (node_of(played).fetch_chain_id, lambda: node_of(played).request("eth_call", [])):
            with pytest.raises(NodeFault) as caught:
                ask()
            assert type(caught.value) is NodeFault


@pytest.mark.parametrize("result", ["0x" + "f" * 5000, "-0x1", "1", 1, None, [], "0x" + "1" * 17])
def test_fetch_chain_id__no_number__fault(result):
    with PlayedNode(lambda *_: result) as played, pytest.raises(UnreachableFault):
        node_of(played).fetch_chain_id()


@pytest.fixture(scope="module")
def grown():
    chain = SimChain(5, traffic)
    chain.grow(12)
    return chain


def refs_of(chain):
    return [BlockRef(number, bytes.fromhex(each.block["hash"][2:])) for number, each in enumerate(chain.blocks)]


def receipts_by_number_alone(chain, refusal):
    """Answer eth_getBlockReceipts for numbers only; refuse it for hashes."""

    def answer(method, params):
        if method == "eth_getBlockReceipts":
            if len(params[0]) == 66:
                raise refusal
            return chain.blocks[int(params[0], 16)].receipts
        return chain.answer(method, params)

    return answer


REFUSALS = [
    RefusedError({"code": -32602, "message": "invalid block number"}),
    RefusedError({"code": -32000, "message": "method handler crashed"}),
    RefusedError(status=500, body=b"panic"),
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_fetch_receipts__by_number_alone__the_same_roots(grown, refusal):
    refs = refs_of(grown)
    with PlayedNode(grown.answer) as honest, PlayedNode(receipts_by_number_alone(grown, refusal)) as played:
        expected, node = node_of(honest).fetch_receipts(refs), node_of(played)
        found = node.fetch_receipts(refs)
        played.asked.clear()
        again = node.fetch_receipts(refs)
    for each in (found, again):
        assert np.array_equal(each.roots, expected.roots)
        assert np.array_equal(each.logs.data, expected.logs.data)
    assert all(len(params[0]) < 66 for method, params in played.asked if method == "eth_getBlockReceipts")


@pytest.mark.parametrize("refusal", REFUSALS[:2])
def test_fetch_receipts__no_way_by_block__each_transaction(grown, refusal):
    def answer(method, params):
        if method == "eth_getBlockReceipts":
            raise refusal
        return grown.answer(method, params)

    refs = refs_of(grown)
    with PlayedNode(grown.answer) as honest, PlayedNode(answer) as played:
        assert np.array_equal(node_of(played).fetch_receipts(refs).roots, node_of(honest).fetch_receipts(refs).roots)


def test_fetch_raw_receipts__another_block_at_the_number__missing(grown):
    def answer(method, params):
        if method == "eth_getBlockReceipts" and len(params[0]) < 66:
            return next(each.receipts for each in reversed(grown.blocks) if each.receipts)
        raise RefusedError({"code": -32602, "message": "invalid block number"})

    with PlayedNode(answer) as played, pytest.raises(MissingFault, match="receipts of another block 1"):
        node_of(played).fetch_raw_receipts(refs_of(grown)[1])


def test_fetch_raw_receipts__nothing_works__the_first_fault(grown):
    with PlayedNode(raising(status=500)) as played, pytest.raises(BrokenFault, match="HTTP 500"):
        node_of(played).fetch_raw_receipts(refs_of(grown)[1])


@pytest.mark.parametrize("depth", [200, 1500, 100_000])
def test_request__nested_deeply__fault(depth):
    body = b'{"id":0,"result":' + b"[" * depth + b"]" * depth + b"}"
    with PlayedNode(raising(status=200, body=body)) as played, pytest.raises(NodeFault):
        node_of(played).request("web3_clientVersion", [])


def test_request_many__node_without_batches__one_by_one():
    with PlayedNode(lambda _, params: params[0]) as played:
        respond = played.respond
        refusal = RefusedError({"code": -32600, "message": "batch not allowed"})
        played.respond = lambda request: refused(refusal) if isinstance(request, list) else respond(request)
        assert node_of(played).request_many("eth_call", [[1], [2], [3]]) == [1, 2, 3]


def refused(refusal):
    return 200, json.dumps({"id": 0, "error": refusal.error}).encode(), {}
