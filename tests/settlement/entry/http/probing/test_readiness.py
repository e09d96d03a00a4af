"""Whether a server that reads is ready: a database that goes away, nodes that do not answer, questions asked once."""

import asyncio
import time
from contextlib import contextmanager

import psycopg
import pytest
from starlette.testclient import TestClient

from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.quantities import Epoch
from settlement.entry.http.probing import readiness as readiness_module
from settlement.entry.http.probing.probes import SILENT_SECONDS
from settlement.entry.http.probing.readiness import REMEMBERED_SECONDS, Readiness
from settlement.entry.http.site import create_site

pytestmark = [pytest.mark.chain, pytest.mark.database]


class Asked:
    """Database and nodes as they answer, one error after the other, and how often they were asked."""

    def __init__(self, *, database=(), nodes=None):
        self.database_errors, self.nodes, self.times, self.now = list(database), nodes, 0, 0.0

    def ask_database(self):
        self.times += 1
        if self.database_errors:
            raise self.database_errors.pop(0)
        return Epoch(4)

    def ask_nodes(self):
        if isinstance(self.nodes, Exception):
            raise self.nodes
        return self.nodes


def readiness_of(store, asked):
    return Readiness(store.settings, asked.ask_database, asked.ask_nodes, clock=lambda: asked.now)


def looked(found):
    asyncio.run(found.look())
    standing = found.newest()
    return standing.is_ready, {row["name"]: row for row in standing.document["checks"]}


def test_look__both_answer__is_ready_in_the_shape_of_status(store):
    found = readiness_of(store, Asked())
    assert not found.newest().is_ready
    is_ready, checks = looked(found)
    assert (is_ready, list(checks), found.newest().document["role"]) == (True, ["database", "nodes"], "serve")
    assert set(checks["nodes"]) == {"name", "ok", "value", "limit", "unit", "since", "said"}
    assert checks["nodes"]["limit"] == store.settings.alerts.nodes_seconds


def test_look__a_session_that_ended__is_asked_again_at_once(store):
    asked = Asked(database=[RetryLaterError("gone")])
    assert looked(readiness_of(store, asked))[0]
    assert asked.times == 2


def test_look__again_before_it_is_old__asks_nobody(store):
    asked = Asked()
    found = readiness_of(store, asked)
    looked(found)
    asked.now, asked.database_errors = REMEMBERED_SECONDS - 0.1, [UnsoundError("another chain's")]
    assert (looked(found)[0], asked.times) == (True, 1)
    asked.now = REMEMBERED_SECONDS
    is_ready, checks = looked(found)
    assert (is_ready, asked.times, list(checks)) == (False, 2, ["database"])
    assert "another chain's" in checks["database"]["said"]


@pytest.mark.parametrize("trouble", ["the chain cannot be asked now", UnsoundError("another chain")])
def test_look__nodes_that_never_answered__are_named(store, trouble):
    is_ready, checks = looked(readiness_of(store, Asked(nodes=trouble)))
    assert (is_ready, checks["database"]["ok"], checks["nodes"]["ok"]) == (False, True, False)
    assert "chain" in checks["nodes"]["said"]


def test_look__nodes_that_answered_lately__are_waited_for(store):
    asked = Asked()
    found = readiness_of(store, asked)
    looked(found)
    asked.now, asked.nodes = REMEMBERED_SECONDS, "the chain cannot be asked now"
    is_ready, checks = looked(found)
    assert is_ready
    assert checks["nodes"]["said"]


def test_look__many_at_once__ask_once(store):
    asked = Asked()
    found = readiness_of(store, asked)

    async def many():
        await asyncio.gather(*(found.look() for _ in range(20)))

    asyncio.run(many())
    assert (asked.times, found.newest().is_ready) == (1, True)


def test_look__a_question_that_hangs__is_not_waited_for_and_grows_old(store, monkeypatch):
    monkeypatch.setattr(readiness_module, "WAIT_SECONDS", 0.01)
    asked = Asked()
    found = Readiness(store.settings, lambda: time.sleep(0.1), clock=lambda: asked.now)
    asked.now = SILENT_SECONDS + 1

    async def once():
        await found.look()
        return found.newest().is_ready, found.stale_seconds()

    assert asyncio.run(once()) == (False, SILENT_SECONDS + 1)


@contextmanager
def database_away(store, postgres):
    name = psycopg.conninfo.conninfo_to_dict(store.database.uri)["dbname"]
    with psycopg.connect(postgres, autocommit=True) as owner:
        owner.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            yield
        finally:
            owner.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_readyz__a_database_that_goes_away_and_comes_back__is_503_meanwhile(store, postgres, monkeypatch):
    monkeypatch.setattr(readiness_module, "REMEMBERED_SECONDS", 0.0)
    monkeypatch.setattr("settlement.entry.http.answering.readings.FRESH_SECONDS", -1.0)
    with TestClient(create_site(store)) as client:
        assert client.get("/readyz").status_code == 200
        with database_away(store, postgres):
            answer = client.get("/readyz")
            assert (answer.status_code, answer.json()["alerts"]) == (503, ["database"])
            assert client.get("/livez").status_code == client.get("/metrics").status_code == 200
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (200, True)
        assert client.get("/v1/epochs/1").status_code == 200
        assert 'pozk_http_requests_total{route="/readyz",status="503"} 1.0' in client.get("/metrics").text
