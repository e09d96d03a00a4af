"""One moment by which a whole answer has to be there, however slowly its bytes come."""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Callable
from typing import Any

_MOST_CHUNK = 1 << 40  # bytes; what is larger, or negative, is no size


class Deadline:
    """Bounds the reading of one answer: each read has the time that is left, not its own."""

    def __init__(self, at: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._at, self._clock = at, clock

    def seconds_left(self) -> float:
        """Return the time that is left; TimeoutError where there is none."""
        left = self._at - self._clock()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def response(self, sock: socket.socket, *arguments: Any, **named: Any) -> http.client.HTTPResponse:
        """Return the response that a connection reads from `sock`; called in place of http.client's class."""
        return _Response(self, sock, *arguments, **named)


class _Response(http.client.HTTPResponse):
    def __init__(self, deadline: Deadline, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self.fp = io.BufferedReader(_DeadlineReader(deadline, sock, self.fp.detach()))

    def _read_next_chunk_size(self) -> int:
        """Refuse sizes below zero, for which http.client would read to the end of the connection."""
        size: int = super()._read_next_chunk_size()  # type: ignore[misc] # not among the published names
        if not 0 <= size <= _MOST_CHUNK:
            raise http.client.HTTPException(f"a chunk of {size} bytes")
        return size


class _DeadlineReader(io.RawIOBase):
    def __init__(self, deadline: Deadline, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._deadline, self._sock, self._raw = deadline, sock, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what comes next, within the time that is left."""
        self._sock.settimeout(self._deadline.seconds_left())
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        """Let go of the connection's file."""
        self._raw.close()
        super().close()
