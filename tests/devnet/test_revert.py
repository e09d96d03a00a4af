from eth_utils.crypto import keccak

from deploy.artifacts import Artifact
from deploy.revert import RevertNames

_ERROR = {"type": "error", "name": "TooEarly", "inputs": [{"type": "uint64", "name": "epoch"}]}
_NAMES = RevertNames([Artifact("Some", [_ERROR], "0x")])


def test_name__known_selector__is_the_errors_name():
    data = "0x" + keccak(text="TooEarly(uint64)")[:4].hex() + "00" * 32
    assert _NAMES.name({"data": data}) == "TooEarly"


def test_name__unknown_selector__shows_its_bytes():
    assert _NAMES.name({"data": "0x01020304"}) == "unknown error 0x01020304"


def test_name__no_data__is_the_nodes_message():
    assert _NAMES.name({"message": "out of gas"}) == "out of gas"
