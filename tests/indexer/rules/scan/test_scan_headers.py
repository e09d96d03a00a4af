import json
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.rules.consensus.header import HeaderColumns, header_columns
from indexer.rules.consensus.header_forms import FIELD_NAMES
from indexer.rules.scan import scan_headers as scanner
from indexer.rules.scan.body import body_of

pytestmark = pytest.mark.slow  # calls compiled kernels

NUMBERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas"}
SIZES = {"miner": 20, "logsBloom": 256, "nonce": 8}
OTHERS = {
    "transactions": ["0x" + "ab" * 32] * 3,
    "uncles": [],
    "size": "0x220",
    "totalDifficulty": None,
    "withdrawals": [{"index": "0x1", "nested": [{}, [], [1, {"a": [True]}]]}, {}],
}


def scan_headers(body, *more):
    return scanner.scan_headers(body_of(body), *more)


def make_header(rng, forks):
    """Return a header with the first `forks` of the fields that came later, and some that are not hashed."""
    header = {"hash": "0x" + rng.randbytes(32).hex()}
    for name in FIELD_NAMES[: 15 + forks]:
        if name in NUMBERS:
            header[name] = hex(rng.choice([0, 1, 127, 128, 2**64 - 1, rng.randrange(2**64)]))
        else:
            size = rng.choice([0, 1, 1, 32, 33, 55, 56, 97]) if name == "extraData" else SIZES.get(name, 32)
            header[name] = "0x" + rng.randbytes(size).hex()
    header |= {name: value for name, value in OTHERS.items() if rng.random() < 0.5}
    if rng.random() < 0.3:
        header |= dict.fromkeys(FIELD_NAMES[15 + forks :])
    names = list(header)
    rng.shuffle(names)
    return {name: header[name] for name in names}


def answer_of(headers, separators=(",", ":")):
    answers = [{"jsonrpc": "2.0", "id": index, "result": header} for index, header in enumerate(headers)]
    return json.dumps(answers, separators=separators).encode()


def assert_same(found, headers):
    expected = header_columns(headers)
    for name in HeaderColumns.__slots__:
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


@settings(max_examples=100)
@given(st.integers(0, 2**32), st.integers(1, 5), st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:\r\n")]))
def test_scan_headers__fields_in_any_order__as_the_typed_decoder(seed, count, separators):
    rng = random.Random(seed)
    headers = [make_header(rng, rng.randrange(7)) for _ in range(count)]
    assert_same(scan_headers(answer_of(headers, separators), count), headers)


@settings(max_examples=300)
@given(st.integers(0, 2**32), st.integers(0, 2**16), st.sampled_from(b'"\\{}[],:0xgF \x00'), st.booleans())
def test_scan_headers__damaged_bytes__refused_or_as_the_typed_decoder(seed, place, byte, cut):
    rng = random.Random(seed)
    body = answer_of([make_header(rng, 4) for _ in range(2)])
    at = place % len(body)
    damaged = body[:at] if cut else body[:at] + bytes([byte]) + body[at + 1 :]
    found = scan_headers(damaged, 2)
    if found is not None:
        assert_same(found, [answer["result"] for answer in json.loads(damaged)])


@pytest.mark.parametrize(
    "change",
    [
        {"hash": None},
        {"number": None},
        {"number": "0x1" + "0" * 16},
        {"parentHash": "0x" + "00" * 31},
        {"logsBloom": "0x" + "00" * 257},
        {"extraData": "0x" + "00" * 300},
        {"extraData": "0x0"},
        {"miner": "0x" + "zz" * 20},
        {"withdrawalsRoot": None},
        {"parentHash": 5},
    ],
)
def test_scan_headers__field_of_another_shape__refused(change):
    header = make_header(random.Random(3), 6) | change
    assert scan_headers(answer_of([header]), 1) is None


def test_scan_headers__field_missing_or_twice__refused():
    header = make_header(random.Random(4), 3)
    for name in ("hash", "parentHash", "number", "nonce", "baseFeePerGas"):
        assert scan_headers(answer_of([{key: value for key, value in header.items() if key != name}]), 1) is None
    assert scan_headers(answer_of([header]).replace(b'"number":', b'"number":"0x1","number":', 1), 1) is None


def test_scan_headers__other_answers_than_asked__refused():
    headers = [make_header(random.Random(seed), 2) for seed in (1, 2)]
    body = answer_of(headers)
    assert scan_headers(body, 1) is None
    assert scan_headers(body, 3) is None
    assert scan_headers(body.replace(b'"id":1', b'"id":2'), 2) is None
    assert scan_headers(body.replace(b'"id":1', b'"id":"1"'), 2) is None
    assert scan_headers(b'[{"id":0,"result":null}]', 1) is None
    assert scan_headers(b'[{"id":0,"error":{"code":1}}]', 1) is None
    assert scan_headers(body + b" x", 2) is None
