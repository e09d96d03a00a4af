"""Bare routes are answered before the framework, with all that every answer has in common."""

import pytest
from fastapi import APIRouter, Response
from starlette.testclient import TestClient

from indexer.words.errors import InputError, RetryLaterError
from settlement.entry.http.layers.app import create_app
from settlement.entry.http.layers.bare import BareRoute
from settlement.entry.http.layers.options import HttpOptions

RAISED = {"input": InputError("bad"), "later": RetryLaterError("wait"), "disk": OSError(28, "No space left on device")}


def client_of(**options):
    router = APIRouter(prefix="/bare", route_class=BareRoute)

    @router.get("/{name}/of/{size}")
    async def _answer(request):
        if request.path_params["name"] in RAISED:
            raise RAISED[request.path_params["name"]]
        return Response(b"x" * int(request.path_params["size"]), media_type="text/plain")

    return TestClient(create_app(HttpOptions(**options), router), raise_server_exceptions=False)


@pytest.mark.parametrize(("name", "status", "code"), [("input", 400, 2), ("later", 503, 3), ("disk", 503, 3)])
def test_bare_first__error_of_ours__is_the_document_of_any_route(name, status, code):
    answer = client_of().get(f"/bare/{name}/of/1")
    assert (answer.status_code, answer.json()["exit_code"]) == (status, code)


def test_bare_first__a_long_answer__has_every_header_and_is_not_packed():
    answer = client_of().get("/bare/a/of/5000", headers={"accept-encoding": "gzip"})
    assert (answer.status_code, len(answer.content), answer.headers["cache-control"]) == (200, 5000, "no-cache")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "content-encoding" not in answer.headers


def test_bare_first__head_and_what_would_write__are_those_of_any_route():
    client = client_of()
    head, get = client.head("/bare/a/of/7"), client.get("/bare/a/of/7")
    assert (head.status_code, head.content, dict(head.headers)) == (200, b"", dict(get.headers))
    assert client.post("/bare/a/of/7").status_code == 405
    assert client.get("/bare/a/of/").status_code == client.get("/bare/a/of/7/").status_code == 404


def test_bare_first__too_many_requests__are_told_to_wait():
    client = client_of(requests_per_minute=60, burst=1)
    assert [client.get("/bare/a/of/1").status_code for _ in range(2)] == [200, 429]


def test_bare_first__the_document__names_the_route():
    assert "/bare/{name}/of/{size}" in client_of().get("/openapi.json").json()["paths"]
