"""Fixtures of the whole suite: one real PostgreSQL, a database of its own for each test, real chains."""

import uuid

import psycopg
import pytest

from indexer.adapters.database import open_database
from tests.support.devnet import devnet, fresh_devnet, small_devnet_settings

__all__ = ["devnet", "fresh_devnet", "small_devnet_settings"]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """The URI of a real PostgreSQL that lives as long as the session."""
    with open_database("", tmp_path_factory.mktemp("postgres")) as database:
        yield database.uri


@pytest.fixture
def database_url(postgres):
    """The URI of a fresh, empty database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres.replace("/postgres?", f"/{name}?")
