import gc
import socket
import threading
from urllib.parse import urlsplit

import pytest

from indexer.adapters.http import HttpClient, HttpError


@pytest.fixture
def listener():
    """A socket that answers each connection with the next of `replies`, then closes it."""
    server = socket.create_server(("127.0.0.1", 0))
    replies: list[bytes] = []
    seen: list[bytes] = []

    def serve():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as incoming:
                while replies and (asked := read_request(incoming)):
                    seen.append(asked)
                    reply = replies.pop(0)
                    connection.sendall(reply)
                    if b"close" in reply or b"Length: 9\r\n" in reply:
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], replies, seen
    server.close()


def read_request(incoming):
    """Return the first line of a request that was read whole, nothing at the end of the connection."""
    first, size = incoming.readline(), 0
    while (line := incoming.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        size = int(value) if name.lower() == b"content-length" else size
    incoming.read(size)
    return first


def client_of(port, path=""):
    return HttpClient(urlsplit(f"http://127.0.0.1:{port}{path}"), timeout_seconds=5)


def reply(body, *headers):
    lines = ["HTTP/1.1 200 OK", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_post__answer_of_known_length__body_status_and_headers(listener):
    port, replies, seen = listener
    replies += [reply(b"hello", "Content-Length: 5", "X-Name: v")]
    answer = client_of(port, "/v1/key?a=b").post(b"{}")
    assert (answer.status, answer.body.copied(), answer.headers.get("x-name")) == (200, b"hello", "v")
    assert seen[0].startswith(b"POST /v1/key?a=b HTTP/1.1\r\n")


def test_post__chunked_answer__joined(listener):
    port, replies, _ = listener
    replies += [reply(b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", "Transfer-Encoding: chunked")]
    assert client_of(port).post(b"{}").body.copied() == b"abcde"


def test_post__two_calls__one_connection_kept(listener):
    port, replies, seen = listener
    replies += [reply(b"a", "Content-Length: 1"), reply(b"b", "Content-Length: 1")]
    client = client_of(port)
    assert [client.post(b"{}").body.copied() for _ in range(2)] == [b"a", b"b"]
    assert len(seen) == 2


def test_post__connection_closed_between_calls__connects_again(listener):
    port, replies, _ = listener
    replies += [reply(b"a", "Content-Length: 1", "X: close")]
    client = client_of(port)
    assert client.post(b"{}").body.copied() == b"a"
    replies += [reply(b"b", "Content-Length: 1")]
    assert client.post(b"{}").body.copied() == b"b"


def test_post__answer_cut_short__http_error(listener):
    port, replies, _ = listener
    replies += [reply(b"half", "Content-Length: 9")]
    with pytest.raises(HttpError, match="IncompleteRead"):
        client_of(port).post(b"{}")


def test_post__no_http__http_error(listener):
    port, replies, _ = listener
    replies += [b"close\r\n\r\n"]
    with pytest.raises(HttpError):
        client_of(port).post(b"{}")


def test_post__length_beyond_reason__http_error_before_memory_is_taken(listener):
    port, replies, _ = listener
    replies += [reply(b"", "Content-Length: 99999999999999")]
    with pytest.raises(HttpError, match="99999999999999"):
        client_of(port).post(b"{}")


def test_post__nobody_listens__http_error():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(HttpError, match="refused"):
        client_of(port).post(b"{}")


def test_post__from_a_thread_that_ends__its_connection_ends_too(listener):
    port, replies, _ = listener
    replies += [reply(b"a", "Content-Length: 1")]
    client = client_of(port)
    thread = threading.Thread(target=client.post, args=(b"{}",))
    thread.start()
    thread.join()
    gc.collect()
    assert not client._all
