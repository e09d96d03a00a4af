"""HTTP to one address: a kept connection for each thread, answers read straight into the thread's buffer.

No answer can hold this process: its bytes, also once decompressed, and the time for all of it are bounded.
"""

from __future__ import annotations

import http.client
import select
import ssl
import threading
import time
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from weakref import WeakSet

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.deadline import Deadline
from indexer.adapters.nodes.unpack import TooLargeError, read_body
from indexer.rules.nodes.node_address import NodeAddress
from indexer.rules.scan.body import Body

_CONNECT_SECONDS = 10.0
_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, */*;q=0.8",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "pozk-oracle",
}
_MOVED = {
    HTTPStatus.MOVED_PERMANENTLY,
    HTTPStatus.FOUND,
    HTTPStatus.TEMPORARY_REDIRECT,
    HTTPStatus.PERMANENT_REDIRECT,
}
_MOST_MOVES = 5
_HTTP2 = "the host speaks HTTP/2 alone; give one that speaks HTTP/1.1, or a proxy before it"
_MOST_WORDS = 200  # of what a library says


class HttpError(Exception):
    """No answer came: nobody listens, the connection broke, it took too long, or what came is no HTTP."""


class HttpSizeError(HttpError):
    """The answer is larger than any that is read."""


class HttpDroppedError(HttpError):
    """The host took the connection and the request, and dropped both."""


class HttpAddressError(Exception):
    """The address names another one, of another host or scheme, or speaks another protocol: it has to be corrected."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status, headers and body of an answer."""

    status: int
    headers: Message
    body: Body


class HttpClient:
    """POSTs to one address, by several threads at a time."""

    def __init__(self, address: NodeAddress, access: Access) -> None:
        self._address, self._access = address, access
        self._proxy = access.proxy_for(address)
        self._tls = access.tls_context() if address.scheme == "https" else None
        self._own = threading.local()
        self._all: WeakSet[http.client.HTTPConnection] = WeakSet()  # a thread that ends takes its own along
        self._lock = threading.Lock()

    def post(self, body: bytes) -> HttpAnswer:
        """Return the answer; its body is good until this thread's next call. Raises HttpError or HttpAddressError.

        A kept connection may be closed just as it is used again: what is asked here may be asked twice. A redirect
        within the same scheme, host and port is followed, and kept where it is said to be for good.
        """
        deadline = Deadline(time.monotonic() + self._access.answer_seconds)
        address = self._address
        for _ in range(_MOST_MOVES):
            answer = self._post(address, body, deadline)
            if answer.status not in _MOVED or not answer.headers.get("Location"):
                return answer
            address = self._moved(address, answer.headers["Location"], answer.status)
            if answer.status in (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT):
                self._address = address
        raise HttpAddressError(f"more than {_MOST_MOVES} redirects in a row")

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in list(self._all):
                connection.close()

    def _moved(self, address: NodeAddress, location: str, status: int) -> NodeAddress:
        try:
            target = address.moved_to(location)
        except ValueError:
            raise HttpAddressError(f"HTTP {status} to no address") from None
        if not target.same_host(address):
            shown = f"{target.scheme}://{target.name}" + ("" if address.has_secret else target.target)
            raise HttpAddressError(f"HTTP {status}, Location {shown}")
        return target

    def _post(self, address: NodeAddress, body: bytes, deadline: Deadline) -> HttpAnswer:
        connection = self._connection()
        is_kept = connection.sock is not None
        try:
            try:
                return self._answer(connection, address, body, deadline)
            except ConnectionError:
                if not is_kept:
                    raise
                connection.close()
                return self._answer(connection, address, body, deadline)
        except TooLargeError as error:
            connection.close()
            raise HttpSizeError(str(error)) from error
        except (http.client.HTTPException, OSError, ValueError) as error:
            connection.close()
            raise self._named(error) from error

    def _named(self, error: Exception) -> HttpError | HttpAddressError:
        """Return what a library's error means for the one who has to mend it, in a few words."""
        if isinstance(error, TimeoutError):
            return HttpError(f"no whole answer within {self._access.answer_seconds:g} s (chain.answer_seconds)")
        if isinstance(error, ssl.SSLCertVerificationError):
            return HttpAddressError(f"certificate not trusted, {error.verify_message}; see chain.ca_file")
        if isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError):
            return HttpDroppedError(str(error)[:_MOST_WORDS])
        alert = str(error).lower().replace("_", " ") if isinstance(error, ssl.SSLError) else ""
        if "no application protocol" in alert or _is_http2(error):
            return HttpAddressError(_HTTP2)
        if "certificate required" in alert or "handshake failure" in alert:
            return HttpAddressError("TLS refused by the host, which may want chain.client_cert")
        if isinstance(error, ssl.SSLEOFError):
            return HttpDroppedError("TLS ended by the host without a word; it may want chain.client_cert")
        return HttpError((str(error) or type(error).__name__)[:_MOST_WORDS])

    def _answer(
        self, connection: http.client.HTTPConnection, address: NodeAddress, body: bytes, deadline: Deadline
    ) -> HttpAnswer:
        connection.response_class = deadline.response  # type: ignore[assignment] # it is only ever called
        if connection.sock is None:
            connection.timeout = min(_CONNECT_SECONDS, deadline.seconds_left())
            connection.connect()
        connection.sock.settimeout(deadline.seconds_left())
        connection.request("POST", self._target(address), body=body, headers=self._headers(address))
        response = connection.getresponse()
        try:
            return HttpAnswer(response.status, response.headers, read_body(response, self._access.answer_bytes))
        finally:
            if not response.isclosed():  # something was left unread: the connection cannot be used again
                connection.close()

    def _target(self, address: NodeAddress) -> str:
        """Return the request line's target: with scheme and host where a proxy of plain HTTP stands between."""
        through = self._proxy is not None and self._tls is None
        return f"{address.scheme}://{address.name}{address.target}" if through else address.target

    def _headers(self, address: NodeAddress) -> dict[str, str]:
        found = dict(_HEADERS)
        if address.authorization is not None:
            found["Authorization"] = address.authorization
        if self._proxy is not None and self._proxy.authorization is not None and self._tls is None:
            found["Proxy-Authorization"] = self._proxy.authorization
        return found

    def _connection(self) -> http.client.HTTPConnection:
        """Return this thread's connection, closed where the other side has closed it."""
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._new_connection()
            self._own.connection = connection
            with self._lock:
                self._all.add(connection)
        if connection.sock is not None and _is_readable(connection):
            connection.close()
        return connection

    def _new_connection(self) -> http.client.HTTPConnection:
        first = self._proxy or self._address
        if self._tls is None:
            return http.client.HTTPConnection(first.host, first.port)
        connection = http.client.HTTPSConnection(first.host, first.port, context=self._tls)
        if self._proxy is not None:
            headers = {} if self._proxy.authorization is None else {"Proxy-Authorization": self._proxy.authorization}
            connection.set_tunnel(self._address.host, self._address.port, headers)
        return connection


def _is_http2(error: Exception) -> bool:
    """Whether what came instead of a status line is HTTP/2: by its name, or a SETTINGS frame's first bytes."""
    if isinstance(error, http.client.UnknownProtocol):
        return str(error).startswith("HTTP/2")
    return isinstance(error, http.client.BadStatusLine) and str(error)[:2] == "\0\0"


def _is_readable(connection: http.client.HTTPConnection) -> bool:
    """Whether something came on an idle connection, which can only be its end."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))
