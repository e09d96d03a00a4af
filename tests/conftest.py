"""Fixtures of the whole suite: one real PostgreSQL, a database of its own for each test, real chains."""

import os
import shutil
import signal
import uuid
from urllib.parse import urlsplit

import psycopg
import pytest

from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from tests.support.devnet import devnet, fresh_devnet, small_devnet_settings
from tests.support.operator import Operator, operator_of

GIVEN_SERVER = "TEST_DATABASE_URL"
"""A server that tests may create databases in, e.g. postgresql://user:password@host:5432/postgres."""
__all__ = ["devnet", "fresh_devnet", "small_devnet_settings"]


def pytest_configure():
    """Undo what started us in the background: what is ignored here, every program that a test starts ignores too."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """The URI of a real PostgreSQL that lives as long as the session: embedded, or the one that is given."""
    if os.environ.get(GIVEN_SERVER):
        yield os.environ[GIVEN_SERVER]
        return
    with open_database("", tmp_path_factory.mktemp("postgres")) as database:
        with psycopg.connect(database.uri, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # a power cut is no matter to a test
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield database.uri


@pytest.fixture
def database_url(postgres):
    """The URI of a fresh, empty database."""
    return create_database(postgres)


@pytest.fixture(scope="session")
def lake_template(postgres, tmp_path_factory):
    """The name of a database with the tables of an empty lake, to be copied."""
    uri = create_database(postgres)
    open_lake(uri, tmp_path_factory.mktemp("template"), REFERENCE).close()
    return psycopg.conninfo.conninfo_to_dict(uri)["dbname"]


@pytest.fixture
def lake_url(postgres, lake_template):
    """The URI of a fresh database with an empty lake, which costs a copy instead of creating thirty tables."""
    return create_database(postgres, lake_template)


@pytest.fixture(scope="session")
def settled(devnet, postgres, lake_template, tmp_path_factory):
    """The folder and database name of an operator who has indexed and settled the devnet, to be copied."""
    folder, url = tmp_path_factory.mktemp("settled"), create_database(postgres, lake_template)
    operator = operator_of(devnet, folder, None, POZK_STORE_DATABASE_URL=url)
    for command in ("index", "settle"):
        process = operator.start(command)
        output, errors = process.communicate()
        assert process.returncode == 0, f"{output}\n{errors}"
    return folder, psycopg.conninfo.conninfo_to_dict(url)["dbname"]


@pytest.fixture
def settled_operator(settled, postgres, tmp_path, capsys):
    """An operator of the shared chain who has indexed and settled everything; the data are the test's own."""
    folder, database = settled
    shutil.copytree(folder, tmp_path / "mine")
    url = create_database(postgres, database)
    return Operator(tmp_path / "mine", capsys, {"POZK_STORE_DATABASE_URL": url})


def create_database(postgres, template="template1"):
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return urlsplit(postgres)._replace(path=f"/{name}").geturl()
