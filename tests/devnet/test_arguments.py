import pytest
from eth_account import Account
from eth_utils.crypto import keccak
from web3 import Web3

from deploy.artifacts import load_artifact
from deploy.devnet.arguments import Arguments
from deploy.devnet.plan_words import AppFlag, Commitment, Moment, Name, OrderSignature

_KEY = "0x" + "11" * 32
_USER = Account.from_key(_KEY).address
_APP = "0x" + "ab" * 20
_NOBODY = "0x" + "00" * 20
_VALUES = {"user": _USER, "app": _APP, "task0": 7}


class _Chain:
    """Answers the chain id alone: nothing else is asked for a signature."""

    def call(self, method, *_):
        assert method == "eth_chainId"
        return "0x7a69"


@pytest.fixture(scope="module")
def arguments():
    market = Web3().eth.contract(
        address=Web3.to_checksum_address("0x" + "cd" * 20), abi=load_artifact("TaskMarket").abi
    )
    return Arguments(_Chain(), _VALUES, {"TaskMarket": market}, {_USER: _KEY})


def test_value__nested__every_part_is_resolved(arguments):
    nested = ((Name("task0"), (Moment(5), 3)), AppFlag(Name("app"), "halt"))
    flag = bytes.fromhex("ab" * 20) + b"halt".ljust(12, b"\0")
    assert arguments.value(nested, 1_000) == ((7, (1_005, 3)), flag)


def test_value__commitment__is_the_hash_of_its_four_words(arguments):
    made = Commitment(Name("task0"), Name("user"), b"proof", b"s".ljust(32, b"\0"))
    words = (7).to_bytes(32, "big") + bytes.fromhex(_USER[2:]).rjust(32, b"\0") + keccak(b"proof")
    assert arguments.value(made, 0) == keccak(words + b"s".ljust(32, b"\0"))


def test_value__order_signature__is_the_users_over_the_type_of_the_contract(arguments):
    times = (Moment(0), Moment(9), Moment(9))
    order = (Name("user"), Name("app"), 1, 2, *times, 0, 0, 0, _NOBODY, _NOBODY, 1, 0, b"inputs", b"publics")
    signature = arguments.value(OrderSignature(order), 1_000)
    assert len(signature) == 65
    other = arguments.value(OrderSignature((*order[:-1], b"other")), 1_000)
    assert signature != other
