"""A wallet over several nodes, played over real HTTP."""

import re

import pytest
from eth_account import Account

from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault
from indexer.words.finality import FINALIZED, Finality
from settlement.adapters.chain.signers import KeySigner
from settlement.adapters.chain.wallet import ChainWallet
from settlement.words.errors import CannotPayError, UnderpricedError
from settlement.words.intents import Attempt, Call, FeeMarket, Fees
from tests.support.played_chain import Nodes, PlayedChain, dead, honest, silent
from tests.support.played_node import RefusedError

KEY = "0x" + "11" * 32
AT = b"\x01" * 20


def wallet_of(nodes, finality=FINALIZED):
    return ChainWallet(nodes.state, AT, KeySigner(KEY), finality)


CALL, FEES = Call(AT, b"\x12", 30_000), Fees(16, 2)


def sign(wallet, nonce=0):
    return wallet.sign(CALL, nonce, FEES)


def refusing(chain, method, error):
    """Return a node that refuses one method."""

    def answer(name, params):
        if name == method:
            raise RefusedError(error)
        return honest(chain)(name, params)

    return answer


def test_chain_wallet__no_signer__only_reads():
    with Nodes(honest(PlayedChain())) as nodes:
        wallet = ChainWallet(nodes.state, AT, None, FINALIZED)
        assert (wallet.can_sign, wallet.address, wallet.fetch_nonce()) == (False, bytes(20), 0)


@pytest.mark.parametrize("first", [dead, silent])
def test_sign_and_send__one_node_of_three_fails__sent_to_all_others(first):
    chain, other = PlayedChain(), PlayedChain()
    with Nodes(first, honest(chain), honest(other)) as nodes:
        wallet = wallet_of(nodes)
        signed, raw = sign(wallet)
        wallet.send_raw(raw)
        assert wallet.fetch_receipt(signed).block_number == 101
        assert (len(chain.sent), len(other.sent)) == (1, 1)


@pytest.mark.parametrize(
    "message", ["already known", "nonce too low", "Known transaction", "ALREADY_EXISTS: already exists"]
)
def test_send_raw__known_already__no_error(message):
    with Nodes(refusing(PlayedChain(), "eth_sendRawTransaction", {"code": -32000, "message": message})) as nodes:
        wallet = wallet_of(nodes)
        wallet.send_raw(sign(wallet)[1])


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("insufficient funds for gas * price + value", CannotPayError),
        ("replacement transaction underpriced", UnderpricedError),
        ("max fee per gas less than block base fee", UnderpricedError),
        ("transaction pool is full", NodeFault),
    ],
)
def test_send_raw__refused_by_all__as_what_to_do_about_it(words, error):
    refused = {"code": -32000, "message": words}
    with Nodes(refusing(PlayedChain(), "eth_sendRawTransaction", refused)) as nodes:
        wallet = wallet_of(nodes)
        with pytest.raises(error, match=re.escape(words)):
            wallet.send_raw(sign(wallet)[1])


@pytest.mark.parametrize(("fees", "first_byte"), [(Fees(16, 2), b"\x02"), (Fees(9, None), None)])
def test_sign__with_and_without_a_tip__the_account_can_be_recovered_and_the_call_read_back(fees, first_byte):
    with Nodes(honest(PlayedChain())) as nodes:
        wallet = wallet_of(nodes)
        signed, raw = wallet.sign(CALL, 3, fees)
    assert raw[:1] == first_byte or raw[0] >= 0xC0
    assert Account.recover_transaction(raw) == Account.from_key(KEY).address
    assert wallet.read_call(Attempt(signed, raw, fees, 0.0)) == CALL


@pytest.mark.parametrize(("base_fee", "market"), [("0x7", FeeMarket(7, 2)), (None, FeeMarket(None, 9))])
def test_fetch_market__with_and_without_a_base_fee__what_the_node_asks(base_fee, market):
    with Nodes(honest(PlayedChain(base_fee=base_fee))) as nodes:
        assert wallet_of(nodes).fetch_market() == market


def test_fetch_market__a_fee_beyond_all_prices__fault_of_the_node():
    with Nodes(honest(PlayedChain(base_fee="0x" + "f" * 64)), honest(PlayedChain())) as nodes:
        assert wallet_of(nodes).fetch_market() == FeeMarket(7, 2)


def test_fetch_market__node_without_tips__what_its_price_leaves_above_the_base_fee():
    missing = {"code": -32601, "message": "the method eth_maxPriorityFeePerGas does not exist"}
    with Nodes(refusing(PlayedChain(), "eth_maxPriorityFeePerGas", missing)) as nodes:
        assert wallet_of(nodes).fetch_market() == FeeMarket(7, 2)


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
        signed, raw = sign(wallet)
        wallet.send_raw(raw)
        assert wallet.fetch_receipt(signed).block_number == 101
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


def test_fetch_final__by_tag_and_by_confirmations__the_block_and_what_is_in_blocks_up_to_it():
    chain = PlayedChain()
    chain.mined = {"other": 90}
    with Nodes(honest(chain), honest(chain)) as nodes:
        assert wallet_of(nodes).fetch_final() == (95, 1)
        assert wallet_of(nodes, finality=Finality(11)).fetch_final() == (89, 0)


def test_fetch_balance__an_account__its_wei():
    with Nodes(dead, honest(PlayedChain())) as nodes:
        assert wallet_of(nodes).fetch_balance() == 5
