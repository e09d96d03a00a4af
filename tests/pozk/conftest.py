import pytest

from tests.conftest import create_database
from tests.indexer.anvil import Anvil
from tests.pozk.network import SOURCE, PozkNetwork, config_of, play, vesting_file
from tests.support.operator import Operator
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


@pytest.fixture(scope="session")
def indexed(played, postgres, tmp_path_factory):
    """The folder and database of an operator who has indexed that network; tests only read them."""
    network, vesting = played
    folder, url = tmp_path_factory.mktemp("pozk"), create_database(postgres)
    (folder / "pozk.toml").write_text(config_of(network))
    (folder / "vesting.csv").write_text(vesting)
    process = Operator(folder, None, {"POZK_STORE_DATABASE_URL": url}).start("index")
    output, errors = process.communicate()
    assert process.returncode == 0, f"{output}\n{errors}"
    return folder, url


@pytest.fixture
def operator(indexed, capsys):
    """An operator of that network, who has indexed it."""
    folder, url = indexed
    return Operator(folder, capsys, {"POZK_STORE_DATABASE_URL": url})
