import fcntl
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import psycopg
import pytest

from indexer.adapters.postgres import embedded
from indexer.adapters.postgres.database import connect, open_database
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE

pytestmark = pytest.mark.database
HOLD = """
    import sys, pathlib
    from indexer.adapters.postgres.database import open_database
    with open_database("", pathlib.Path(sys.argv[1])) as database:
        print(pathlib.Path(sys.argv[1], "postgres", "postmaster.pid").read_text().split()[0], flush=True)
        sys.stdin.read()
"""


def hold(folder):
    """Start a process that uses the folder's server; return it and the server's process id."""
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def is_gone(pid):
    """Wait until a process has ended; a zombie has."""
    for _ in range(1000):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_acquire_server__its_only_process_ends_by_any_signal__server_ends_too(tmp_path, number):
    process, server = hold(tmp_path)
    process.send_signal(number)
    process.wait(timeout=60)
    assert is_gone(server)


def test_acquire_server__one_of_two_processes_is_killed__server_goes_on_until_the_other_lets_go(tmp_path):
    first, server = hold(tmp_path)
    second, same = hold(tmp_path)
    assert server == same
    first.kill()
    first.wait(timeout=60)
    with open_database("", tmp_path) as third, connect(third.uri) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert psutil.Process(server).status() != psutil.STATUS_ZOMBIE
    second.communicate()
    assert is_gone(server)


def test_revive__server_was_killed__answers_again_at_the_same_place_and_ends_with_us(tmp_path):
    with open_database("", tmp_path) as database:
        first = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
        database.revive()
        psutil.Process(first).kill()
        assert is_gone(first)
        database.revive()
        with connect(database.uri) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        second = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
    assert second != first
    assert is_gone(second)


DEAF = """
    import signal, sys, time
    for number in sys.argv[1:]:
        signal.signal(int(number), signal.SIG_IGN)
    print("begun", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("deaf_to", [[], [signal.SIGINT], [signal.SIGINT, signal.SIGQUIT]])
def test_watcher__its_server_does_not_end_when_told__is_ended_more_firmly(tmp_path, deaf_to):
    users = tmp_path / "users"
    users.touch()
    command = [sys.executable, "-c", textwrap.dedent(DEAF), *(str(int(number)) for number in deaf_to)]
    with users.open() as used:
        fcntl.flock(used, fcntl.LOCK_SH)
        watching = [sys.executable, "-I", "-S", str(embedded._WATCHER), str(users), "", "0.2", *command]
        watcher = subprocess.Popen(watching, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert watcher.stdout.readline() == b"begun\n"
        (server,) = psutil.Process(watcher.pid).children()
    watcher.communicate(timeout=20)
    assert not server.is_running()


@pytest.mark.parametrize("name", ["with blank", "a&b;c'd\"e$f,g{h\\i=j%k?l", "d" * 200])
def test_acquire_server__odd_name_of_the_folder__lake_and_journal_work(tmp_path, name):
    folder = tmp_path / name
    with open_database("", folder) as database, open_lake(database.uri, folder, REFERENCE) as lake:
        assert lake.last_block() is None
    assert not (folder / "postgres" / "postmaster.pid").exists()


def test_acquire_server__variables_that_name_another_server__nothing_reaches_it(postgres, tmp_path, monkeypatch):
    other = psycopg.conninfo.conninfo_to_dict(postgres)
    variables = {"PGHOSTADDR": "127.0.0.1", "PGPORT": "1", "PGOPTIONS": "-c search_path=elsewhere", "PGUSER": "nobody"}
    variables |= {
        "PGHOST": other["host"],
        "PGSERVICE": "none",
        "PGREQUIREAUTH": "scram-sha-256",
        "PGSSLMODE": "verify-full",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with open_database("", tmp_path) as database, open_lake(database.uri, tmp_path, REFERENCE):
        with connect(database.uri) as connection:
            folder = connection.execute("SHOW data_directory").fetchone()[0]
        assert folder == str((tmp_path / "postgres").resolve())


def test_acquire_server__locale_that_is_not_installed__is_not_asked_for(tmp_path, monkeypatch):
    for name in ("LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"):
        monkeypatch.setenv(name, "xx_YY.UTF-8")
    with open_database("", tmp_path) as database, connect(database.uri) as connection:
        rows = connection.execute("SELECT datcollate, pg_encoding_to_char(encoding) FROM pg_database").fetchall()
    assert set(rows) == {("C", "UTF8")}
