"""Headers of every answer: what a browser may do with it, and how long it may be kept."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

IMMUTABLE = "public, max-age=31536000, immutable"
"""Of what a digest of ours names: it never changes."""
REVALIDATE = "no-cache"
"""Of everything else: ask again, with the ETag."""


ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


class SafeHeaders:
    """Adds the policy that a browser enforces, and `no-cache` to what says nothing else."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self._app = app
        self._defaults = ((b"content-security-policy", policy.encode()), (b"cache-control", REVALIDATE.encode()))

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

    def _add(self, message: Message) -> None:
        given = message["headers"]
        names = {name for name, _ in given}
        message["headers"] = [*given, *(pair for pair in self._defaults if pair[0] not in names), *ALWAYS]
