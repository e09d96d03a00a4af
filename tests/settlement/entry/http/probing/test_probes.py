"""The probes as a client sees them; the status behind them is played."""

import time

import pytest
from fastapi.testclient import TestClient

from settlement.entry.http.layers.app import create_app
from settlement.entry.http.layers.options import HttpOptions
from settlement.entry.http.probing.probes import SILENT_SECONDS, create_probes
from settlement.entry.service.metrics import EXPORTED, render_metrics
from settlement.entry.status import Status
from settlement.words.service import CheckState, JobRow, Measured, Standing


class Played:
    """A service as its probes hear it."""

    def __init__(self, *, ready=True, silent=0.0, stale=0.0):
        self.silent, self.stale = silent, stale
        self.standing = Standing(ready, {"ready": ready, "status": "ready", "checks": []}, b"pozk_speaks 1\n")

    def newest(self):
        return self.standing

    def silent_seconds(self):
        return self.silent

    def stale_seconds(self):
        return self.stale


def client_of(**told):
    return TestClient(create_app(HttpOptions(), create_probes(Played(**told))))


def test_livez__not_ready__200():
    assert client_of(ready=False).get("/livez").json() == {"live": True}


@pytest.mark.parametrize(("ready", "code"), [(True, 200), (False, 503)])
def test_readyz__by_the_status__its_document(ready, code):
    answer = client_of(ready=ready).get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (code, ready)
    assert answer.headers["cache-control"] == "no-store"


def test_metrics__while_not_ready__200():
    answer = client_of(ready=False).get("/metrics")
    assert (answer.status_code, answer.text) == (200, "pozk_speaks 1\n")


def test_probes__service_that_says_nothing_any_more__503_everywhere():
    client = client_of(silent=SILENT_SECONDS + 1, stale=SILENT_SECONDS + 2)
    assert [client.get(path).status_code for path in ("/livez", "/readyz", "/metrics")] == [503] * 3
    assert client.get("/livez").json() == {"live": False, "silent_seconds": 31}
    document = client.get("/readyz").json()
    assert (document["ready"], document["status"], document["silent_seconds"]) == (False, "unready", 32)


def test_probes__service_that_lives_and_cannot_look__lives_and_is_not_ready():
    client = client_of(stale=SILENT_SECONDS + 1)
    assert [client.get(path).status_code for path in ("/livez", "/readyz", "/metrics")] == [200, 503, 503]


def status_of():
    checks = (CheckState("index_lag", False, 300, 200, "blocks", 1),)
    document = {"ready": False, "committee": {"absent": ["0xaa"]}, "epoch": {"settled": 4}}
    measured = {"lake_block": Measured(7, 1, 1)}
    return Status(checks, {"settle": JobRow("settle")}, measured, document)


def test_render_metrics__a_status__values_checks_jobs_and_who_is_absent():
    text = render_metrics(status_of(), "speaks").decode()
    for line in (
        "pozk_lake_block 7.0",
        'pozk_check_failed{check="index_lag"} 1.0',
        'pozk_check_value{check="index_lag"} 300.0',
        'pozk_job_frozen{job="settle"} 0.0',
        'pozk_member_absent{member="0xaa"} 1.0',
        "pozk_speaks 1.0",
        "pozk_epoch_settled 4.0",
    ):
        assert line in text
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert names <= set(EXPORTED)


def test_probes__many__cost_less_than_5_ms_of_the_processor_each():
    client = client_of(ready=True)
    client.get("/livez")
    started = time.process_time()
    for _ in range(50):
        client.get("/readyz")
    assert (time.process_time() - started) / 50 < 0.02  # the client's own part is the greater one
