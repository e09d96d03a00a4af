"""Signers: a key, a keystore, and one that is asked: anvil, which we did not write, and played ones that cheat."""

import json

import pytest
from eth_account import Account

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.adapters.chain.signers import KeySigner, RemoteSigner, open_keystore
from tests.support.played_node import PlayedNode, RefusedError

KEY, OTHER = "0x" + "11" * 32, "0x" + "22" * 32
TO = b"\x05" * 20
TIPPED = {"type": 2, "maxFeePerGas": 9, "maxPriorityFeePerGas": 2}


def transaction(fees=TIPPED, **other):
    return {"to": TO, "data": b"\x12", "chainId": 31337, "nonce": 4, "value": 0, "gas": 30_000} | fees | other


@pytest.mark.chain
@pytest.mark.parametrize("fees", [TIPPED, {"gasPrice": 9}])
def test_remote_signer__an_account_of_anvil__signs_as_its_key_would(devnet, fees):
    remote = RemoteSigner(devnet.rpc, KeySigner(devnet.signer.private_key).address)
    signed, raw = remote.sign(transaction(fees))
    assert (signed, raw) == KeySigner(devnet.signer.private_key).sign(transaction(fees))


def answering(found):
    """Return a signer that signs with KEY what `found` makes of the transaction."""

    def answer(method, params):
        if method == "eth_signTransaction":
            raise RefusedError({"code": -32601, "message": "method not found"})
        assert method == "account_signTransaction"
        return found(params[0])

    return PlayedNode(answer)


def signed_by(key, **other):
    return "0x" + Account.from_key(key).sign_transaction(transaction(**other)).raw_transaction.hex()


def test_remote_signer__clefs_method_and_form__is_taken():
    with answering(lambda _: {"raw": signed_by(KEY), "tx": {}}) as node:
        assert RemoteSigner(node.url, KeySigner(KEY).address).sign(transaction()) == KeySigner(KEY).sign(transaction())


@pytest.mark.parametrize(
    "answer",
    [
        signed_by(OTHER),
        signed_by(KEY, nonce=5),
        signed_by(KEY, value=1),
        signed_by(KEY, to=b"\x06" * 20),
        signed_by(KEY, data=b"\x13"),
        signed_by(KEY, chainId=1),
        signed_by(KEY, maxFeePerGas=10),
        "0x02",
        "0x",
        "what",
        None,
    ],
)
def test_remote_signer__signs_something_else__is_unsound(answer):
    with answering(lambda _: answer) as node, pytest.raises(UnsoundError, match=r"the signer (signed|answered)"):
        RemoteSigner(node.url, KeySigner(KEY).address).sign(transaction())


def test_remote_signer__refuses_or_is_away__try_again():
    def refuse(_method, _params):
        raise RefusedError({"code": -32000, "message": "request denied"})

    with PlayedNode(refuse) as node:
        url = node.url
        with pytest.raises(RetryLaterError, match=r"request denied.*signer\.url"):
            RemoteSigner(url, KeySigner(KEY).address).sign(transaction())
    with pytest.raises(RetryLaterError, match="the signer does not sign"):
        RemoteSigner(url, KeySigner(KEY).address).sign(transaction())


DOMAIN = {"name": "PoZK Reward Distributor", "version": "1", "chainId": 31337, "verifyingContract": "0x" + "05" * 20}
TYPES = {"Vote": [{"name": "epoch", "type": "uint64"}, {"name": "tokens", "type": "address[]"}]}
MESSAGE = {"epoch": 7, "tokens": ["0x" + "06" * 20]}


@pytest.mark.chain
def test_remote_signer__typed_data__is_signed_as_its_key_would(devnet):
    remote = RemoteSigner(devnet.rpc, KeySigner(devnet.signer.private_key).address)
    ours = KeySigner(devnet.signer.private_key).sign_typed(DOMAIN, TYPES, MESSAGE)
    assert remote.sign_typed(DOMAIN, TYPES, MESSAGE) == ours


@pytest.mark.parametrize("key", [KEY, OTHER])
def test_remote_signer__typed_data_by_clefs_method__is_taken_if_its_account_signed_it(key):
    def answer(method, params):
        if method != "account_signTypedData":
            raise RefusedError({"code": -32601, "message": "method not found"})
        assert params[1]["primaryType"] == "Vote"
        return "0x" + KeySigner(key).sign_typed(DOMAIN, TYPES, MESSAGE).hex()

    with PlayedNode(answer) as node:
        remote = RemoteSigner(node.url, KeySigner(KEY).address)
        if key == KEY:
            assert remote.sign_typed(DOMAIN, TYPES, MESSAGE) == KeySigner(KEY).sign_typed(DOMAIN, TYPES, MESSAGE)
        else:
            with pytest.raises(UnsoundError, match="the signer signed something else"):
                remote.sign_typed(DOMAIN, TYPES, MESSAGE)


@pytest.fixture
def keystore(tmp_path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(Account.encrypt(KEY, "secret words", kdf="pbkdf2", iterations=2)))
    return path


def test_open_keystore__with_its_password__signs_as_its_key(keystore):
    assert open_keystore(keystore, "secret words").address == KeySigner(KEY).address


def test_open_keystore__another_password_or_file__input_error_without_the_password(keystore, tmp_path):
    with pytest.raises(InputError, match="got another password") as caught:
        open_keystore(keystore, "other words")
    assert "other words" not in caught.value.line()
    (tmp_path / "none").write_text('{"crypto": 1}')
    with pytest.raises(InputError, match="got no keystore"):
        open_keystore(tmp_path / "none", "")
    with pytest.raises(InputError, match="cannot be read"):
        open_keystore(tmp_path / "missing", "")
