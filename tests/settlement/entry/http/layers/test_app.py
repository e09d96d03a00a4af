"""What every answer has in common: errors, headers, limits, origins."""

import pytest
from fastapi import APIRouter
from starlette.testclient import TestClient

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.entry.http.layers.app import create_app
from settlement.entry.http.layers.errors import UnknownError
from settlement.entry.http.layers.options import HttpOptions
from settlement.entry.http.layers.rate_limit import RateLimit

ERRORS = {"input": InputError("bad"), "later": RetryLaterError("wait"), "unsound": UnsoundError("stop")}
ERRORS |= {"unknown": UnknownError("no such epoch"), "disk": OSError(28, "No space left on device")}


def client_of(**options):
    router = APIRouter()

    @router.get("/ok")
    def _ok(size: int = 1) -> str:
        return "x" * size

    @router.get("/raise/{name}")
    def _raise(name: str) -> None:
        raise ERRORS[name]

    return TestClient(create_app(HttpOptions(**options), router), raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [("input", 400, 2), ("unknown", 404, 2), ("later", 503, 3), ("unsound", 500, 1), ("disk", 503, 3)],
)
def test_create_app__error_of_ours__is_one_document_with_its_status(name, status, code):
    answer = client_of().get(f"/raise/{name}")
    assert (answer.status_code, answer.json()["exit_code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize(("path", "status"), [("/nothing", 404), ("/ok?size=many", 400), ("/ok/", 404)])
def test_create_app__wrong_request__says_what_to_send(path, status):
    answer = client_of().get(path)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "exit_code"}


def test_create_app__any_answer__carries_a_policy_without_inline():
    answer = client_of().get("/ok")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == ("nosniff", "no-cache")


def test_create_app__large_answer__is_packed_where_asked():
    client = client_of()
    assert client.get("/ok?size=5000", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/ok?size=5000", headers={"accept-encoding": "identity"}).headers


def test_create_app__another_origin__may_read_only_where_allowed():
    asks = {"origin": "https://dao.example"}
    assert "access-control-allow-origin" not in client_of().get("/ok", headers=asks).headers
    allowed = client_of(origins=("https://dao.example",)).get("/ok", headers=asks)
    assert allowed.headers["access-control-allow-origin"] == "https://dao.example"


def test_create_app__preflight_of_an_origin__allows_reading_alone():
    asks = {"origin": "https://dao.example", "access-control-request-method": "GET"}
    client = client_of(origins=("https://dao.example",))
    answer = client.options("/ok", headers=asks | {"access-control-request-headers": "if-none-match"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://dao.example")
    assert set(answer.headers["access-control-allow-methods"].split(", ")) == {"GET", "HEAD"}
    assert "access-control-allow-credentials" not in answer.headers
    assert client.options("/ok", headers=asks | {"origin": "https://evil.example"}).status_code == 400
    assert client.options("/ok", headers=asks | {"access-control-request-method": "POST"}).status_code == 400
    assert client.get("/ok", headers=asks).headers["access-control-expose-headers"].lower() == "etag, retry-after"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_create_app__what_would_write__is_405_that_names_get(method):
    answer = client_of().request(method, "/ok")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("size", [1, 5000])
def test_create_app__head__has_the_headers_of_get_and_no_body(size):
    client = client_of()
    asked = {"accept-encoding": "gzip"}
    head, get = (client.request(method, f"/ok?size={size}", headers=asked) for method in ("HEAD", "GET"))
    assert (head.status_code, head.content, dict(head.headers)) == (200, b"", dict(get.headers))
    assert client.head("/nothing").status_code == 404
    assert client.head("/raise/later").headers["retry-after"] == "5"


def test_create_app__too_many_requests_of_one_client__are_told_to_wait():
    client = client_of(requests_per_minute=60, burst=2)
    assert [client.get("/ok").status_code for _ in range(3)] == [200, 200, 429]
    assert int(client.get("/ok").headers["retry-after"]) >= 1


def test_take__time_passes__gives_one_token_a_second():
    now = [0.0]
    limit = RateLimit(None, 60, 1, clock=lambda: now[0])
    assert limit.take("a") == 0
    assert limit.take("a") == 1
    assert limit.take("b") == 0
    now[0] = 1.0
    assert limit.take("a") == 0
