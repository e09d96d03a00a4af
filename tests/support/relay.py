"""A relay between the lake and the real PostgreSQL: it does something at the moment of a chosen commit, then cuts."""

import re
import socket
import threading
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest

WRITES = re.compile(rb'INSERT INTO "lake".ducklake_snapshot |DELETE FROM')  # the first words of what a commit writes
COMMIT = b"COMMIT\x00"
MOMENTS = ("before", "after")


def socket_of(uri: str) -> str:
    """The path of a server's socket; the test is skipped where a server is given that is reached otherwise."""
    folders = parse_qs(urlsplit(uri).query).get("host")
    if folders is None:
        pytest.skip("the server that is given has no socket here")
    return f"{folders[0]}/.s.PGSQL.5432"


class PostgresRelay:
    """Listens on 127.0.0.1 and passes every byte to the server of `uri` and back.

    Armed, it counts the commits that write: at the chosen one it calls `action` and cuts that connection, `before`
    the COMMIT reaches the server or `after` the server has answered it, when the answer is lost.
    """

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        self._socket = socket_of(uri)
        self._moment, self._left, self._action = "", 0, lambda: None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"postgresql://postgres@127.0.0.1:{self._listener.getsockname()[1]}{parts.path}"
        self._struck = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def arm(self, moment, commit=1, action=lambda: None):
        self._moment, self._left, self._action = moment, commit, action

    def reached(self):
        """Count one commit that writes; return whether it is the chosen one."""
        self._left -= 1
        return self._left == 0

    def strike(self):
        self._action()
        self._struck.set()

    def has_struck(self):
        """Wait until the action is done; return False if it never was."""
        return self._struck.wait(60)

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=_Line(self, client, self._socket).run, daemon=True).start()


class _Line:
    """One connection through the relay."""

    def __init__(self, relay, client, path):
        self._relay, self._client, self._server = relay, client, socket.socket(socket.AF_UNIX)
        self._path, self._answer_is_lost = path, False

    def run(self):
        try:
            self._server.connect(self._path)
            threading.Thread(target=self._answer, daemon=True).start()
            self._ask()
        except OSError:
            return
        finally:
            self._hang_up()

    def _ask(self):
        writes = False
        while chunk := self._client.recv(1 << 16):
            writes |= WRITES.search(chunk) is not None
            if COMMIT in chunk and writes:
                writes = False
                if self._relay.reached():
                    if self._relay._moment == "before":
                        self._relay.strike()
                        return
                    self._answer_is_lost = True
            self._server.sendall(chunk)

    def _answer(self):
        try:
            while chunk := self._server.recv(1 << 16):
                if self._answer_is_lost:
                    self._relay.strike()
                    return
                self._client.sendall(chunk)
        except OSError:
            return
        finally:
            self._hang_up()

    def _hang_up(self):
        for end in (self._client, self._server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
                end.close()
