"""A wallet over several nodes, played over real HTTP."""

import pytest
from eth_account import Account

from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault
from indexer.words.finality import FINALIZED, Finality
from settlement.adapters.chain.wallet import KeyWallet
from settlement.words.records import SignedTransaction
from tests.support.played_chain import Nodes, PlayedChain, dead, honest, silent
from tests.support.played_node import RefusedError

KEY = "0x" + "11" * 32
AT = b"\x01" * 20


def wallet_of(nodes, finality=FINALIZED):
    return KeyWallet(nodes.state, AT, KEY, finality)


def refusing(chain, method, error):
    """Return a node that refuses one method."""

    def answer(name, params):
        if name == method:
            raise RefusedError(error)
        return honest(chain)(name, params)

    return answer


def test_key_wallet__no_key__input_error():
    with Nodes(dead) as nodes, pytest.raises(InputError, match="no key to sign with"):
        KeyWallet(nodes.state, AT, "", "finalized")


@pytest.mark.parametrize("first", [dead, silent])
def test_sign_and_send__one_node_of_three_fails__sent_to_all_others(first):
    chain, other = PlayedChain(), PlayedChain()
    with Nodes(first, honest(chain), honest(other)) as nodes:
        wallet = wallet_of(nodes)
        signed = wallet.sign_call("vote", "1", b"\x12")
        wallet.send_raw(signed)
        assert wallet.fetch_receipt(signed.hash).block_number == 101
        assert (len(chain.sent), len(other.sent)) == (1, 1)


@pytest.mark.parametrize(
    "message", ["already known", "nonce too low", "Known transaction", "ALREADY_EXISTS: already exists"]
)
def test_send_raw__known_already__no_error(message):
    with Nodes(refusing(PlayedChain(), "eth_sendRawTransaction", {"code": -32000, "message": message})) as nodes:
        wallet = wallet_of(nodes)
        wallet.send_raw(wallet.sign_call("vote", "1", b""))


def test_send_raw__refused_by_all__their_words():
    refused = {"code": -32000, "message": "insufficient funds for gas * price + value"}
    with Nodes(refusing(PlayedChain(), "eth_sendRawTransaction", refused)) as nodes:
        wallet = wallet_of(nodes)
        with pytest.raises(NodeFault, match="insufficient funds"):
            wallet.send_raw(wallet.sign_call("vote", "1", b""))


def test_sign_call__base_fee__twice_that_and_a_tip():
    with Nodes(honest(PlayedChain())) as nodes:
        signed = wallet_of(nodes).sign_call("vote", "1", b"\x12")
    assert signed.raw[0] == 2
    assert Account.recover_transaction(signed.raw) == Account.from_key(KEY).address


def test_sign_call__chain_without_base_fee__a_price():
    with Nodes(honest(PlayedChain(base_fee=None))) as nodes:
        signed = wallet_of(nodes).sign_call("vote", "1", b"\x12")
    assert signed.raw[0] >= 0xC0
    assert Account.recover_transaction(signed.raw) == Account.from_key(KEY).address


def test_sign_call__a_fee_beyond_all_prices__fault_of_the_node():
    with Nodes(honest(PlayedChain(base_fee="0x" + "f" * 64)), honest(PlayedChain())) as nodes:
        signed = wallet_of(nodes).sign_call("vote", "1", b"\x12")
    assert Account.recover_transaction(signed.raw) == Account.from_key(KEY).address


def test_sign_call__node_without_tips__signed_all_the_same():
    missing = {"code": -32601, "message": "the method eth_maxPriorityFeePerGas does not exist"}
    with Nodes(refusing(PlayedChain(), "eth_maxPriorityFeePerGas", missing)) as nodes:
        assert wallet_of(nodes).sign_call("vote", "1", b"\x12").raw[0] == 2


def test_estimate_gas__it_reverts_and_one_node_is_down__unsound_at_once():
    with Nodes(dead, honest(PlayedChain()), honest(PlayedChain())) as nodes:
        with pytest.raises(UnsoundError):
            wallet_of(nodes).estimate_gas("vote", "1", b"\xde\xad")
        assert nodes.pauses == []


def test_estimate_gas__all_say_that_it_reverts__unsound_with_its_data():
    with Nodes(honest(PlayedChain()), honest(PlayedChain())) as nodes, pytest.raises(UnsoundError, match="0x1234"):
        wallet_of(nodes).estimate_gas("vote", "1", b"\xde\xad")


def test_estimate_gas__paused__retry_later():
    data = "0x" + (keccak256(b"Paused(bytes32,uint64)")[:4] + b"claims".ljust(64, b"\0")).hex()
    reverts = {"code": 3, "message": "execution reverted", "data": data}
    expected = pytest.raises(RetryLaterError, match=r"refuses for now: claim 0xaa, got Paused claims.*call again later")
    with Nodes(refusing(PlayedChain(), "eth_estimateGas", reverts)) as nodes, expected:
        wallet_of(nodes).estimate_gas("claim", "0xaa", b"")


def test_fetch_receipt__a_node_that_lags_has_none__that_of_the_other_and_later_reads_hold_it():
    chain = PlayedChain()
    with Nodes(honest(chain, lags=3), honest(chain)) as nodes:
        wallet = wallet_of(nodes)
        signed = wallet.sign_call("vote", "1", b"")
        wallet.send_raw(signed)
        assert wallet.fetch_receipt(signed.hash).block_number == 101
        assert wallet.fetch_nonce() == 1


@pytest.mark.parametrize("other", [dead, silent])
def test_fetch_receipt__in_no_block_and_a_node_is_out__none(other):
    with Nodes(other, honest(PlayedChain())) as nodes:
        assert wallet_of(nodes).fetch_receipt(b"\x01" * 32) is None


@pytest.mark.parametrize(
    "receipt", ["x", [], {}, {"status": "0x1"}, {"status": 1, "blockNumber": "0x1", "gasUsed": "0x1"}]
)
def test_fetch_receipt__malformed__fault(receipt):
    chain = PlayedChain()
    chain._receipt = lambda *_: receipt
    with Nodes(honest(chain)) as nodes, pytest.raises(NodeFault, match="malformed receipt"):
        wallet_of(nodes).fetch_receipt(b"\x01" * 32)


def test_is_replaced__nonce_final_and_no_receipt_anywhere__true():
    chain = PlayedChain()
    mine = SignedTransaction(b"\x01" * 32, "vote", "1", AT, 0, b"")
    with Nodes(honest(chain), honest(chain)) as nodes:
        wallet = wallet_of(nodes)
        assert not wallet.is_replaced(mine)
        chain.mined, chain._receipt = {"other": 90}, lambda *_: None
        assert wallet.is_replaced(mine)
        assert not wallet_of(nodes, finality=Finality(11)).is_replaced(mine)


def test_is_replaced__one_node_still_has_the_receipt__false():
    chain, other = PlayedChain(), PlayedChain()
    chain.mined, other.mined = {"a": 90}, {"a": 90}
    chain._receipt = lambda *_: None
    with Nodes(honest(chain), honest(other)) as nodes:
        assert not wallet_of(nodes).is_replaced(SignedTransaction(b"\x01" * 32, "vote", "1", AT, 0, b""))


def test_fetch_balance__an_account__its_wei():
    with Nodes(dead, honest(PlayedChain())) as nodes:
        assert wallet_of(nodes).fetch_balance() == 5
