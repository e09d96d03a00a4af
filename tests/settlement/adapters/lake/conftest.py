import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from tests.conftest import create_database
from tests.settlement.adapters.lake.busy import chain_of, stored


@pytest.fixture
def lake(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path, REFERENCE) as opened:
        yield opened


@pytest.fixture(scope="module")
def kept(postgres, lake_template, tmp_path_factory):
    """A chain that is stored once, and where."""
    place, chain = (create_database(postgres, lake_template), tmp_path_factory.mktemp("kept")), chain_of()
    stored(place, chain)
    return place, chain
