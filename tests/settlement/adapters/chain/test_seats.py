"""Through which member an account votes, asked of played nodes over real HTTP."""

import pytest
from eth_abi import encode
from eth_utils.crypto import keccak

from indexer.words.errors import InputError
from settlement.adapters.chain.distributor import DistributorContract
from tests.support.played_chain import Nodes, PlayedChain, honest

AT, ME, SEAT, OTHER = (bytes([n]) * 20 for n in range(1, 5))


def answers(**views):
    """Return the views of every contract of a played chain, by their names; what is missing reverts."""
    return {"0x" + keccak(text=f"{name}()")[:4].hex(): "0x" + words.hex() for name, words in views.items()}


def members(*accounts):
    return encode(["address[]"], [accounts])


def word(account):
    return encode(["address"], [account])


def voter_of(account, **views):
    with Nodes(honest(PlayedChain(views=answers(**views)))) as nodes:
        return DistributorContract(nodes.state, AT).voter_of(account)


def test_voter_of__member__itself():
    assert voter_of(ME, members=members(OTHER, ME)) == ME


def test_voter_of__hot_key_of_a_seat__the_seat():
    assert voter_of(ME, members=members(SEAT), hotKey=word(ME), distributor=word(AT)) == SEAT


@pytest.mark.parametrize(
    "views",
    [
        {},
        {"hotKey": word(OTHER), "distributor": word(AT)},
        {"hotKey": word(ME), "distributor": word(OTHER)},
        {"hotKey": word(ME)},
        {"hotKey": b"", "distributor": b""},
        {"hotKey": b"\1" + word(ME)[1:], "distributor": word(AT)},
    ],
)
def test_voter_of__no_seat_of_ours_with_its_key__none(views):
    assert voter_of(ME, members=members(SEAT), **views) is None


def test_voter_of__hot_key_of_several__refused():
    with pytest.raises(InputError, match=r"hot key of several seats.*0x0303.*0x0404"):
        voter_of(ME, members=members(SEAT, OTHER), hotKey=word(ME), distributor=word(AT))
