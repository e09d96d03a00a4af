"""The lake read without our code: the script for DuckDB alone, the connection of `pozk.connect`, frames, Parquet."""

import subprocess
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pozk
from indexer.words.errors import InputError
from settlement.adapters.queries.setup import script
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.readers import open_script
from tests.conftest import create_database, drop_database

pytestmark = [pytest.mark.chain, pytest.mark.database]
ALONE = """
import duckdb, sys
connection = duckdb.connect()
connection.execute(open(sys.argv[1]).read())
print(connection.execute("SELECT count(*), max(fee_tokens) FROM analytics.tasks").fetchone())
print(connection.execute("SELECT epoch, pool_tokens, leaves FROM analytics.settled_reports ORDER BY epoch").fetchall())
"""


@pytest.fixture(scope="module")
def place(settled, postgres):
    folder, database = settled
    url = create_database(postgres, database)
    yield folder, url
    drop_database(postgres, url)


@pytest.fixture
def connection(place, monkeypatch):
    folder, url = place
    monkeypatch.setenv("POZK_STORE_DATABASE_URL", url)
    with pozk.connect(folder / "pozk.toml") as opened:
        yield opened


def test_script__in_a_duckdb_without_our_code__gives_the_same_views(place, connection, tmp_path):
    folder, url = place
    with open_script(load_settings(folder / "pozk.toml", {"POZK_STORE_DATABASE_URL": url})) as text:
        (tmp_path / "lake.sql").write_text(text)
    alone = [sys.executable, "-I", "-c", ALONE, str(tmp_path / "lake.sql")]
    done = subprocess.run(alone, capture_output=True, text=True, check=True)
    tasks = connection.execute("SELECT count(*), max(fee_tokens) FROM analytics.tasks").fetchone()
    reports = "SELECT epoch, pool_tokens, leaves FROM analytics.settled_reports ORDER BY epoch"
    assert done.stdout.splitlines() == [str(tasks), str(connection.execute(reports).fetchall())]


def test_script__a_password__is_left_to_the_client(tmp_path):
    text = script("postgresql://who:se'cret@host:5432/name", tmp_path / "it's", ["SELECT 1;"])
    assert "cret" not in text
    assert "ATTACH 'ducklake:postgres:postgresql://who@host:5432/name' AS lake (DATA_PATH '" in text
    assert "it''s/lake'" in text
    assert text.endswith("SELECT 1;\n")


def test_connect__statements_that_write_or_leave_the_lake__are_refused_by_duckdb(connection):
    for statement in (
        "CREATE TABLE lake.mine (i INTEGER)",
        "DELETE FROM lake.claimed",
        "COPY (SELECT 1) TO '/tmp/pozk.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "ATTACH '/tmp/pozk.db'",
        "SET memory_limit = '1TB'",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(statement)


def test_connect__amounts_as_arrow__are_exact_in_whatever_takes_arrow(connection):
    found = connection.sql("SELECT task_id, fee FROM analytics.tasks ORDER BY fee DESC LIMIT 3").to_arrow_table()
    assert found.schema.field("fee").type == pa.decimal128(38, 0)
    greatest = connection.execute("SELECT max(fee)::VARCHAR FROM lake.task_posted").fetchone()[0]
    assert str(found["fee"][0].as_py()) == greatest
    handed_on = pa.RecordBatchReader.from_stream(found).read_all()  # as frames take it
    assert handed_on["fee"].to_pylist() == found["fee"].to_pylist()


def test_ask__a_named_query__takes_its_parameters_by_name(connection):
    rows = pozk.ask(connection, "leaderboard", board="apps", rows=2)
    assert rows.num_rows == 2
    assert rows["amount"].type == pa.decimal128(38, 0)
    with pytest.raises(InputError, match="did you mean leaderboard"):
        pozk.ask(connection, "leaderbord")
    with pytest.raises(InputError, match="not a connection to a lake"):
        pozk.ask(duckdb.connect(), "leaderboard")


def test_parquet__of_an_epoch__is_read_by_any_reader_as_the_view_shows_it(place, connection):
    folder, _ = place
    (path,) = folder.glob("*/epochs/00000001/amounts.parquet")
    stored = pq.read_table(path)
    shown = connection.execute("SELECT sum(amount), count(*) FROM settled_amounts WHERE epoch = 1").fetchone()
    assert (sum(stored["amount"].to_pylist()), stored.num_rows) == shown
