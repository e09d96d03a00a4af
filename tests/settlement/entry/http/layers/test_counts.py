"""What a server counts: each request from outside once, by its route's template, bare and HEAD and refused ones too."""

import time

from fastapi import APIRouter, Response
from starlette.testclient import TestClient

from settlement.entry.http.layers.app import create_app
from settlement.entry.http.layers.bare import BareRoute
from settlement.entry.http.layers.counts import OTHER, SERVED, Counted, RequestCounts
from settlement.entry.http.layers.in_process import answer_in_process
from settlement.entry.http.layers.options import HttpOptions
from tests.settlement.rules.service.test_checks import LIMITS


def app_of(**options):
    framework, bare = APIRouter(prefix="/v1"), APIRouter(prefix="/bare", route_class=BareRoute)

    @framework.get("/of/{name}")
    def _of(name: str) -> str:
        return {"a": "a"}[name]

    @bare.get("/{name}")
    async def _bare(request):
        return Response(request.path_params["name"])

    app, counts = create_app(HttpOptions(**options), bare, framework), RequestCounts(LIMITS)
    app.add_middleware(Counted, counts=counts)
    return app, counts


def sample(route, status):
    return f'pozk_http_requests_total{{route="{route}",status="{status}"}}'


def test_counted__any_request__is_counted_by_the_template_of_its_route():
    app, counts = app_of()
    client = TestClient(app, raise_server_exceptions=False)
    for path in ("/bare/x", "/bare/y", "/v1/of/a", "/v1/of/b", "/nothing/1", "/nothing/2"):
        client.get(path)
    client.head("/bare/x")
    client.head("/v1/of/a")
    text = counts.render().decode()
    for line in (
        f"{sample('/bare/{name}', 200)} 3.0",
        f"{sample('/v1/of/{name}', 200)} 2.0",
        f"{sample('/v1/of/{name}', 500)} 1.0",
        f"{sample(OTHER, 404)} 2.0",
        'pozk_http_request_seconds_bucket{le="+Inf",route="/bare/{name}"} 3.0',
        'pozk_http_request_seconds_count{route="/v1/of/{name}"} 3.0',
    ):
        assert line in text
    assert "nothing" not in text


def test_counted__refused_or_asked_in_this_process__is_another_route_or_none():
    app, counts = app_of(requests_per_minute=60, burst=1)
    client = TestClient(app)
    assert [client.get("/bare/x").status_code for _ in range(2)] == [200, 429]
    assert answer_in_process(app, "/bare/x") == (200, b"x")
    text = counts.render().decode()
    assert f"{sample('/bare/{name}', 200)} 1.0" in text
    assert f"{sample(OTHER, 429)} 1.0" in text


def test_render__of_seconds__are_cumulative_buckets_beside_the_process():
    counts = RequestCounts(LIMITS)
    for seconds in (0.0005, 0.001, 0.02, 60.0):
        counts.add("/a", 200, seconds)
    text = counts.render().decode()
    for bound, count in (("0.001", 2), ("0.01", 2), ("0.025", 3), ("10.0", 3), ("+Inf", 4)):
        assert f'pozk_http_request_seconds_bucket{{le="{bound}",route="/a"}} {count}.0' in text
    assert 'pozk_http_request_seconds_sum{route="/a"} 60.0215' in text
    types = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert {name for name in types if name.startswith("pozk_")} == set(SERVED)
    for limit in ("p99_limit_seconds 1.0", "error_limit_ratio 0.05", "refused_limit_ratio 0.2"):
        assert f"pozk_http_{limit}" in text
    assert {"process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"} <= types


def test_add__many__cost_less_than_20_microseconds_each():
    counts = RequestCounts(LIMITS)
    started = time.process_time()
    for _ in range(10_000):
        counts.add("/a", 200, 0.003)
    assert (time.process_time() - started) / 10_000 < 20e-6  # takes one; a loaded machine more
