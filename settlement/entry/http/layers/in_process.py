"""Asks an application in this process, without a network: what a file of an export holds is what it would answer."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI

from indexer.words.errors import PozkError, RetryLaterError, UnsoundError

IN_PROCESS = "pozk.in_process"
"""Marks such a question: nobody outside asked it, no limit is for it."""


def answer_in_process(app: FastAPI, path: str, query: str = "") -> tuple[int, bytes]:
    """Return status and bytes of an answer."""
    return asyncio.run(_ask(app, path, query))


def ask_in_process(app: FastAPI, path: str, query: str = "") -> bytes:
    """Return the bytes of an answer; one that is not 200 is an error."""
    status, body = answer_in_process(app, path, query)
    if status != 200:
        raise _refusal(body, path)
    return body


def _refusal(body: bytes, path: str) -> PozkError:
    """Return why: where waiting helps, it says so itself; what an export asks for is never the caller's fault."""
    said = json.loads(body)
    if said["exit_code"] == RetryLaterError.exit_code:
        return RetryLaterError(said["error"])
    return UnsoundError("a document cannot be made", got=said["error"][:200], where=path)


async def _ask(app: FastAPI, path: str, query: str) -> tuple[int, bytes]:
    scope = {
        "type": "http",
        IN_PROCESS: True,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
    parts: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        parts.append(message)

    await app(scope, receive, send)
    body = b"".join(part.get("body", b"") for part in parts if part["type"] == "http.response.body")
    return int(parts[0]["status"]), body
