"""A settled operator of the shared devnet, served in process: nobody writes, so that all tests share it."""

import pytest
from starlette.testclient import TestClient

from indexer.adapters.postgres.database import connect
from settlement.entry.configuration.assembly import open_readonly_store
from settlement.entry.configuration.config import load_settings
from settlement.entry.http.site import create_site
from tests.conftest import create_database
from tests.indexer.adapters.postgres.test_database import reader_of
from tests.support.operator import Operator


@pytest.fixture(scope="session")
def served_settings(settled, postgres):
    """The settings of the shared operator, with a role that may only read."""
    folder, database = settled
    url = create_database(postgres, database)  # one that others copy may have no other session
    environment = {
        "POZK_STORE_DATABASE_URL": reader_url(url),
        "POZK_SERVE_REQUESTS_PER_MINUTE": "0",
        "POZK_CHAIN_PATIENCE_SECONDS": "2",
    }
    return load_settings(Operator(folder, None).config, environment)


@pytest.fixture(scope="session")
def store(served_settings):
    with open_readonly_store(served_settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def client(store):
    with TestClient(create_site(store)) as running:
        yield running


def reader_url(url):
    """Return the URL of a role that may read everything in a database and write nothing."""
    with connect(url) as owner:
        reader = reader_of(owner, url)
        for schema in ("pozk", "lake"):
            owner.execute(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO PUBLIC")
    return reader
