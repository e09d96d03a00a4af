"""The service as a process: a round for cron, probes, a second instance, signals."""

import json
import re
import signal
import time
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
import psycopg
import pytest

from settlement.rules.service.retrying import NEEDS
from tests.money.test_json_documents import verify

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
SECONDS = 60


def address_of(process):
    """Return where a service that was just started serves its probes."""
    for line in process.stderr:
        found = re.search(r"http://127\.0\.0\.1:[0-9]+", line)
        if found:
            return found[0]
    raise AssertionError("no address was said")


def read(url):
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 - our own service
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def speaking(address):
    """Return the status of a service once it speaks and was able to do its jobs."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        document = json.loads(read(f"{address}/readyz")[1])
        if document["role"] == "speaks" and document["ready"]:
            return document
        time.sleep(0.3)
    raise AssertionError(f"not ready within {SECONDS} s: {document}")


PLANTED = ("planted-database-password", "planted-rpc-password", "0123456789abcdef" * 4)


def plant_secrets(operator, devnet):
    """Put secrets where the configuration takes some that send nothing (the relayer's day has no gas); return them."""
    environment, parts = operator.environment, urlsplit(operator.environment["POZK_STORE_DATABASE_URL"])
    secret = parts.password or PLANTED[0]  # a server that asks for a password takes its own alone
    database = parts._replace(netloc=f"{parts.username}:{secret}@{parts.netloc.rpartition('@')[2]}").geturl()
    node, away = (each.replace("//", f"//oracle:{PLANTED[1]}@") for each in (devnet.rpc, "http://127.0.0.1:1"))
    environment |= {"POZK_STORE_DATABASE_URL": database, "POZK_RELAYER_PRIVATE_KEY": f"0x{PLANTED[2]}"}
    environment |= {"POZK_CHAIN_RPC": f"{node},{away}", "POZK_CHAIN_FINAL_AGREEMENT": "1", "POZK_RUN_GAS_PER_DAY": "0"}
    operator.edit_config("private_key", "# private_key")
    return [secret, *PLANTED[1:]]


def rows_of_the_journal(url):
    """Return every row of the service's and the journal's tables as text."""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'pozk'").fetchall()
        return [row[0] for (name,) in tables for row in connection.execute(f"SELECT t::text FROM pozk.{name} AS t")]


def left_behind(operator, process, address):
    """Return all that a run shows or leaves, by where it is: what is asked, listed, stored."""
    found = {path: read(f"{address}{path}")[1].decode() for path in ("/readyz", "/metrics", "/nothing")}
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    found["process list"] = " ".join(part for each in family for part in each.cmdline())
    found["status"] = operator.pozk("status").stdout
    found["journal"] = " ".join(rows_of_the_journal(operator.environment["POZK_STORE_DATABASE_URL"]))
    files = [path for path in operator.folder.rglob("*") if path.is_file()]
    return found | {str(path): path.read_bytes().decode("latin-1") for path in files}


def test_run__once_then_as_a_service__does_its_jobs_and_leaves_nothing_behind(settled_operator, devnet):
    planted = plant_secrets(settled_operator, devnet)
    backups = settled_operator.folder / "backups"
    (backups / "2020-01-01T030000Z").mkdir(parents=True)
    settled_operator.environment |= {"POZK_RUN_BACKUP_FOLDER": "backups", "POZK_RUN_BACKUPS_KEPT": "1"}
    done = settled_operator.try_pozk("run", "--once")
    verify("run", done.document)
    assert {job["name"]: job["state"] for job in done.document["jobs"]} == dict.fromkeys(NEEDS, "idle"), done.stderr
    with psycopg.connect(settled_operator.environment["POZK_STORE_DATABASE_URL"]) as connection:
        assert {row[0] for row in connection.execute("SELECT id FROM pozk.schedule")} == set(NEEDS)
    status = settled_operator.pozk("status").document
    verify("status", status)
    assert (status["ready"], status["epoch"]["settled"]) == (True, 4)
    (made,) = backups.iterdir()
    assert (made / "backup.json").exists()
    verified = {check["name"]: check for check in status["checks"]}["backup_old"]
    assert verified["ok"]
    assert verified["since"] > made.stat().st_mtime - 600

    with settled_operator.start("run") as process:
        address = address_of(process)
        assert read(f"{address}/livez") == (200, b'{"live":true}')
        verify("status", speaking(address))
        assert b"pozk_speaks 1.0" in read(f"{address}/metrics")[1]
        assert psutil.Process(process.pid).rlimit(psutil.RLIMIT_CORE) == (0, 0)  # a dump would hold the key
        assert "another `pozk run` works" in settled_operator.pozk("run", code=3).document["error"]
        left = left_behind(settled_operator, process, address)
        family = psutil.Process(process.pid).children(recursive=True)
        assert family  # the probes at least
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=15)
        assert process.returncode == 128 + signal.SIGTERM
        assert [each for each in family if each.is_running()] == []
    left |= {"log": done.stderr + errors, "stdout": done.stdout + output}
    assert [(where, secret) for where, text in left.items() for secret in planted if secret in text] == []
    config = str(settled_operator.config)
    assert not [each for each in psutil.process_iter(["cmdline"]) if config in (each.info["cmdline"] or [])]
