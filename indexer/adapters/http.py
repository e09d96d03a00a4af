"""HTTP to one address: a kept connection for each thread, answers read straight into the thread's buffer."""

from __future__ import annotations

import http.client
import select
import threading
from dataclasses import dataclass
from email.message import Message
from urllib.parse import SplitResult
from weakref import WeakSet

from indexer.rules.body import Body, body_of, empty_body

_CONNECT_SECONDS = 10.0
_HEADERS = {"Content-Type": "application/json"}
_MOST_BYTES = 1 << 30


class HttpError(Exception):
    """No answer came: nobody listens, the connection broke, or what came is no HTTP."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status, headers and body of an answer."""

    status: int
    headers: Message
    body: Body


class HttpClient:
    """POSTs to one address, by several threads at a time."""

    def __init__(self, url: SplitResult, *, timeout_seconds: float) -> None:
        self._url, self._timeout_seconds = url, timeout_seconds
        self._path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._own = threading.local()
        self._all: WeakSet[http.client.HTTPConnection] = WeakSet()  # a thread that ends takes its own along
        self._lock = threading.Lock()

    def post(self, body: bytes) -> HttpAnswer:
        """Return the answer; its body is good until this thread's next call. Raises HttpError.

        A kept connection may be closed just as it is used again: what is asked here may be asked twice.
        """
        connection = self._connection()
        is_kept = connection.sock is not None
        try:
            try:
                return self._answer(connection, body)
            except ConnectionError:
                if not is_kept:
                    raise
                connection.close()
                return self._answer(connection, body)
        except (http.client.HTTPException, OSError) as error:
            connection.close()
            raise HttpError(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in list(self._all):
                connection.close()

    def _answer(self, connection: http.client.HTTPConnection, body: bytes) -> HttpAnswer:
        if connection.sock is None:
            self._connect(connection)
        connection.request("POST", self._path, body=body, headers=_HEADERS)
        response = connection.getresponse()
        return HttpAnswer(response.status, response.headers, _read(response))

    def _connect(self, connection: http.client.HTTPConnection) -> None:
        connection.timeout = _CONNECT_SECONDS
        connection.connect()
        connection.sock.settimeout(self._timeout_seconds)

    def _connection(self) -> http.client.HTTPConnection:
        """Return this thread's connection, closed where the other side has closed it."""
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
            connection = kind(self._url.hostname or "", self._url.port)
            self._own.connection = connection
            with self._lock:
                self._all.add(connection)
        if connection.sock is not None and _is_readable(connection):
            connection.close()
        return connection


def _read(response: http.client.HTTPResponse) -> Body:
    if response.length is None:
        return body_of(response.read())
    if response.length > _MOST_BYTES:
        raise http.client.HTTPException(f"an answer of {response.length} bytes")
    body = empty_body(response.length)
    rest = body.view()
    while rest:
        count = response.readinto(rest)
        if not count:
            raise http.client.IncompleteRead(b"", len(rest))
        rest = rest[count:]
    response.close()
    return body


def _is_readable(connection: http.client.HTTPConnection) -> bool:
    """Whether something came on an idle connection, which can only be its end."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))
