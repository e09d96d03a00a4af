"""A pooler before the real PostgreSQL: server connections are handed around between transactions."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

from tests.support.relay import socket_of

_NO_ENCRYPTION = (80877103, 80877104)  # what a client asks first: TLS, GSSAPI
_ENDS_A_TURN = (b"Z", b"G")  # the server is ready, or wants the rows of a COPY


class TransactionPooler:
    """Listens on 127.0.0.1; `uri` leads to the database of the URI given, through server connections of the pool."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self._path = socket_of(uri)
        self._database = parts.path[1:]
        self._idle, self._lock = [], threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"postgresql://postgres@127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = None
        with suppress(OSError), client:
            if not self._greet(client):
                return
            while True:
                kind, body = read_message(client)
                if kind == b"X":
                    return
                if server is None:
                    server = self._take()
                send_message(server, kind, body)
                if kind in (b"Q", b"S", b"c", b"f") and self._answer(server, client) == b"I":
                    self._idle.append(server)
                    server = None
        if server is not None:  # a client that left in the middle of its transaction
            server.close()

    def _greet(self, client):
        """Let the client in as a server would; return whether it wants a session."""
        while True:
            body = read_exactly(client, int.from_bytes(read_exactly(client, 4)) - 4)
            code = int.from_bytes(body[:4])
            if code not in _NO_ENCRYPTION:
                break
            client.sendall(b"N")
        if code != 3 << 16:
            return False
        self._idle.append(self._take())
        client.sendall(self._welcome)
        return True

    def _take(self):
        with self._lock:
            if self._idle:
                return self._idle.pop()
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._path)
        body = b"\x00\x03\x00\x00user\0postgres\0database\0" + self._database.encode() + b"\0\0"
        server.sendall((len(body) + 4).to_bytes(4) + body)
        welcome, kind = b"", b""
        while kind != b"Z":
            kind, answer = read_message(server)
            welcome += kind + (len(answer) + 4).to_bytes(4) + answer
        self._welcome = welcome
        return server

    @staticmethod
    def _answer(server, client):
        """Pass on what the server says until it is the client's turn; return the state of the transaction."""
        while True:
            kind, body = read_message(server)
            send_message(client, kind, body)
            if kind in _ENDS_A_TURN:
                return body if kind == b"Z" else b""


def read_message(end):
    kind = read_exactly(end, 1)
    return kind, read_exactly(end, int.from_bytes(read_exactly(end, 4)) - 4)


def send_message(end, kind, body):
    end.sendall(kind + (len(body) + 4).to_bytes(4) + body)


def read_exactly(end, size):
    found = b""
    while len(found) < size:
        chunk = end.recv(size - len(found))
        if not chunk:
            raise OSError("closed")
        found += chunk
    return found
