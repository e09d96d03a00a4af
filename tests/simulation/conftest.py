import os

import psycopg
import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from tests.indexer.conftest import database_uri, server
from tests.simulation.tally import TALLY

__all__ = ["database_uri", "server"]


@pytest.fixture(scope="session")
def template(server, tmp_path_factory):
    """The name of a database with the tables of an empty lake; the server writes without waiting for the disk."""
    with psycopg.connect(server.uri, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # a power cut is no matter to a test
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE lake_template")
    open_lake(
        server.uri.replace("/postgres?", "/lake_template?"), tmp_path_factory.mktemp("template"), REFERENCE
    ).close()
    return "lake_template"


@pytest.fixture
def new_lake(server, template, tmp_path):
    """Return a function that opens a lake of its own, by name; the same name opens the same lake again."""
    created = {}

    def open_named(name):
        if name not in created:
            created[name] = f"{name}_{os.urandom(5).hex()}"
            with psycopg.connect(server.uri, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{created[name]}" TEMPLATE {template}')
        return open_lake(server.uri.replace("/postgres?", f"/{created[name]}?"), tmp_path / name, REFERENCE)

    yield open_named
    with psycopg.connect(server.uri, autocommit=True) as connection:
        for database in created.values():
            connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)')


def pytest_terminal_summary(terminalreporter):
    """Print what the seeds went through."""
    if TALLY["seeds"]:
        terminalreporter.section("simulation")
        terminalreporter.write_line(TALLY.table())
