import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from tests.indexer.anvil import running_anvil


@pytest.fixture(scope="session")
def anvil():
    """One anvil with a logging contract for each role; tests only ever add blocks to it."""
    with running_anvil(REFERENCE.contracts) as chain:
        yield chain


@pytest.fixture
def private_anvil():
    """An anvil of the test's own."""
    with running_anvil() as chain:
        yield chain


@pytest.fixture
def lake(lake_url, tmp_path):
    """A new, writable lake."""
    with open_lake(lake_url, tmp_path, REFERENCE) as opened:
        yield opened
