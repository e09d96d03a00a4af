"""The service as a process: a round for cron, probes, a second instance, signals."""

import json
import re
import signal
import time
from urllib.error import HTTPError
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


def test_run__once_then_as_a_service__does_its_jobs_and_leaves_nothing_behind(settled_operator):
    settled_operator.edit_config("private_key", "# private_key")
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
        assert "another `pozk run` works" in settled_operator.pozk("run", code=3).document["error"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 128 + signal.SIGTERM
    config = str(settled_operator.config)
    assert not [each for each in psutil.process_iter(["cmdline"]) if config in (each.info["cmdline"] or [])]
