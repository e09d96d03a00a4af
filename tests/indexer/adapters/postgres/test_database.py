import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time

import psycopg
import pytest

from indexer.adapters.postgres import database
from indexer.adapters.postgres.database import apply_migrations, connect, open_database, rights_on
from indexer.words.errors import InputError, RetryLaterError

pytestmark = pytest.mark.database


def run_python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


HOLD = """
    import sys, pathlib
    from indexer.adapters.postgres.database import open_database, connect
    with open_database("", pathlib.Path(sys.argv[1])) as database:
        with connect(database.uri) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
            print("ready", flush=True)
            sys.stdin.read()
"""


def count_rows(folder):
    with open_database("", folder) as opened, connect(opened.uri) as connection:
        return connection.execute("SELECT count(*) FROM kept").fetchone()[0]


def test_open_database__killed_process__next_start_finds_its_rows_and_stops_the_server(tmp_path):
    holder = run_python(HOLD, tmp_path)
    assert holder.stdout.readline() == "ready\n"
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert count_rows(tmp_path) == 1
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_open_database__pid_file_of_another_program__starts(tmp_path):
    with open_database("", tmp_path) as opened, connect(opened.uri) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    lines = [str(os.getpid()), str(tmp_path / "postgres"), "1700000000", "5432", str(tmp_path), "", "1 1", "ready"]
    pid_file.write_text("\n".join(lines) + "\n")
    assert count_rows(tmp_path) == 1


def test_open_database__killed_while_creating__creates_anew(tmp_path):
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres.new.left" / "base").mkdir(parents=True)
    (tmp_path / "postgres.new.left" / "PG_VERSION").write_text("18\n")
    with open_database("", tmp_path) as opened, connect(opened.uri) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_open_database__killed_while_its_initdb_goes_on__is_not_disturbed_by_it(tmp_path):
    process = run_python(HOLD, tmp_path)
    while not list(tmp_path.glob("postgres.new.*/base")):
        assert process.poll() is None
        assert not (tmp_path / "postgres" / "PG_VERSION").exists(), "created before anybody could look"
        time.sleep(0.005)
    process.kill()  # not what it started
    process.communicate()
    with open_database("", tmp_path) as opened, connect(opened.uri) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_open_database__twice_in_one_process__one_server_until_both_let_go(tmp_path):
    with open_database("", tmp_path) as first:
        with open_database("", tmp_path) as second:
            assert first.uri == second.uri
        with connect(first.uri) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(RetryLaterError):
        connect(first.uri)


def test_open_database__given_server__used(server, tmp_path):
    url = server.uri
    with open_database(url, tmp_path) as opened:
        assert opened.uri == url
    assert not (tmp_path / "postgres").exists()


def test_open_database__nobody_listens__retry_later_without_the_password(tmp_path):
    with pytest.raises(RetryLaterError) as caught:
        open_database("postgresql://me:secret@127.0.0.1:1/pozk", tmp_path)
    assert "secret" not in caught.value.line()
    assert "127.0.0.1:1" in caught.value.line()


MALFORMED = [
    *("mysql://x", "postgres", "postgresql:// spaced", "postgresql://h/d?nonsense=1"),
    *("postgresql://u:hid%zzden@h/d", "postgresql://u:hid den@h/d", "postgresql:u:hidden@h/d", "u:hidden@h"),
    *("postgresql://h/d?password=hid%zzden", "postgresql://u:hid%00den@h/d"),
]


@pytest.mark.parametrize("url", MALFORMED)
def test_open_database__malformed_url__input_error_without_the_password(url, tmp_path):
    with pytest.raises(InputError, match="database_url is malformed") as caught:
        open_database(url, tmp_path)
    assert "hid" not in caught.value.line()


def test_open_database__folder_is_a_file__input_error(tmp_path):
    (tmp_path / "postgres").write_text("")
    with pytest.raises(InputError, match="cannot use the database folder"):
        open_database("", tmp_path)


@pytest.fixture
def migrations(monkeypatch):
    files = {
        "journal/0001_one": "CREATE TABLE one (n int); INSERT INTO one VALUES (1);",
        "journal/0002_two": "INSERT INTO one VALUES (2);",
        "journal/query": "SELECT broken",
    }
    monkeypatch.setattr(database, "list_sql", lambda _: sorted(files))
    monkeypatch.setattr(database, "load_sql", files.__getitem__)
    return files


@pytest.mark.usefixtures("migrations")
def test_apply_migrations__twice__each_file_once(database_url):
    with connect(database_url) as connection:
        assert apply_migrations(connection, "journal") == ["journal/0001_one", "journal/0002_two"]
        assert apply_migrations(connection, "journal") == []
        assert connection.execute("SELECT array_agg(n ORDER BY n) FROM one").fetchone() == ([1, 2],)


def test_apply_migrations__broken_file__nothing_of_it_and_the_next_run_continues(database_url, migrations):
    migrations["journal/0002_two"] = "INSERT INTO one VALUES (2); SELECT broken;"
    with connect(database_url) as connection:
        with pytest.raises(psycopg.Error):
            apply_migrations(connection, "journal")
        migrations["journal/0002_two"] = "INSERT INTO one VALUES (3);"
        apply_migrations(connection, "journal")
        assert connection.execute("SELECT array_agg(n ORDER BY n) FROM one").fetchone() == ([1, 3],)


@pytest.mark.usefixtures("migrations")
def test_apply_migrations__several_at_once__each_file_once(database_url):
    done = []

    def migrate():
        with connect(database_url) as connection:
            done.extend(apply_migrations(connection, "journal"))

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(done) == ["journal/0001_one", "journal/0002_two"]


@pytest.mark.usefixtures("migrations")
def test_apply_migrations__role_that_only_reads__is_refused_where_one_is_missing_alone(
    database_url,
):
    with connect(database_url) as owner, connect(reader_of(owner, database_url)) as reader:
        with pytest.raises(InputError, match="this role or server only reads"):
            apply_migrations(reader, "journal")
        apply_migrations(owner, "journal")
        owner.execute("GRANT USAGE ON SCHEMA pozk TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA pozk TO PUBLIC")
        assert apply_migrations(reader, "journal") == []


def test_rights_on__owner_reader_and_read_only_server__are_told(database_url):
    with connect(database_url) as owner, connect(reader_of(owner, database_url)) as reader:
        assert rights_on(owner) == (True, True)
        assert rights_on(reader) == (False, True)
        reader.execute("SET default_transaction_read_only = on")
        assert rights_on(reader) == (False, False)


def reader_of(owner, uri):
    """Return the URI of a new role that may only read."""
    name = f"reader_{os.urandom(5).hex()}"
    owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
    reader, count = re.subn(r"//postgres:[^@]*@", f"//{name}:{name}@", uri)
    assert count == 1
    return reader
