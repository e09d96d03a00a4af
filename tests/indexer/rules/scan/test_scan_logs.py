import json
import random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.adapters.nodes.typed_logs import WireLog, log_columns
from indexer.rules.columns.logs import LogColumns
from indexer.rules.scan import scan_logs as scanner
from indexer.rules.scan.body import body_of

pytestmark = pytest.mark.slow  # calls compiled kernels


class Answer(msgspec.Struct):
    result: list[WireLog]


def scan_logs(body, *more):
    return scanner.scan_logs(body_of(body), *more)


def hex_of(rng, size):
    return "0x" + rng.randbytes(size).hex()


def make_log(rng):
    log = {
        "address": hex_of(rng, 20),
        "topics": [hex_of(rng, 32) for _ in range(rng.randrange(5))],
        "data": hex_of(rng, rng.randrange(100)),
        "blockHash": hex_of(rng, 32),
        "blockNumber": hex(rng.randrange(2**64)),
        "blockTimestamp": hex(rng.randrange(2**40)),
        "transactionHash": hex_of(rng, 32),
        "transactionIndex": hex(rng.randrange(2**32)),
        "logIndex": hex(rng.randrange(2**32)),
        "removed": False,
        "extra": rng.choice([None, True, False, 0, 17, "x", [], {}, [1, "a", [{}]], {"a": [{"b": {"c": []}}], "d": 0}]),
    }
    names = list(log)
    rng.shuffle(names)
    return {name: log[name] for name in names}


def answer_of(logs, separators=(",", ":")):
    return json.dumps({"jsonrpc": "2.0", "id": 3, "result": logs, "more": 1}, separators=separators).encode()


def assert_same(found: LogColumns, body: bytes):
    expected = log_columns(msgspec.json.decode(body, type=Answer).result)
    for name in LogColumns.__slots__:
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 6), st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r\n")]))
def test_scan_logs__logs_in_any_order_of_fields__as_the_typed_decoder(seed, count, separators):
    rng = random.Random(seed)
    body = answer_of([make_log(rng) for _ in range(count)], separators)
    assert_same(scan_logs(body), body)


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.integers(0, 2**16), st.sampled_from(b'"\\{}[],:0xgF \x00'), st.booleans())
def test_scan_logs__damaged_bytes__refused_or_as_the_typed_decoder(seed, place, byte, cut):
    rng = random.Random(seed)
    body = bytearray(answer_of([make_log(rng) for _ in range(3)]))
    at = place % len(body)
    body = bytes(body[:at]) if cut else bytes(body[:at] + bytes([byte]) + body[at + 1 :])
    found = scan_logs(body)
    if found is not None:
        assert_same(found, body)


@pytest.mark.parametrize(
    "change",
    [
        {"removed": True},
        {"removed": "0x0"},
        {"removed": 0},
        {"topics": ["0x" + "00" * 32] * 5},
        {"topics": ["0x" + "00" * 31]},
        {"address": "0x" + "00" * 21},
        {"data": "0x1"},
        {"data": "1234"},
        {"data": None},
        {"blockNumber": None},
        {"blockNumber": "0x"},
        {"blockNumber": "0x1" + "0" * 16},
        {"logIndex": "0x100000000"},
        {"logIndex": 5},
        {"extra": 1.5},
        {"extra": [[[-1]]]},
        {"blockHash": "0x" + "0g" * 32},
    ],
)
def test_scan_logs__field_of_another_shape__refused(change):
    assert scan_logs(answer_of([make_log(random.Random(1)) | change])) is None


def test_scan_logs__field_missing_or_twice__refused():
    log = make_log(random.Random(2))
    for name in ("address", "topics", "data", "blockHash", "blockNumber", "transactionHash", "logIndex"):
        assert scan_logs(answer_of([{key: value for key, value in log.items() if key != name}])) is None
    text = answer_of([log]).replace(b'"data":', b'"data":"0x","data":', 1)
    assert scan_logs(text) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b'{"result":null}', b'{"error":{"code":1}}', b"[]", b'{"result":[]} x', b'{"result":[{}]}', b"null"],
)
def test_scan_logs__no_list_of_logs__refused(body):
    assert scan_logs(body) is None


@pytest.mark.parametrize("count", [1, 2])
def test_scan_logs__another_answer_read_later__leaves_the_first_as_it_was(count):
    first, second = (answer_of([make_log(random.Random(seed)) for _ in range(count)]) for seed in (5, 6))
    found = scan_logs(first)
    scan_logs(second)
    assert_same(found, first)


def test_scan_logs__empty_list__no_logs():
    assert len(scan_logs(b'{"jsonrpc":"2.0","id":1,"result":[]}\n')) == 0
