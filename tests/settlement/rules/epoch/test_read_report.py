"""A report as a value: what is stored and broken says which epoch it is of."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Epoch
from settlement.rules.epoch.read_report import is_altered, is_of_format, parse_report, parse_stored
from settlement.rules.epoch.report import encode_canonical, hash_report
from settlement.words.records import StoredReport
from tests.settlement.report_vector import VECTOR

DOCUMENT = json.loads(Path(VECTOR).read_text())["reports"][0]["document"].encode()


def altered(**changes):
    return encode_canonical(json.loads(DOCUMENT) | changes)


def test_parse_report__the_vector__says_what_it_holds():
    report, content = parse_report(DOCUMENT, "the vector"), json.loads(DOCUMENT)
    assert (str(report.epoch), str(report.pool), report.is_canonical) == (content["epoch"], content["pool"], True)
    assert [str(total.cumulative) for total in report.totals] == [row["cumulative"] for row in content["totals"]]
    assert {name: str(stage.count) for name, stage in report.stages.items()} == {
        name: stage["count"] for name, stage in content["stages"].items()
    }
    assert report.hash == hash_report(DOCUMENT)


@pytest.mark.parametrize(
    "document",
    [
        *(b"", b"{}", b"[]", b"\xff", b"[" * 100_000, DOCUMENT[:-1]),
        *(altered(root="0x12"), altered(epoch="-1"), altered(voided="2"), altered(pool="1_0")),
        *(altered(stages={}), altered(totals="x"), altered(reference_block={})),
    ],
)
def test_parse_stored__broken__is_unsound_and_names_its_epoch(document):
    stored = StoredReport(Epoch(7), document, hash_report(document), b"\0" * 32)
    with pytest.raises(UnsoundError, match=r"the report of epoch 7 cannot be read.*the journal.*--redo --epoch 7"):
        parse_stored(stored)


def test_parse_report__of_another_format__is_the_wrong_input():
    with pytest.raises(InputError, match="of another format, expected format 2, got 1, at here; settle anew"):
        parse_report(altered(format="1"), "here", remedy="settle anew")


def test_parse_report__other_bytes_for_the_same_content__is_not_canonical():
    assert not parse_report(json.dumps(json.loads(DOCUMENT)).encode(), "here").is_canonical


@pytest.mark.parametrize(("document", "is_one"), [(DOCUMENT, True), (altered(format="1"), False), (b"{", False)])
def test_is_of_format__any_bytes__says_whether_it_is_ours(document, is_one):
    assert is_of_format(document) == is_one


@pytest.mark.parametrize(
    ("document", "changes", "is_one"),
    [
        (DOCUMENT, {}, False),
        (DOCUMENT, {"report_hash": b"\1" * 32}, True),
        (DOCUMENT, {"root": b"\1" * 32}, True),
        (DOCUMENT, {"epoch": Epoch(9)}, True),
        (DOCUMENT.replace(b'"format":"2"', b'"format":"3"'), {"report_hash": b"\1" * 32}, True),
        (DOCUMENT[:-1], {}, True),
        (altered(format="1"), {}, False),
    ],
)
def test_is_altered__stored_report__by_its_hash_number_and_root(document, changes, is_one):
    content = json.loads(DOCUMENT)
    stored = StoredReport(
        Epoch(int(content["epoch"])), document, hash_report(document), bytes.fromhex(content["root"][2:])
    )
    assert is_altered(replace(stored, **changes)) == is_one
