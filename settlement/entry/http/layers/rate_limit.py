"""How often one client may ask: a bucket of tokens each, as an ASGI layer."""

import json
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from settlement.entry.http.layers.in_process import IN_PROCESS

MOST_CLIENTS = 10_000
"""Clients that are remembered; the one that asked longest ago is forgotten first."""
UNLIMITED = ("/livez", "/readyz", "/metrics")
"""What supervisors ask; never refused."""


class RateLimit:
    """Refuses with 429 and Retry-After what is more than `per_minute` requests of one client, `burst` of them at once.

    Worked: 60 a minute with a burst of 10: ten at once pass, the eleventh is told to come back in a second.
    """

    def __init__(self, app: ASGIApp, per_minute: int, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._app, self._per_second, self._burst, self._clock = app, per_minute / 60, float(burst), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in UNLIMITED or IN_PROCESS in scope:
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        wait = self.take(client[0] if client else "")
        if wait == 0:
            await self._app(scope, receive, send)
            return
        seconds = str(int(wait) + 1)
        body = json.dumps({"error": f"too many requests, come back in {seconds} s", "exit_code": 3}).encode()
        headers = [(b"content-type", b"application/json"), (b"retry-after", seconds.encode())]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def take(self, client: str) -> float:
        """Take a token of a client; return 0, or the seconds until there is one."""
        now = self._clock()
        tokens, then = self._buckets.pop(client, (self._burst, now))
        tokens = min(self._burst, tokens + (now - then) * self._per_second)
        is_refused = tokens < 1
        self._buckets[client] = (tokens if is_refused else tokens - 1, now)
        if len(self._buckets) > MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return (1 - tokens) / self._per_second if is_refused else 0.0
