import os

import psycopg
import pytest

from indexer.adapters.lake import open_lake
from tests.indexer.conftest import server

__all__ = ["server"]


@pytest.fixture
def new_lake(server, tmp_path):
    """Return a function that opens a lake of its own, by name; the same name opens the same lake again."""
    created = {}

    def open_named(name):
        if name not in created:
            created[name] = f"{name}_{os.urandom(5).hex()}"
            with psycopg.connect(server.uri, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{created[name]}"')
        return open_lake(server.uri.replace("/postgres?", f"/{created[name]}?"), tmp_path / name)

    yield open_named
    with psycopg.connect(server.uri, autocommit=True) as connection:
        for database in created.values():
            connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
