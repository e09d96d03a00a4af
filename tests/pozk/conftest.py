import pytest

from tests.indexer.anvil import Anvil
from tests.pozk.network import SOURCE, PozkNetwork, play, vesting_file
from tests.support.solidity import compile_contracts


@pytest.fixture(scope="session")
def pozk_artifacts():
    """The contracts of the tests, compiled once."""
    return compile_contracts(SOURCE)


@pytest.fixture(scope="session")
def played(pozk_artifacts):
    """The network with its story, and its vesting amounts as a file has them; tests only read it."""
    chain = Anvil()
    network = PozkNetwork(chain, pozk_artifacts)
    yield network, vesting_file(play(network))
    chain.stop()
