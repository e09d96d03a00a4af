"""Evidence without a bundle: what differs by what the contract holds of a proposed epoch."""

from types import SimpleNamespace

import pytest

from indexer.words.errors import InputError, UnsoundError
from settlement.entry.service import evidence
from settlement.words.records import RootOnChain

TOKEN, OTHER = b"\x01" * 20, b"\x02" * 20
OURS = SimpleNamespace(epoch=4, document=b"{}", root=b"\x05" * 32, report_hash=b"\x06" * 32)


@pytest.mark.parametrize(
    ("totals", "root", "found"),
    [
        ({TOKEN: 9, OTHER: 3}, b"\x07" * 32, ("totals", "9", "7", f"token 0x{'01' * 20}, all leaves together")),
        ({TOKEN: 7}, b"\x07" * 32, ("totals", "0", "3", f"token 0x{'02' * 20}, all leaves together")),
        ({TOKEN: 7, OTHER: 3}, b"\x07" * 32, ("root", "0x" + "07" * 32, "0x" + "05" * 32, None)),
        ({TOKEN: 7, OTHER: 3}, OURS.root, ("report", "0x" + "08" * 32, "0x" + "06" * 32, None)),
    ],
)
def test_compare_proposed__something_differs__the_first_of_it_is_named(monkeypatch, totals, root, found):
    ours = SimpleNamespace(cumulative_totals=[(TOKEN, 7), (OTHER, 3)])
    monkeypatch.setattr(evidence, "parse_report", lambda *_: ours)
    verdict = evidence.compare_proposed(OURS, RootOnChain("pending", root, b"\x08" * 32, 0), totals)
    assert (verdict.stage, verdict.expected, verdict.got) == found[:3]
    assert found[3] is None or verdict.row == found[3]
    assert verdict.row


@pytest.mark.parametrize(
    "altered",
    [
        {"format": "0"},
        {"chain_id": None},
        {"chain_id": True},
        {"epoch": 1.5},
        {"epoch": "1"},
        {"blocks": {}},
        {"root": 7},
        {"stage": None},
        {"blocks": [7]},
        {"blocks": [{"header": "0x80", "receipts": []}]},
        {"blocks": [{"header": "0xc0", "receipts": 7}]},
        {"blocks": [{"header": "0x" + "d0" + "c0" * 16, "receipts": []}]},
    ],
)
def test_verify_evidence__of_another_shape__is_no_evidence(altered):
    whole = {"format": evidence.FORMAT, "chain_id": 1, "epoch": 1, "blocks": []}
    said = dict.fromkeys(("distributor", "reportHash", "root", "stage", "expected", "got"), "0x00")
    with pytest.raises((InputError, UnsoundError)):
        evidence.verify_evidence(whole | said | altered, SimpleNamespace(name="n", fetch_chain_id=lambda: 1))
