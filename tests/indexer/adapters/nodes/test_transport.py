import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from indexer.adapters.nodes.transport import Transport, retry_after
from indexer.words.errors import InputError
from indexer.words.faults import (
    BrokenFault,
    DeniedFault,
    MethodFault,
    MissingFault,
    NodeFault,
    RangeFault,
    RateFault,
    RevertFault,
    SettingFault,
    UnreachableFault,
)


@pytest.fixture
def node():
    """A server whose next answers are `node.answers`, each status, body and headers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body, headers = self.server.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.answers = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def transport_of(node):
    return Transport(f"http://127.0.0.1:{node.server_address[1]}/v1/key")


def error(code, message):
    return json.dumps({"jsonrpc": "2.0", "id": 0, "error": {"code": code, "message": message}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "headers", "fault"),
    [
        (429, b"", {}, RateFault),
        *((status, b"", {}, BrokenFault) for status in (408, 500, 502, 503, 504, 521, 522, 523, 524)),
        (502, b"<html>", {}, BrokenFault),
        (503, b"", {"Retry-After": "3"}, RateFault),
        (401, b"", {}, DeniedFault),
        *((status, b"", {}, DeniedFault) for status in (404, 405, 501, 505)),
        (413, b"", {}, RangeFault),
        (400, error(-32005, "query returned more than 10000 results"), {}, RangeFault),
        (200, b"", {}, UnreachableFault),
        (200, b"\xff", {}, UnreachableFault),
        (200, b"[]", {}, UnreachableFault),
        (200, error(-32601, "the method does not exist"), {}, MethodFault),
        (200, error(-32000, "header not found"), {}, MissingFault),
        (200, error(-32005, "rate limit exceeded"), {}, RateFault),
        (200, error(-32000, "words nobody has seen"), {}, RangeFault),
        (201, b"", {}, UnreachableFault),
        (204, b"", {}, UnreachableFault),
        (300, b"", {}, DeniedFault),
        (304, b"", {}, DeniedFault),
        (429, b"", {"Retry-After": "inf"}, RateFault),
        (500, b"[" * 1500, {}, BrokenFault),
        (200, b'{"result":' + b"[" * 1500 + b"]" * 1500 + b"}", {}, UnreachableFault),
        (200, b'{"error":' + b'{"data":' * 1500 + b"1" + b"}" * 1501, {}, UnreachableFault),
        (200, b'{"error":{"code":' + b"9" * 5000 + b"}}", {}, UnreachableFault),
        (200, error(-32005, "max range: " + "9" * 5000), {}, RangeFault),
        (200, error(-32602, "this block range should work: [0x0, 0x" + "f" * 28 + "]"), {}, RangeFault),
        (200, b'{"result":[],"error":{"code":-32000,"message":"header not found"}}', {}, MissingFault),
        (200, b'{"error":"rate limit"}', {}, RateFault),
        (200, b'{"error":{"code":-32601,"message":null}}', {}, MethodFault),
        (200, b'{"error":false,"result":[]}', {}, UnreachableFault),
    ],
)
def test_call__every_kind_of_failure__its_fault_without_the_key(node, status, body, headers, fault):
    node.answers.append((status, body, headers))
    with pytest.raises(NodeFault) as caught:
        transport_of(node).call("eth_getLogs", [])
    assert type(caught.value) is fault
    assert "key" not in caught.value.line()
    assert caught.value.exit_code == 3


def test_call__retry_after__seconds_are_kept(node):
    node.answers.append((429, b"", {"Retry-After": "12"}))
    with pytest.raises(RateFault) as caught:
        transport_of(node).call("eth_chainId", [])
    assert caught.value.retry_after_seconds == 12


def test_call__unknown_error_of_a_plain_method__no_range_fault(node):
    node.answers.append((200, error(-32000, "words nobody has seen"), {}))
    with pytest.raises(NodeFault) as caught:
        transport_of(node).call("eth_chainId", [])
    assert type(caught.value) is NodeFault


def test_call_many__answers_in_any_order__in_the_order_of_the_calls(node):
    body = json.dumps([{"id": 1, "result": "b"}, {"id": 0, "result": "a"}]).encode()
    node.answers.append((200, body, {}))
    results = transport_of(node).call_many("eth_chainId", [[], []])
    assert [bytes(result) for result in results] == [b'"a"', b'"b"']


def test_call_many__part_of_a_batch__refused(node):
    node.answers.append((200, b'[{"id":0,"result":1}]', {}))
    with pytest.raises(UnreachableFault, match="1 of 2"):
        transport_of(node).call_many("eth_chainId", [[], []])


def test_call_many__node_without_batches__method_fault(node):
    node.answers.append((200, error(-32600, "batch is not supported, method not found"), {}))
    with pytest.raises(MethodFault):
        transport_of(node).call_many("eth_chainId", [[], []])


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8545", "ws://x", "http://", "", "http://h:99999", "http://h:x", "http://[::1"]
)
def test_transport__malformed_address__input_error(url):
    with pytest.raises(InputError, match="rpc address is malformed"):
        Transport(url)


def test_call__another_2xx_and_a_byte_order_mark__read(node):
    node.answers.append((203, b"\xef\xbb\xbf" + b'{"result":"0x1"}', {}))
    assert bytes(transport_of(node).call("eth_chainId", [])) == b'"0x1"'


def test_call_many__ids_as_text__read(node):
    node.answers.append((200, b'[{"id":"1","result":"b"},{"id":"0","result":"a"}]', {}))
    assert [bytes(result) for result in transport_of(node).call_many("eth_chainId", [[], []])] == [b'"a"', b'"b"']


@pytest.mark.parametrize("last", ["18446744073709551617", '"1 "', "1.0", "null", "-1", "0", "true"])
def test_call_many__another_id__refused(node, last):
    node.answers.append((200, f'[{{"id":0,"result":1}},{{"id":{last},"result":2}}]'.encode(), {}))
    with pytest.raises(UnreachableFault):
        transport_of(node).call_many("eth_chainId", [[], []])


def test_call_many__an_id_twice__refused(node):
    node.answers.append((200, b'[{"id":0,"result":1},{"id":1,"result":2},{"id":1,"result":3}]', {}))
    with pytest.raises(UnreachableFault, match="3 of 2"):
        transport_of(node).call_many("eth_chainId", [[], []])


def test_call__escapes_of_a_terminal_in_an_error__written_out(node):
    node.answers.append((200, error(-32000, "\x1b[31mred\x07\u202e\x9b0m"), {}))
    with pytest.raises(NodeFault) as caught:
        transport_of(node).call("eth_chainId", [])
    assert caught.value.line().isprintable()
    assert "\\x1b[31mred\\x07\\u202e\\x9b0m" in caught.value.line()


@pytest.mark.parametrize("secret", ["KEYKEYKEY", "QUERYKEY", "pass word", "pass%20word"])
def test_call__node_repeats_a_key_of_its_address__left_out(node, secret):
    url = f"http://user:pass%20word@127.0.0.1:{node.server_address[1]}/v2/KEYKEYKEY?apikey=QUERYKEY"
    node.answers.append((200, error(-32000, f"no such project: {secret}"), {}))
    with pytest.raises(NodeFault, match=r"no such project: \*\*\*") as caught:
        Transport(url).call("eth_chainId", [])
    assert secret not in caught.value.line()


def test_call__moved_to_another_host__setting_fault_with_exit_code_2(node):
    node.answers.append((308, b"", {"Location": "https://elsewhere.example/v1/key"}))
    with pytest.raises(SettingFault, match=r"Location https://elsewhere\.example") as caught:
        transport_of(node).call("eth_chainId", [])
    assert caught.value.exit_code == 2
    assert "key" not in caught.value.line()


@pytest.mark.parametrize("data", ['"0x1234"', '{"data":"0x1234"}', '{"result":"0x1234"}'])
def test_call__contract_refuses__its_data(node, data):
    body = f'{{"error":{{"code":3,"message":"execution reverted","data":{data}}}}}'
    node.answers.append((200, body.encode(), {}))
    with pytest.raises(RevertFault) as caught:
        transport_of(node).call("eth_call", [])
    assert caught.value.data == b"\x12\x34"


@pytest.mark.parametrize(
    ("words", "data"),
    [
        ("custom error 0xe450d38c: 00ff", "e450d38c00ff"),
        ("custom error 0xe450d38c", "e450d38c"),
        ("custom error 0xe450d38c: 0", ""),
        ("NotMember", ""),
    ],
)
def test_call__contract_refuses_and_a_gateway_leaves_its_data_out__read_from_the_words(node, words, data):
    node.answers.append((200, error(3, f"execution reverted: {words}"), {}))
    with pytest.raises(RevertFault) as caught:
        transport_of(node).call("eth_estimateGas", [])
    assert caught.value.data.hex() == data


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("5", 5.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Mon, 23 Nov 2026 12:00:10 GMT", 10.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("1e999", None),
        ("9" * 5000, None),
        ("999999", 86_400.0),
        ("Mon, 23 Nov 9999 12:00:10 GMT", 86_400.0),
        ("Mon, 99 Nov 2026 99:00:10 GMT", None),
    ],
)
def test_retry_after__seconds_date_or_nonsense__seconds_from_now(text, seconds):
    assert retry_after(text, datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)) == seconds
