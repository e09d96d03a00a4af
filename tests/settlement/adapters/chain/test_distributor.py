"""What the distributor would do with a claim, asked of played nodes over real HTTP."""

import pytest
from eth_abi import encode
from eth_utils.abi import function_abi_to_4byte_selector

from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.chain.distributor import DistributorContract
from settlement.adapters.chain.distributor_abi import DISTRIBUTOR_ABI
from settlement.rules.contracts.refusals import Refusal
from settlement.rules.entitlements.tree_layout import LeafProof
from tests.support.played_chain import Nodes, PlayedChain, honest
from tests.support.played_node import RefusedError

AT = b"\x01" * 20
LEAVES = [LeafProof(b"\x02" * 20, AT, 5, (b"\x03" * 32,)), LeafProof(b"\x04" * 20, AT, 6, ())]
SELECTORS = {entry["name"]: "0x" + function_abi_to_4byte_selector(entry).hex() for entry in DISTRIBUTOR_ABI}


def reverting(signature, *words):
    data = "0x" + (keccak256(signature.encode())[:4] + b"".join(words)).hex()

    def answer(method, params):
        if method == "eth_call":
            raise RefusedError({"code": 3, "message": "execution reverted", "data": data})
        return honest(PlayedChain())(method, params)

    return answer


def test_fetch_payable__many_claims__what_each_would_be_paid():
    answer = "0x" + encode(["uint256[]"], [[5, 0]]).hex()
    with Nodes(honest(PlayedChain(views={SELECTORS["claimMany"]: answer}))) as nodes:
        assert DistributorContract(nodes.state, AT).fetch_payable(1, LEAVES, "claim") == [5, 0]


def test_fetch_payable__paused__retry_later_names_what_is_owed():
    node = reverting("EpochNotActive(uint64)", bytes(32))
    with Nodes(node) as nodes, pytest.raises(RetryLaterError, match=r"owed 5.*EpochNotActive.*call again later"):
        DistributorContract(nodes.state, AT).fetch_payable(1, LEAVES, "claim, owed 5")


def test_fetch_payable__refused_for_good__unsound():
    with Nodes(reverting("BadSharedProof()")) as nodes, pytest.raises(UnsoundError, match="BadSharedProof"):
        DistributorContract(nodes.state, AT).fetch_payable(1, LEAVES, "claim")


def test_fetch_refusal__treasury_short__in_the_contracts_words():
    with Nodes(reverting("AboveAccepted(address,uint256,uint256)", bytes(96))) as nodes:
        refusal = DistributorContract(nodes.state, AT).fetch_refusal(1, LEAVES[0])
    assert refusal == Refusal("AboveAccepted", passes=True)


def test_fetch_refusal__it_would_be_paid__none():
    answer = "0x" + encode(["uint256"], [5]).hex()
    with Nodes(honest(PlayedChain(views={SELECTORS["claim"]: answer}))) as nodes:
        assert DistributorContract(nodes.state, AT).fetch_refusal(1, LEAVES[0]) is None


def test_newest_block__a_chain__its_number():
    with Nodes(honest(PlayedChain(block=7))) as nodes:
        assert DistributorContract(nodes.state, AT).newest_block() == 7
