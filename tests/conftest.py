"""Fixtures of the whole suite: one real PostgreSQL, a database of its own for each test, real chains."""

import os
import shutil
import signal
import uuid
from urllib.parse import urlsplit

import psycopg
import pytest
from hypothesis import settings

from indexer.adapters.postgres.database import Database, open_database
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from tests.support.devnet import devnet, fresh_devnet, small_devnet_settings
from tests.support.operator import Operator, operator_of
from tests.support.session import one_at_a_time, shared_folder

GIVEN_SERVER = "TEST_DATABASE_URL"
"""A server that tests may create databases in, e.g. postgresql://user:password@host:5432/postgres."""
__all__ = ["devnet", "fresh_devnet", "small_devnet_settings"]


def pytest_configure():
    """Undo what started us in the background: what is ignored here, every program that a test starts ignores too.

    Generated examples have no deadline.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.register_profile("suite", deadline=None)  # a first call compiles, and other tests have the machine too
    settings.load_profile("suite")


def pytest_collection_modifyitems(items):
    """Begin with the files that take long, so that no worker is left alone with one of them at the end."""
    ranks = {}
    for item in items:
        rank = rank_of({name for name in ("slow", "chain", "database") if item.get_closest_marker(name)})
        ranks[item.path] = min(rank, ranks.get(item.path, rank))
    items.sort(key=lambda item: ranks[item.path])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give all tests that need Spark to one worker: a Java machine takes half a minute before it settles anything."""
    if config.getvalue("dist") == "loadfile":
        from tests.support.one_spark import OneSparkScheduling

        return OneSparkScheduling(config, log)
    return None


def rank_of(marks):
    """Return 0 for what is slow and starts programs, the most for what is neither."""
    if "slow" in marks:
        return 0 if len(marks) > 1 else 1
    return 2 if "chain" in marks else 3 if "database" in marks else 4


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A real PostgreSQL that lives as long as the session, one for all workers: embedded, or the one that is given."""
    if os.environ.get(GIVEN_SERVER):
        yield Database(os.environ[GIVEN_SERVER])
        return
    with open_database("", shared_folder(tmp_path_factory)) as database:
        with psycopg.connect(database.uri, autocommit=True) as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # a power cut is no matter to a test
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield database


@pytest.fixture(scope="session")
def postgres(server):
    """The URI of that PostgreSQL."""
    return server.uri


@pytest.fixture
def database_url(postgres):
    """The URI of a fresh, empty database."""
    uri = create_database(postgres)
    yield uri
    drop_database(postgres, uri)


@pytest.fixture(scope="session")
def lake_template(postgres, tmp_path_factory):
    """The name of a database with the tables of an empty lake, to be copied."""
    folder = shared_folder(tmp_path_factory) / "lake_template"
    with one_at_a_time(folder):
        if not (folder / "name").exists():
            uri = create_database(postgres)
            open_lake(uri, folder, REFERENCE).close()
            (folder / "name").write_text(database_name(uri))
        return (folder / "name").read_text()


@pytest.fixture
def lake_url(postgres, lake_template):
    """The URI of a fresh database with an empty lake, which costs a copy instead of creating thirty tables."""
    uri = create_database(postgres, lake_template)
    yield uri
    drop_database(postgres, uri)


@pytest.fixture(scope="session")
def settled(devnet, postgres, lake_template, tmp_path_factory):
    """The folder and database name of an operator who has indexed and settled the devnet, to be copied."""
    folder, url = tmp_path_factory.mktemp("settled"), create_database(postgres, lake_template)
    operator = operator_of(devnet, folder, None, POZK_STORE_DATABASE_URL=url)
    for command in ("index", "settle"):
        process = operator.start(command)
        output, errors = process.communicate()
        assert process.returncode == 0, f"{output}\n{errors}"
    return folder, database_name(url)


@pytest.fixture
def settled_operator(settled, postgres, tmp_path, capsys):
    """An operator of the shared chain who has indexed and settled everything; the data are the test's own."""
    folder, database = settled
    shutil.copytree(folder, tmp_path / "mine")
    url = create_database(postgres, database)
    yield Operator(tmp_path / "mine", capsys, {"POZK_STORE_DATABASE_URL": url})
    drop_database(postgres, url)


def create_database(postgres, template="template1"):
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return urlsplit(postgres)._replace(path=f"/{name}").geturl()


def drop_database(postgres, uri):
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {database_name(uri)} WITH (FORCE)")


def database_name(uri):
    return urlsplit(uri).path[1:]
