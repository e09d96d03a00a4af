"""One settled devnet for all questions, and its rows as plain Python has them."""

import pytest

from settlement.adapters.queries.named_queries import find_query, read_parameters
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.readers import open_reader
from tests.conftest import create_database, drop_database
from tests.settlement.adapters.queries.plain_world import EVENTS, World


@pytest.fixture(scope="module")
def reader(settled, postgres):
    """The settled devnet as `pozk query` opens it."""
    folder, database = settled
    url = create_database(postgres, database)
    with open_reader(load_settings(folder / "pozk.toml", {"POZK_STORE_DATABASE_URL": url})) as opened:
        yield opened
    drop_database(postgres, url)


@pytest.fixture(scope="module")
def world(reader, devnet):
    token = bytes.fromhex(devnet.addresses["token"][2:])
    clock = reader.run("SELECT key, value FROM lake.identity").to_pylist()
    return world_of(reader, token, {row["key"]: row["value"] for row in clock})


def world_of(reader, token, identity):
    """Return the rows of a lake and of its settled stages as Python's own integers and bytes."""
    tables = {name: plain_rows(reader, f"lake.{name}") for name in (*EVENTS, "blocks")}
    stages = [plain_rows(reader, f"settled_{stage}") for stage in ("amounts", "leaves", "reports")]
    return World(tables, *stages, token, int(identity["genesis"]), int(identity["length_seconds"]))


def plain_rows(reader, table):
    rows = reader.run(f"SELECT * FROM {table}").to_pylist()
    return [{name: plain(value) for name, value in row.items()} for row in rows]


def plain(value):
    return int(value) if type(value).__name__ == "Decimal" else value


def ask(reader, name, columns, **given):
    """Return the named columns of a named query's rows as tuples."""
    query = find_query(name)
    rows = reader.run_named(query, read_parameters(query, given)).to_pylist()
    return [tuple(plain(row[column]) for column in columns.split()) for row in rows]
