"""HEAD on every route that is read: the headers that GET would have, without a body."""

from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """Asks for what HEAD is about and drops the body; the length that GET would have is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: MutableMapping[str, Any]) -> None:
            await send(dict(message) | {"body": b""} if message["type"] == "http.response.body" else message)

        asked = dict(scope) | {"method": "GET"}
        await self._app(asked, receive, without_body)
        scope["route"] = asked.get("route")  # for who counts
