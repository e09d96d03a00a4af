"""The lake read without our code: the script for DuckDB alone, the connection of `pozk.connect`, frames, Parquet."""

import os
import subprocess
import sys
from contextlib import suppress
from urllib.parse import urlsplit

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import pozk
from indexer.adapters.store.reading_files import READING
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
    environment = os.environ | {"PGPASSWORD": urlsplit(url).password or ""}
    done = subprocess.run(alone, capture_output=True, text=True, check=True, env=environment)
    tasks = connection.execute("SELECT count(*), max(fee_tokens) FROM analytics.tasks").fetchone()
    reports = "SELECT epoch, pool_tokens, leaves FROM analytics.settled_reports ORDER BY epoch"
    assert done.stdout.splitlines() == [str(tasks), str(connection.execute(reports).fetchall())]


def test_script__a_password__is_left_to_the_client(tmp_path):
    text = script("postgresql://who:se'cret@host:5432/name", tmp_path / "it's", ["SELECT 1;"])
    assert "cret" not in text
    assert "ATTACH 'ducklake:postgres:postgresql://who@host:5432/name' AS lake (DATA_PATH '" in text
    assert "it''s/lake'" in text
    assert text.endswith("SELECT 1;\n")


WRITES = (
    "CREATE TABLE lake.mine (i INTEGER)",
    "CREATE SCHEMA lake.mine",
    "CREATE VIEW lake.mine AS SELECT 1",
    "DROP TABLE lake.claimed",
    "INSERT INTO lake.quarantine SELECT * FROM lake.quarantine",
    "DELETE FROM lake.claimed",
    "UPDATE lake.claimed SET amount = 0",
    "ALTER TABLE lake.claimed ADD COLUMN mine INTEGER",
    "DELETE FROM __ducklake_metadata_lake.lake.ducklake_snapshot",
    "CREATE TABLE __ducklake_metadata_lake.public.mine (i INTEGER)",
    "CALL postgres_execute('__ducklake_metadata_lake', 'DROP SCHEMA lake CASCADE')",
    "SELECT * FROM postgres_query('__ducklake_metadata_lake', 'DELETE FROM lake.ducklake_snapshot RETURNING 1')",
    "CALL ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)",
    "CALL ducklake_expire_snapshots('lake', older_than => now())",
    "CALL ducklake_merge_adjacent_files('lake')",
    "CALL ducklake_set_option('lake', 'parquet_version', 1)",
    "CALL ducklake_add_data_files('lake', 'claimed', '{name}/{file}')",
    "COPY (SELECT 1) TO '{name}/mine.parquet'",
    "COPY (SELECT 1) TO '{name}/mine.csv' (USE_TMP_FILE false)",
    "COPY (SELECT 1) TO '{name}/{file}' (FORMAT parquet, USE_TMP_FILE false)",
    "COPY (SELECT 1 AS a, 2 AS b) TO '{name}' (FORMAT parquet, PARTITION_BY (a), OVERWRITE true)",
    "COPY lake.claimed TO '{name}/mine' (FORMAT parquet, PER_THREAD_OUTPUT true)",
    "EXPORT DATABASE '{name}/mine'",
    "ATTACH '{name}/mine.db' AS mine",
    "ATTACH '{name}/mine.db' AS mine (READ_ONLY)",
    "ATTACH 'ducklake:{name}/mine.ducklake' AS mine (DATA_PATH '{name}/mine')",
    "INSTALL '{name}/mine.duckdb_extension'",
    "LOAD '{name}/mine.duckdb_extension'",
    "PRAGMA profiling_output = '{name}/profile.json'",
    "CREATE PERSISTENT SECRET mine (TYPE http, EXTRA_HTTP_HEADERS MAP {{'a': 'b'}})",
    "SET temp_directory = '{name}'",
    "SET memory_limit = '1TB'",
    "SET enable_external_access = true",
    "SET GLOBAL allowed_directories = ['/']",
    "RESET lock_configuration",
)
"""Each for the folders of the lake and of the epochs, by their paths and by the name under which they can be read."""


def test_connect__statements_that_would_write_a_file_or_the_catalog__are_refused_and_alter_nothing(place, connection):
    folder, url = place
    data = next(folder.glob("**/lake")).parent
    files = {name: next((data / name).rglob("*.parquet")).relative_to(data / name) for name in ("lake", "epochs")}
    with psycopg.connect(url, autocommit=True) as database:
        listed = "INSERT INTO lake.ducklake_files_scheduled_for_deletion VALUES (-1, %s, true, '2020-01-01')"
        database.execute(listed, [str(files["lake"])])
    before = state_of(data, url)
    for name, file in files.items():
        for named in (str(data / name), f"{READING}{data / name}", f"{READING}{data}/spill/../{name}"):
            for statement in dict.fromkeys(each.format(name=named, file=file) for each in WRITES):
                if named not in statement and named != str(data / "lake"):
                    continue
                is_upkeep = statement.startswith("CALL ducklake")  # which may find nothing to do
                with suppress(duckdb.Error) if is_upkeep else pytest.raises(duckdb.Error):
                    print(statement, connection.execute(statement).fetchall())
            for write in (connection.sql("SELECT 1").write_parquet, connection.sql("SELECT 1").write_csv):
                with pytest.raises(duckdb.Error):
                    write(f"{named}/mine")
    assert state_of(data, url) == before


def test_connect__files_that_are_not_of_the_lake__are_not_read(place, connection):
    data = next(place[0].glob("**/lake")).parent
    (data / "secret.csv").write_text("a\n1\n")
    for name in (f"{data}/secret.csv", f"{READING}{data}/secret.csv", f"{READING}{data}/lake/../secret.csv"):
        with pytest.raises(duckdb.Error):
            connection.execute(f"SELECT * FROM read_csv('{name}')")


def state_of(data, url):
    """Return what may not change: every file with its time, and what the catalog and the journal hold."""
    paths = [path for name in ("lake", "epochs") for path in (data / name).rglob("*")]
    files = {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in paths}
    with psycopg.connect(url) as database:
        tables = database.execute(
            "SELECT table_schema || '.' || quote_ident(table_name) FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        ).fetchall()
        rows = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone() for (name,) in tables}
    return files, rows


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
