"""What a server counts of its own answers: requests by route and status, and the seconds they took."""

import time
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settlement.entry.http.layers.in_process import IN_PROCESS
from settlement.words.service import Limits

OTHER = "other"
"""The route of what no route of ours answered: unknown paths, refusals of the rate limit, preflights."""
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the histogram, in seconds."""
SERVED = (
    "pozk_http_requests_total",
    "pozk_http_request_seconds",
    "pozk_http_p99_limit_seconds",
    "pozk_http_error_limit_ratio",
    "pozk_http_refused_limit_ratio",
)
"""The names of the metrics of ours that a server exports; beside them are those of its process."""


class RequestCounts:
    """Counts in the loop alone, so that one more is a plain increment: no lock, nothing of the client library."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._requests: dict[tuple[str, int], int] = {}
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def add(self, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        key = (route, status)
        self._requests[key] = self._requests.get(key, 0) + 1
        buckets = self._buckets.get(route)
        if buckets is None:
            buckets = self._buckets[route] = [0] * (len(BOUNDS) + 1)
        buckets[bisect_left(BOUNDS, seconds)] += 1
        self._seconds[route] = self._seconds.get(route, 0.0) + seconds

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted, and the limits of the alerts beside it."""
        requests = CounterMetricFamily("pozk_http_requests", "requests answered", labels=["route", "status"])
        for (route, status), count in self._requests.items():
            requests.add_metric([route, str(status)], count)
        yield requests
        took = HistogramMetricFamily("pozk_http_request_seconds", "until an answer was sent", labels=["route"])
        for route, buckets in self._buckets.items():
            below = zip([*map(str, BOUNDS), "+Inf"], map(float, accumulate(buckets)), strict=True)
            took.add_metric([route], list(below), self._seconds[route])
        yield took
        limits = self._limits
        yield GaugeMetricFamily("pozk_http_p99_limit_seconds", "alerts.http_p99_ms", limits.http_p99_ms / 1000)
        yield GaugeMetricFamily(
            "pozk_http_error_limit_ratio", "alerts.http_error_percent", limits.http_error_percent / 100
        )
        yield GaugeMetricFamily(
            "pozk_http_refused_limit_ratio", "alerts.http_refused_percent", limits.http_refused_percent / 100
        )

    def render(self) -> bytes:
        """Return what was counted and what the process takes, as text."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        ProcessCollector(registry=registry)
        return generate_latest(registry)


class Counted:
    """Counts each request from outside; what this process asks itself is part of the request that asks."""

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self._app, self._counts = app, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and count its answer by the route that the layers within have found."""
        if scope["type"] != "http" or IN_PROCESS in scope:
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500  # what ends without an answer is answered so further out

        async def with_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, with_status)
        finally:
            route = getattr(scope.get("route"), "path", OTHER)
            self._counts.add(route, status, time.perf_counter() - started)
