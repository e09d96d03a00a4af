import os
import tempfile
from pathlib import Path

import pytest

from indexer.adapters.postgres.database import open_database
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


@pytest.fixture(scope="session")
def server():
    """The embedded PostgreSQL of the session."""
    with tempfile.TemporaryDirectory(prefix="pozk-test-") as folder, open_database("", Path(folder)) as database:
        yield database


@pytest.fixture
def database_uri(server):
    """A fresh database on the session's server."""
    import psycopg

    name = "t" + os.urandom(6).hex()
    with psycopg.connect(server.uri, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield server.uri.replace("/postgres?", f"/{name}?")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def lake(database_uri, tmp_path):
    """A new, writable lake."""
    with open_lake(database_uri, tmp_path, REFERENCE) as opened:
        yield opened
