import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from tests.indexer.anvil import Anvil, find_anvil


@pytest.fixture(scope="session")
def anvil():
    """One anvil with a logging contract for each role; tests only ever add blocks to it."""
    if find_anvil() is None:
        pytest.skip("anvil is not installed: npm --prefix deploy/contracts ci")
    chain = Anvil()
    chain.contracts = {role: chain.deploy() for role in REFERENCE.contracts}
    yield chain
    chain.stop()


@pytest.fixture
def private_anvil():
    """An anvil of the test's own."""
    if find_anvil() is None:
        pytest.skip("anvil is not installed: npm --prefix deploy/contracts ci")
    chain = Anvil()
    yield chain
    chain.stop()


@pytest.fixture
def lake(lake_url, tmp_path):
    """A new, writable lake."""
    with open_lake(lake_url, tmp_path, REFERENCE) as opened:
        yield opened
