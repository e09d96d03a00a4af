"""What tokens call themselves: asked once, kept, and never guessed."""

import pytest
from eth_abi import encode

from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import InputError
from settlement.adapters.chain.token_units import KnownTokens
from settlement.rules.columns.units import TokenUnits
from tests.support.played_chain import Nodes, PlayedChain, dead, honest

NETWORK, OTHER = b"\x01" * 20, b"\x02" * 20


def token(**answers):
    views = {"0x" + keccak256(f"{name}()".encode())[:4].hex(): answer for name, answer in answers.items()}
    return honest(PlayedChain(views=views))


def answer(kind, value):
    return "0x" + encode([kind], [value]).hex()


def test_load__nothing_asked_yet__the_networks_own_counts_in_wei(tmp_path):
    assert KnownTokens(tmp_path, NETWORK).load() == {NETWORK: TokenUnits("", 18)}


def test_learn__a_token__is_asked_once_and_kept(tmp_path):
    known = KnownTokens(tmp_path, NETWORK)
    with Nodes(token(symbol=answer("string", "USDX"), decimals=answer("uint8", 6))) as nodes:
        found = known.learn(nodes.state, [OTHER])
    assert found == {NETWORK: TokenUnits("", 18), OTHER: TokenUnits("USDX", 6)}
    with Nodes(dead) as nodes:
        assert known.learn(nodes.state, [OTHER]) == found


def test_learn__symbol_that_is_no_string__decimals_count(tmp_path):
    symbol = "0x" + b"MKR".ljust(32, b"\0").hex()
    with Nodes(token(symbol=symbol, decimals=answer("uint8", 0))) as nodes:
        assert KnownTokens(tmp_path, NETWORK).learn(nodes.state, [OTHER])[OTHER] == TokenUnits("", 0)


def test_learn__no_decimals__stays_unknown(tmp_path):
    with Nodes(token()) as nodes:
        assert OTHER not in KnownTokens(tmp_path, NETWORK).learn(nodes.state, [OTHER])


@pytest.mark.parametrize("text", ["", "[]", "{", '{"0x12": 5}', '{"zz": {"symbol": "", "decimals": 1}}'])
def test_load__damaged_file__names_it(tmp_path, text):
    (tmp_path / "tokens.json").write_text(text)
    with pytest.raises(InputError, match=r"tokens\.json; delete it"):
        KnownTokens(tmp_path, NETWORK).load()
