"""The newest state through several nodes, played over real HTTP."""

import pytest

from indexer.words.errors import InputError
from indexer.words.faults import MissingFault, NodeFault, UnreachableFault
from tests.support.played_chain import Nodes, PlayedChain, dead, honest, silent
from tests.support.played_node import RefusedError


def newest(state):
    return state.block


@pytest.mark.parametrize("first", [dead, silent, lambda *_: None, lambda *_: "-0x1", lambda *_: "0x" + "f" * 5000])
def test_at_newest__one_node_of_three_fails__the_next_one_answers(first):
    chain = PlayedChain()
    with Nodes(first, honest(chain), honest(chain)) as nodes:
        assert nodes.state.at_newest(newest) == 100
        assert nodes.pauses == []


def test_at_newest__what_is_read__names_the_block_that_the_node_called_newest():
    chain = PlayedChain(views={"0x12345678": "0x01"})
    with Nodes(honest(chain)) as nodes:
        assert nodes.state.at_newest(lambda state: state.call(b"\x01" * 20, b"\x12\x34\x56\x78")) == b"\x01"
        assert ("eth_call", [{"to": "0x" + "01" * 20, "data": "0x12345678"}, "0x64"]) in nodes.played[0].asked


def test_at_newest__one_node_of_three_lags_or_boasts__the_state_of_the_others():
    chain = PlayedChain()
    with Nodes(honest(chain, lags=30), honest(chain), honest(chain, lags=1)) as nodes:
        assert nodes.state.at_newest(newest) in (99, 100)
    with Nodes(honest(PlayedChain(block=1 << 60)), honest(chain), honest(chain)) as nodes:
        nodes.state.at_newest(newest)
        nodes.state.hold(100)
        assert nodes.state.at_newest(lambda state: state.block) >= 100


def test_estimate_gas__node_that_takes_no_block__asked_without():
    chain = PlayedChain()

    def answer(method, params):
        if method == "eth_estimateGas" and len(params) > 1:
            raise RefusedError({"code": -32602, "message": "too many arguments, want at most 1"})
        return "0x5208" if method == "eth_estimateGas" else honest(chain)(method, params)

    with Nodes(answer) as nodes:
        assert nodes.state.at_newest(lambda state: state.estimate_gas(b"\x01" * 20, b"\x02" * 20, b"")) == 21000


def test_at_newest__after_a_block_is_held__a_node_that_lags_is_left():
    chain = PlayedChain()
    with Nodes(honest(chain, lags=7), honest(chain)) as nodes:
        assert nodes.state.at_newest(newest) == 93
        nodes.state.hold(99)
        assert nodes.state.at_newest(newest) == 100
    with Nodes(honest(chain, lags=7)) as nodes:
        nodes.state.hold(99)
        with pytest.raises(MissingFault, match="lags behind what was sent"):
            nodes.state.at_newest(newest)
        assert len(nodes.pauses) == 2


def test_at_newest__a_node_of_another_chain__input_error_names_it():
    with Nodes(honest(PlayedChain(chain_id=5))) as nodes, pytest.raises(InputError, match="another chain") as caught:
        nodes.state.at_newest(newest)
    assert f"127.0.0.1:{nodes.played[0].port}" in caught.value.line()


def test_at_newest__no_node_answers__their_fault():
    with Nodes(dead, dead) as nodes, pytest.raises(NodeFault) as caught:
        nodes.state.at_newest(newest)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("answer", [None, 5, "0x123", "0xzz", "12", [], {"a": 1}])
def test_call__no_bytes__fault(answer):
    chain = PlayedChain(views={"0x": answer})
    chain._call = lambda *_: answer
    with Nodes(honest(chain)) as nodes, pytest.raises(UnreachableFault, match="malformed bytes"):
        nodes.state.at_newest(lambda state: state.call(b"\x01" * 20, b""))
