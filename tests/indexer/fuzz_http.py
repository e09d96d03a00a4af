"""Raw HTTP answers, right and damaged, through the whole client over real sockets: a value or a fault of the node."""

import gzip
import json
import socket
import threading
import zlib

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.transport import Transport
from indexer.words.faults import NodeFault

STATUS = [
    200,
    200,
    200,
    200,
    201,
    204,
    206,
    299,
    301,
    302,
    304,
    307,
    308,
    400,
    401,
    403,
    404,
    413,
    418,
    426,
    429,
    500,
    503,
]
STATUS += [100, 101, 99, 600, 1000]
HEADERS = [
    ("Retry-After", ["inf", "-1", "86400", "nan", "9" * 400, "soon", "Thu, 01 Jan 1970 00:00:00 GMT", "0"]),
    (
        "Location",
        ["/", "//", "http://[", "https://127.0.0.1/", "/loop", "\x00", "http://a b/", "?x", "ws://x", ""],
    ),
    ("Content-Encoding", ["gzip", "deflate", "br", "identity", "gzip, gzip", "\xff", ""]),
    ("Content-Length", ["-1", "abc", "9" * 30, "5", "0", "1e3", "", " 7 "]),
    ("Transfer-Encoding", ["chunked", "gzip", "CHUNKED", "identity"]),
    ("Connection", ["close", "keep-alive", "upgrade"]),
    ("Content-Type", ["text/html", "application/json; charset=utf-16", ""]),
    ("X-Long", ["a" * 70_000]),
]
BODIES = [b'{"result":"0x1"}'] * 5 + [
    b"",
    b"<html>",
    b"null",
    b"{}",
    b"[]",
    b"\xef\xbb\xbf{}",
    b"\x00" * 50,
    b'{"error":"x"}',
]
BODIES += [
    json.dumps({"id": 0, "error": {"code": code, "message": "m" * 3000}}).encode() for code in (-32000, 3, -32601)
]


class RawServer:
    """Answers every connection with the bytes of `reply`, then closes it."""

    def __init__(self):
        self.reply = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    connection.recv(1 << 16)
                    connection.sendall(self.reply)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(1 << 16):
                        pass
                except OSError:
                    continue


def packed(rng, body, headers):
    """Return a body as some headers say that it is, most of the time."""
    coding = headers.get("Content-Encoding")
    if coding == "gzip" and rng.random() < 0.8:
        body = gzip.compress(body)
    if coding == "deflate" and rng.random() < 0.8:
        body = zlib.compress(body)[rng.choice([0, 2]) :]
    if headers.get("Transfer-Encoding", "").lower() == "chunked" and rng.random() < 0.8:
        size = rng.choice([b"%x" % len(body), b"%x" % len(body), b"-1", b"zz", b"f" * 30, b"", b"%x" % (len(body) + 5)])
        body = size + b"\r\n" + body + b"\r\n0\r\n" + rng.choice([b"\r\n", b"", b"T: x\r\n\r\n"])
    return body


def reply_of(rng):
    """Return the bytes of one answer, some of them changed now and then."""
    headers = {name: rng.choice(values) for name, values in HEADERS if rng.random() < 0.2}
    body = packed(rng, rng.choice(BODIES), headers)
    if rng.random() < 0.7:
        headers.setdefault("Content-Length", str(len(body)))
    lines = [f"HTTP/1.{rng.choice('011')} {rng.choice(STATUS)} {rng.choice(['OK', '', 'x' * 300])}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    reply = bytearray("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
    for _ in range(rng.choice([0, 0, 0, 1, 3])):
        at = rng.randrange(len(reply))
        reply[at : at + rng.randrange(2)] = bytes([rng.randrange(256)])
    return bytes(reply)


def http_case(rng, server):
    """Return whether an answer gave a value; anything but that and a fault of the node is raised."""
    server.reply = reply_of(rng)
    node = HttpNode(Transport(f"http://u:SECRET@127.0.0.1:{server.port}/SECRET", Access(answer_seconds=2)))
    try:
        node.fetch_chain_id()
    except NodeFault as fault:
        line = fault.line()
    else:
        return True
    finally:
        node.close()
    assert line.isprintable(), line
    assert len(line) < 1000, line
    assert "SECRET" not in line, line
    return False
