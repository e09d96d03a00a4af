"""Routes that are answered before the framework is asked: for what costs less than the way through it.

What they answer is not packed either: a proof is digits of hashes, which take longer to pack than they save.
"""

import re
from collections.abc import Awaitable, Callable, Iterable

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from indexer.words.errors import PozkError
from settlement.entry.http.layers.errors import answer_error
from settlement.entry.system_errors import operating_system_error

Answer = Callable[[Request], Awaitable[Response]]


class BareRoute(APIRoute):
    """A route whose function reads its parameters itself: the framework documents it, and refuses other methods."""


class BareFirst:
    """Asks those of the routes that are bare at once: no router, no dependencies, no validators."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        bare = [each for each in routes if isinstance(each, BareRoute)]
        self._routes: list[tuple[re.Pattern[str], Answer, BareRoute]] = [
            (each.path_regex, each.endpoint, each) for each in bare
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of a bare route, pass any other on."""
        if scope["type"] == "http" and scope["method"] == "GET":
            for pattern, answer, route in self._routes:
                found = pattern.match(scope["path"])
                if found is not None:
                    scope["path_params"], scope["route"] = found.groupdict(), route
                    await (await _answered(answer, Request(scope)))(scope, receive, send)
                    return
        await self._app(scope, receive, send)


async def _answered(answer: Answer, request: Request) -> Response:
    try:
        return await answer(request)
    except PozkError as error:
        return answer_error(error)
    except OSError as error:
        return answer_error(operating_system_error(error))
