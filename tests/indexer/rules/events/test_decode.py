import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.rules.events.decode import decode_logs
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.quantities import AMOUNT_LIMIT
from tests.indexer.rawlogs import encode_log, log_columns
from tests.support.reference_decoder import decode_reference, stored_value

EMITTER = b"\x11" * 20
EMITTERS = {role: np.frombuffer(EMITTER, dtype=np.uint8).reshape(1, 20) for role in REFERENCE.contracts}


def plausible(argument):
    kind = argument.abi_type
    if argument.name == "role":
        return st.integers(0, 2)
    if kind == "address":
        return st.binary(min_size=20, max_size=20)
    if kind == "bytes32":
        return st.binary(min_size=32, max_size=32)
    if kind == "bytes":
        return st.binary(max_size=70)
    if kind == "string":
        return st.text(max_size=30)
    if kind == "int256":
        return st.one_of(st.integers(-AMOUNT_LIMIT - 2, AMOUNT_LIMIT + 2), st.integers(-(2**255), 2**255 - 1))
    bits = int(kind[4:])
    return st.one_of(st.integers(0, min(2**bits - 1, AMOUNT_LIMIT + 2)), st.integers(0, 2**bits - 1))


@st.composite
def event_rows(draw):
    event = draw(st.sampled_from(REFERENCE.counted))
    values = st.fixed_dictionaries({argument.name: plausible(argument) for argument in event.arguments})
    return event, draw(st.lists(values, min_size=1, max_size=5))


@st.composite
def damaged_rows(draw):
    event, rows = draw(event_rows())
    damaged = []
    for values in rows:
        topics, data = encode_log(event, values)
        words = [*topics[1:], *(data[i : i + 32] for i in range(0, len(data), 32))]
        for _ in range(draw(st.integers(0, 2))):
            at = draw(st.integers(0, len(words) - 1))
            byte = draw(st.sampled_from([0, 1, 11, 12, 23, 30, 31]))
            word = bytearray(words[at].ljust(32, b"\0"))
            word[byte] = draw(st.sampled_from([0, 1, 32, 64, 96, 127, 255]))
            words[at] = bytes(word)
        body = b"".join(words[len(topics) - 1 :])
        body = body[: len(body) - draw(st.sampled_from([0, 0, 0, 1, 32, 64]))] if body else body
        damaged.append(([topics[0], *words[: len(topics) - 1]], body + draw(st.sampled_from([b"", b"", b"\1" * 32]))))
    return event, damaged


def check(event, raw):
    decoded = decode_logs(log_columns(raw), EMITTERS, REFERENCE)
    wanted = [decode_reference(event, topics, data) for topics, data in raw]
    table = decoded.tables.get(event.table)
    rows = iter(table.to_pylist() if table is not None else [])
    for index, values in enumerate(wanted):
        if values is not None:
            row = next(rows)
            assert row["block_number"] == 7 + index
            assert {a.column: stored_value(a, values[a.name]) for a in event.arguments} == {
                a.column: row[a.column] for a in event.arguments
            }
    assert next(rows, None) is None
    assert decoded.quarantined == wanted.count(None)
    kept = decoded.tables["quarantine"].to_pylist() if decoded.quarantined else []
    refused = [index for index, values in enumerate(wanted) if values is None]
    assert [(row["topics"], row["data"]) for row in kept] == [(b"".join(raw[i][0]), raw[i][1]) for i in refused]


@settings(max_examples=200)
@given(event_rows())
def test_decode_logs__values_of_every_kind__agree_with_eth_abi(case):
    event, rows = case
    check(event, [encode_log(event, values) for values in rows])


@settings(max_examples=300)
@given(damaged_rows())
def test_decode_logs__damaged_abi__refused_exactly_where_eth_abi_refuses(case):
    event, raw = case
    check(event, raw)


PROOF = REFERENCE.by_name["ProofVerified"]
APP = REFERENCE.by_name["AppRegistered"]
STAKE = REFERENCE.by_name["StakeChanged"]


def registered(name: bytes, pointer: int = 160, length: int | None = None, tail: bytes | None = None):
    size = len(name) if length is None else length
    padded = name + bytes(-len(name) % 32) if tail is None else name + tail
    head = bytes(12) + b"\5" * 20
    words = [bytes(31) + b"\1", bytes(31) + b"\2", head, bytes(31) + b"\3", pointer.to_bytes(32, "big")]
    topics = [APP.topic0, bytes(12) + b"\1" * 20, bytes(12) + b"\2" * 20]
    return topics, b"".join(words) + size.to_bytes(32, "big") + padded


@pytest.mark.parametrize("name", [b"", b"a\0b", b"\xff\xfe", "é".encode(), b"x" * 32, b"y" * 33])
def test_decode_logs__string_of_any_bytes__kept_as_bytes(name):
    row = decode_logs(log_columns([registered(name)]), EMITTERS, REFERENCE).tables["app_registered"].to_pylist()[0]
    assert row["name"] == name


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (registered(b"a", pointer=32), "name lies outside the data"),
        (registered(b"a", pointer=193), "name lies outside the data"),
        (registered(b"a", pointer=2**255), "name lies outside the data"),
        (registered(b"a", length=33), "name lies outside the data"),
        (registered(b"a", length=2**256 - 1), "name lies outside the data"),
        (registered(b"a", tail=b"\1" * 31), "dirty padding in name"),
        (registered(b"a", tail=b""), "name lies outside the data"),
        ((registered(b"a")[0], b"\0" * 159), "expected at least 160 bytes of data"),
        ((registered(b"a")[0][:2], registered(b"a")[1]), "expected 3 topics"),
        (([APP.topic0, b"\1" * 32, bytes(32)], registered(b"a")[1]), "dirty padding in app"),
    ],
)
def test_decode_logs__malformed__quarantined_with_the_reason(row, reason):
    tables = decode_logs(log_columns([row, registered(b"fine")]), EMITTERS, REFERENCE).tables
    assert tables["quarantine"].to_pylist()[0]["reason"] == reason
    assert [kept["name"] for kept in tables["app_registered"].to_pylist()] == [b"fine"]


def test_decode_logs__foreign_emitter__quarantined():
    log = encode_log(STAKE, {"app": EMITTER, "account": EMITTER, "role": 1, "delta": -5, "effectiveEpoch": 3})
    emitters = EMITTERS | {"staking": np.zeros((1, 20), dtype=np.uint8)}
    decoded = decode_logs(log_columns([log]), emitters, REFERENCE)
    assert (decoded.logs, decoded.quarantined) == (1, 1)
    assert decoded.tables["quarantine"].to_pylist()[0]["reason"] == "emitted by a contract that is not staking"


def test_decode_logs__no_logs__no_tables():
    assert decode_logs(log_columns([]), EMITTERS, REFERENCE).tables == {}
