import pytest

from deploy.artifacts import load_artifact
from indexer.adapters.nodes.pool import open_chain
from indexer.words.quantities import Address
from settlement.adapters.chain.chain_state import ChainState
from settlement.adapters.chain.wiring import read_desk
from settlement.rules.contracts.wiring import is_code_of

pytestmark = pytest.mark.chain


def _desk_of(devnet, key):
    state = ChainState(open_chain([devnet.rpc]), devnet.settings.chain_id)
    at = Address(bytes.fromhex(devnet.addresses[key][2:]))
    return state.at_newest(lambda newest: read_desk(newest, at))


def test_read_desk__of_a_market__is_the_code_of_its_second_half(devnet):
    built = load_artifact("MarketDesk")
    code = _desk_of(devnet, "task_market")
    assert is_code_of(code, built.deployed, built.immutables)
    assert not is_code_of(code[:-1] + bytes([code[-1] ^ 1]), built.deployed, built.immutables)


def test_read_desk__of_a_contract_that_names_none__is_nothing(devnet):
    assert _desk_of(devnet, "staking") == b""
