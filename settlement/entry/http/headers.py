"""Headers of every answer: what a browser may do with it, and how long it may be kept."""

from collections.abc import MutableMapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

IMMUTABLE = "public, max-age=31536000, immutable"
"""Of what a digest of ours names: it never changes."""
REVALIDATE = "no-cache"
"""Of everything else: ask again, with the ETag."""


class SafeHeaders:
    """Adds the policy that a browser enforces, and `no-cache` to what says nothing else."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app, self._policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer with the headers back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(message)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, message: MutableMapping[str, object]) -> None:
        headers = MutableHeaders(scope=message)
        headers.setdefault("content-security-policy", self._policy)
        headers.setdefault("cache-control", REVALIDATE)
        headers["x-content-type-options"] = "nosniff"
        headers["referrer-policy"] = "no-referrer"
        headers["cross-origin-resource-policy"] = "cross-origin"
