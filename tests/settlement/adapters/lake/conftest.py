import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE


@pytest.fixture
def lake(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path, REFERENCE) as opened:
        yield opened
