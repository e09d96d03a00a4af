"""The faulty node itself: JSON-RPC over HTTP on a free port, in a thread of its own."""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from deploy.faults.adversary import adversary_of
from deploy.faults.plan import TRANSPORT_FAULTS, FaultPlan
from deploy.faults.source import RefusalError, Source
from deploy.faults.spoil import answer_with_faults

_WAITS: tuple[dict[str, str], ...] = (
    {},
    {"Retry-After": "0"},
    {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"},
    {"Retry-After": "soon"},
)


class FaultyNode:
    """A node on 127.0.0.1 that answers from `source` with the faults of `plan`.

    `on_request` is called with the number of each request before it is answered; `latency_seconds` delays
    every answer.
    """

    def __init__(
        self,
        source: Source,
        plan: FaultPlan,
        *,
        port: int = 0,
        latency_seconds: float = 0.0,
        on_request: Callable[[int], None] | None = None,
    ) -> None:
        for kind in plan.adversaries:
            source = adversary_of(source, kind, plan.seed)
        self.source, self.plan, self.latency_seconds, self.on_request = source, plan, latency_seconds, on_request
        self.requests = 0
        self.calls = 0
        self.answered = 0
        node = self

        class Handler(_Handler):
            faulty = node

        self._server = _Server(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._lock = threading.Lock()
        self._thread.start()

    @property
    def url(self) -> str:
        """The address to give as chain.rpc."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def count(self, calls: int) -> int:
        """Count one request of that many calls; return its number."""
        with self._lock:
            self.requests += 1
            self.calls += calls
            return self.requests

    def count_answer(self) -> None:
        """Count one request as answered."""
        with self._lock:
            self.answered += 1

    def respond(self, body: bytes) -> bytes:
        """Return the JSON answer to a request, faults of answers included."""
        request = json.loads(body)
        if isinstance(request, list):
            return json.dumps([self._respond_one(each) for each in request]).encode()
        return json.dumps(self._respond_one(request)).encode()

    def _respond_one(self, request: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request.get("id")}
        try:
            result = answer_with_faults(self.source, self.plan, request["method"], request.get("params", []))
        except RefusalError as refusal:
            error = {"code": refusal.code, "message": refusal.message}
            return answer | {"error": error | ({} if refusal.data is None else {"data": refusal.data})}
        return answer | {"result": result}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away: they are killed on purpose."""


class _Handler(BaseHTTPRequestHandler):
    faulty: FaultyNode
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer one request."""
        try:
            self._answer()
        finally:
            self.faulty.count_answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        node = self.faulty
        number = node.count(body.count(b'"method"'))
        if node.on_request is not None:
            node.on_request(number)
        if node.latency_seconds:
            time.sleep(node.latency_seconds)
        kinds = tuple(kind for kind in node.plan.rates if kind in TRANSPORT_FAULTS)
        kind, rng = node.plan.choose(kinds, body.decode())
        if kind in ("429", "503"):
            self._send(int(kind), b"", rng.choice(_WAITS))
        elif kind == "reset":
            self._reset()
        elif kind == "garbage":
            self._send(200, rng.choice([b"", b"<html>busy</html>", b"\xff\xfe{", b"[]", b'{"jsonrpc":"2.0"}', b"null"]))
        else:
            answer = node.respond(body)
            self._send(200, answer, cut=_cut(len(answer), rng) if kind == "cut" else None)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server passes
        """Print nothing."""

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if cut is not None and cut % 2:
            body, cut = body[:cut], None  # whole for HTTP, cut for JSON
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True

    def _reset(self) -> None:
        """Close the connection with a reset instead of an answer."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def _cut(size: int, rng: random.Random) -> int:
    return rng.randrange(max(1, size - 1))
