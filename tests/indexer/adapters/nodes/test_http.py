import gc
import gzip
import socket
import threading
import time
import zlib

import pytest

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.http import HttpAddressError, HttpClient, HttpError, HttpSizeError
from indexer.rules.nodes.node_address import parse_node_address


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
                    if isinstance(reply, list):
                        drip(connection, reply)
                        break
                    connection.sendall(reply)
                    if b"close" in reply or b"Length: 9\r\n" in reply:
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server.getsockname()[1], replies, seen
    server.close()


def read_request(incoming):
    """Return the head of a request that was read whole, nothing at the end of the connection."""
    first, size = incoming.readline(), 0
    while (line := incoming.readline()) not in (b"\r\n", b""):
        first += line
        name, _, value = line.partition(b":")
        size = int(value) if name.lower() == b"content-length" else size
    incoming.read(size)
    return first


def client_of(port, path="", **limits):
    address = parse_node_address(f"http://127.0.0.1:{port}{path}")
    return HttpClient(address, Access(**{"answer_seconds": 5} | limits))


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
    with pytest.raises(HttpSizeError, match="99999999999999"):
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


def drip(connection, pieces):
    """Send pieces with a pause before each, until the other side has had enough."""
    try:
        for piece in pieces:
            time.sleep(0.05)
            connection.sendall(piece)
    except OSError:
        return


def test_post__every_request__headers_of_a_polite_client(listener):
    port, replies, seen = listener
    replies += [reply(b"a", "Content-Length: 1")]
    client_of(port).post(b"{}")
    head = seen[0].lower()
    for line in (b"user-agent: pozk-oracle", b"accept: application/json", b"accept-encoding: gzip, deflate"):
        assert line in head


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"hello" * 99, mtime=0)),
        ("x-gzip", gzip.compress(b"hello" * 99, mtime=0)),
        ("deflate", zlib.compress(b"hello" * 99)),
        ("deflate", zlib.compress(b"hello" * 99)[2:-4]),
        ("identity", b"hello" * 99),
        ("identity", b"\xef\xbb\xbf" + b"hello" * 99),
    ],
)
def test_post__packed_answer__unpacked(listener, coding, packed):
    port, replies, _ = listener
    replies += [reply(packed, f"Content-Length: {len(packed)}", f"Content-Encoding: {coding}")]
    assert client_of(port).post(b"{}").body.copied() == b"hello" * 99


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br"])
def test_post__answer_that_does_not_unpack__http_error(listener, coding):
    port, replies, _ = listener
    replies += [reply(b"hello", "Content-Length: 5", f"Content-Encoding: {coding}")]
    with pytest.raises(HttpError):
        client_of(port).post(b"{}")


def test_post__small_answer_that_unpacks_without_end__stops_at_the_limit(listener):
    port, replies, _ = listener
    packed = gzip.compress(bytes(5_000_000))
    replies += [reply(packed, f"Content-Length: {len(packed)}", "Content-Encoding: gzip")]
    with pytest.raises(HttpSizeError, match="unpacked"):
        client_of(port, answer_bytes=100_000).post(b"{}")


def test_post__body_without_end__stops_at_the_limit(listener):
    port, replies, _ = listener
    replies += [[reply(b"", "Transfer-Encoding: chunked"), *[b"100000\r\n" + bytes(1 << 20) + b"\r\n"] * 50]]
    with pytest.raises(HttpSizeError, match="more than 3000000 bytes"):
        client_of(port, answer_bytes=3_000_000).post(b"{}")


@pytest.mark.parametrize("size", [b"-1", b"-f", b"zz", b"f" * 40])
def test_post__chunk_of_no_size__http_error(listener, size):
    port, replies, _ = listener
    replies += [reply(size + b"\r\n", "Transfer-Encoding: chunked", "X: close")]
    with pytest.raises(HttpError):
        client_of(port, answer_seconds=1).post(b"{}")


@pytest.mark.parametrize(
    "pieces",
    [
        [reply(b"", "Content-Length: 90"), *[b"x"] * 80],
        [b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 80],
        [*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 80],
        [b"H", *[b"T"] * 80],
        [reply(b"", "Transfer-Encoding: chunked"), *[b"1\r\nx\r\n"] * 80],
        [reply(b"0\r\n", "Transfer-Encoding: chunked"), *[b"T: x\r\n"] * 80],
    ],
)
def test_post__one_byte_now_and_then__ends_after_the_time_for_the_whole(listener, pieces):
    port, replies, _ = listener
    replies += [pieces]
    begin = time.monotonic()
    with pytest.raises(HttpError, match=r"no whole answer within 0\.3 s"):
        client_of(port, answer_seconds=0.3).post(b"{}")
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("location", ["/v1/key/", "http://127.0.0.1:{port}/v1/key/", "key/"])
def test_post__moved_within_the_host__followed_with_the_same_question(listener, status, location):
    port, replies, seen = listener
    moved = b"HTTP/1.1 %d Moved\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n"
    replies += [moved % (status, location.format(port=port).encode()), reply(b"a", "Content-Length: 1")]
    assert client_of(port, "/v1/key").post(b"{}").body.copied() == b"a"
    assert seen[1].startswith(b"POST /v1/key/ HTTP/1.1")


def test_post__moved_for_good__the_new_place_is_asked_from_then_on(listener):
    port, replies, seen = listener
    moved = b"HTTP/1.1 308 Moved\r\nContent-Length: 0\r\nLocation: /b\r\n\r\n"
    replies += [moved, reply(b"a", "Content-Length: 1"), reply(b"a", "Content-Length: 1")]
    client = client_of(port, "/a")
    assert [client.post(b"{}").status for _ in range(2)] == [200, 200]
    assert [line.split()[1] for line in seen] == [b"/a", b"/b", b"/b"]


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1/", "http://elsewhere.example:8545/x", "ws://127.0.0.1/", "//[/"]
)
def test_post__moved_to_another_host_or_scheme__address_error_that_names_it(listener, location):
    port, replies, seen = listener
    replies += [f"HTTP/1.1 307 Moved\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode()]
    with pytest.raises(HttpAddressError, match="HTTP 307") as caught:
        client_of(port).post(b"{}")
    assert "elsewhere" not in location or "Location http://elsewhere.example:8545/x" in str(caught.value)
    assert len(seen) == 1


def test_post__moved_in_a_circle__address_error(listener):
    port, replies, _ = listener
    replies += [b"HTTP/1.1 307 Moved\r\nContent-Length: 0\r\nLocation: /again\r\n\r\n"] * 9
    with pytest.raises(HttpAddressError, match="redirects"):
        client_of(port).post(b"{}")


def test_post__user_and_password_in_the_address__sent_as_basic(listener):
    port, replies, seen = listener
    replies += [reply(b"a", "Content-Length: 1")]
    address = parse_node_address(f"http://user:p%40ss@127.0.0.1:{port}")
    HttpClient(address, Access()).post(b"{}")
    assert b"Authorization: Basic dXNlcjpwQHNz\r\n" in seen[0]


@pytest.mark.parametrize("first", [b"\x00\x00\x12\x04\x00\x00\x00\x00\x00close\r\n", b"HTTP/2.0 400 close\r\n\r\n"])
def test_post__host_of_another_protocol__address_error_names_it(listener, first):
    port, replies, _ = listener
    replies += [first]
    with pytest.raises(HttpAddressError, match="HTTP/2 alone"):
        client_of(port).post(b"{}")


def test_post__through_a_proxy__whole_address_and_its_credentials(listener):
    port, replies, seen = listener
    replies += [reply(b"a", "Content-Length: 1")]
    proxies = {"http": f"http://me:secret@127.0.0.1:{port}"}
    address = parse_node_address("http://node.example:8545/v1?k=v")
    assert HttpClient(address, Access(proxies=proxies)).post(b"{}").status == 200
    assert seen[0].startswith(b"POST http://node.example:8545/v1?k=v HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n" in seen[0]
    assert b"Host: node.example:8545\r\n" in seen[0]


def test_post__https_through_a_proxy__asks_it_for_a_tunnel(listener):
    port, replies, seen = listener
    replies += [b"HTTP/1.1 403 Forbidden close\r\n\r\n"]
    address = parse_node_address("https://node.example")
    with pytest.raises(HttpError, match="403"):
        HttpClient(address, Access(proxies={"https": f"http://127.0.0.1:{port}"})).post(b"{}")
    assert seen[0].startswith(b"CONNECT node.example:443")
