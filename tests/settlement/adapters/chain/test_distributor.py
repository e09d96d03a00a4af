"""What the distributor would do with a claim, asked of played nodes over real HTTP."""

import pytest
from eth_abi import encode
from eth_utils.abi import function_abi_to_4byte_selector

from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.chain.distributor import DistributorContract
from settlement.adapters.chain.distributor_abi import DESK_ABI, DISTRIBUTOR_ABI
from settlement.rules.contracts.refusals import ContractRefusal
from settlement.rules.entitlements.tree_layout import LeafProof
from settlement.words.records import Challenge
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
    assert refusal == ContractRefusal("AboveAccepted", passes=True)


def test_fetch_refusal__it_would_be_paid__none():
    answer = "0x" + encode(["uint256"], [5]).hex()
    with Nodes(honest(PlayedChain(views={SELECTORS["claim"]: answer}))) as nodes:
        assert DistributorContract(nodes.state, AT).fetch_refusal(1, LEAVES[0]) is None


def challenged(bond, latest=(False, 0)):
    """Open challenges of a distributor with epochs up to 1 proposed; every one is challenged for `bond`."""
    views = {
        "latestActive": encode(["bool", "uint64", "bytes32"], [*latest, bytes(32)]),
        "first": encode(["uint64"], [0]),
        "nextEpoch": encode(["uint64"], [2]),
        "ballotAt": b"\x07" * 32,
        "desk": encode(["address"], [b"\x09" * 20]),
        "challengeOf": encode(["address", "uint256"], [b"\x05" * 20 if bond else bytes(20), bond]),
        "rootAt": encode(["uint8", "bytes32", "bytes32", "uint64"], [1, b"\2" * 32, b"\3" * 32, 77]),
    }
    selectors = {
        entry["name"]: "0x" + function_abi_to_4byte_selector(entry).hex() for entry in DISTRIBUTOR_ABI + DESK_ABI
    }
    chain = PlayedChain(views={selectors[name]: "0x" + answer.hex() for name, answer in views.items()})
    with Nodes(honest(chain)) as nodes:
        return DistributorContract(nodes.state, AT).open_challenges()


def test_open_challenges__pending_ones__by_whom_and_when_they_can_be_activated():
    assert challenged(5) == [Challenge(0, b"\x05" * 20, 77), Challenge(1, b"\x05" * 20, 77)]
    assert challenged(5, latest=(True, 0)) == [Challenge(1, b"\x05" * 20, 77)]


def test_open_challenges__none_pending_or_challenged__none():
    assert challenged(0) == []
    assert challenged(5, latest=(True, 1)) == []


def test_newest_block__a_chain__its_number():
    with Nodes(honest(PlayedChain(block=7))) as nodes:
        assert DistributorContract(nodes.state, AT).newest_block() == 7
