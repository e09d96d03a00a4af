"""Notes of a lake: what nobody wrote is told from what somebody did."""

import pytest

from indexer.rules.stored.notes import verify_notes

DIGEST = "0f" * 32
SOUND = {
    "ledger": {"from_block": 1, "to_block": 2, "sums": '{"blocks":{"rows":"2","hashes":"5","lean":"5","amounts":{}}}'},
    "coverage": {
        "from_block": 1,
        "to_block": 2,
        "parent_hash": bytes(32),
        "from_hash": bytes(32),
        "to_hash": bytes(32),
        "level": "quorum:2",
        "kinds": DIGEST,
    },
    "finality": {"number": 1, "hash": bytes(32)},
    "final_claims": {"node": "n", "number": 1, "hash": bytes(32)},
    "kinds": {"digest": DIGEST, "address": bytes(20), "topic0": bytes(32)},
}


@pytest.mark.parametrize("table", SOUND)
def test_verify_notes__as_they_are_written__pass(table):
    verify_notes(table, [SOUND[table]])


def test_verify_notes__of_tables_that_are_none__pass():
    verify_notes("blocks", [{"number": "one"}])


@pytest.mark.parametrize("kinds", [None, DIGEST])
def test_verify_notes__coverage_of_before_kinds_were_noted__passes(kinds):
    row = {name: value for name, value in SOUND["coverage"].items() if name != "kinds"}
    verify_notes("coverage", [row if kinds is None else row | {"kinds": kinds}])


@pytest.mark.parametrize(
    ("table", "altered"),
    [
        ("ledger", {"from_block": 3}),
        ("ledger", {"sums": "{"}),
        ("ledger", {"sums": "[2]"}),
        ("ledger", {"sums": '{"blocks":{}}'}),
        ("ledger", {"sums": '{"blocks":{"rows":"2x","hashes":"5","lean":"5","amounts":{}}}'}),
        ("ledger", {"sums": '{"blocks":{"rows":null,"hashes":"5","lean":"5","amounts":{}}}'}),
        ("coverage", {"to_block": 0}),
        ("coverage", {"to_hash": bytes(31)}),
        ("coverage", {"level": "receiptr"}),
        ("coverage", {"kinds": DIGEST.upper()}),
        ("finality", {"hash": b""}),
        ("final_claims", {"hash": bytes(33)}),
        ("kinds", {"digest": DIGEST[1:]}),
        ("kinds", {"topic0": None}),
        ("kinds", {"address": bytes(32)}),
    ],
)
def test_verify_notes__what_nobody_wrote__is_refused(table, altered):
    with pytest.raises(ValueError, match=r"."):
        verify_notes(table, [SOUND[table] | altered])
