from dataclasses import dataclass, replace

import pytest

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch, Hash32, to_hex
from settlement.flows.before_vote import verify_executed, verify_stored
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.epoch.digests import digest_rows
from settlement.rules.epoch.report import encode_canonical, hash_report
from settlement.rules.epoch.stages import leaf_rows
from settlement.words.records import RootOnChain
from tests.support.reports import EMPTY, STAGES, report_of

LEAVES = Leaves(
    addresses_from_bytes([b"a" * 20, b"b" * 20]), addresses_from_bytes([b"t" * 20] * 2), amounts_from_ints([5, 7])
)

TOTALS = [{"amount": "1", "cumulative": "12", "token": to_hex(b"t" * 20)}]
REPORT = report_of(LEAVES, totals=TOTALS)


@dataclass
class Kept:
    """An artifact store that keeps leaves alone."""

    leaves: Leaves

    def load_epoch(self, _):
        return self

    def load_leaves(self):
        return self.leaves


def test_verify_stored__as_it_was_written__passes():
    verify_stored(REPORT, Kept(LEAVES))


@pytest.mark.parametrize(
    ("report", "what"),
    [
        (replace(REPORT, report_hash=Hash32(b"x" * 32)), "the hash of its report"),
        (replace(REPORT, root=Hash32(b"x" * 32)), "its root"),
        (replace(REPORT, document=b"{}"), "the hash of its report"),
        (report_of(LEAVES, totals=TOTALS, root=to_hex(b"x" * 32)), "its root"),
        (replace(report_of(LEAVES, 4), epoch=Epoch(3)), "its number"),
        (report_of(LEAVES, totals=[{"amount": "1", "cumulative": "13", "token": to_hex(b"t" * 20)}]), "its totals"),
        (report_of(LEAVES, totals=[]), "its totals"),
    ],
)
def test_verify_stored__altered__says_what(report, what):
    with pytest.raises(UnsoundError, match=f"epoch 3 was altered: {what}"):
        verify_stored(report, Kept(LEAVES))


def test_verify_stored__leaves_exchanged__refused():
    other = Leaves(LEAVES.account, LEAVES.token, amounts_from_ints([7, 5]))
    with pytest.raises(UnsoundError, match="its leaves"):
        verify_stored(REPORT, Kept(other))
    both = replace(report_of(other), root=Hash32(b"x" * 32))
    written = encode_canonical(
        {
            **EMPTY,
            **{"epoch": "3", "root": to_hex(b"x" * 32), "totals": []},
            "stages": STAGES | {"leaves": {"count": "2", "sha256": to_hex(digest_rows(leaf_rows(other)).sha256)}},
        }
    )
    with pytest.raises(UnsoundError, match="the root of its tree"):
        verify_stored(replace(both, document=written, report_hash=hash_report(written)), Kept(other))


@dataclass
class Executed:
    """A distributor that has executed some reports, and the journal of whoever settled them."""

    reports: list

    def first_epoch(self):
        return Epoch(0)

    def next_epoch(self):
        return Epoch(len(self.reports))

    def root_at(self, epoch):
        return RootOnChain("active", self.reports[epoch].root, self.reports[epoch].report_hash, 0)

    def last_epoch(self):
        return Epoch(len(self.reports) - 1) if self.reports else None

    def load_report(self, epoch):
        return self.reports[epoch]


OURS = Executed([replace(report_of(LEAVES, epoch=str(n)), epoch=Epoch(n)) for n in range(3)])


def with_report(epoch, **changes):
    return Executed([replace(each, **changes) if each.epoch == epoch else each for each in OURS.reports])


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_verify_executed__another_report_of_any_epoch_the_newest_too__alert_with_both_hashes(epoch):
    with pytest.raises(UnsoundError, match=f"another report of epoch {epoch}") as caught:
        verify_executed(with_report(epoch, report_hash=Hash32(b"x" * 32)), OURS, Kept(LEAVES))
    assert to_hex(b"x" * 32) in caught.value.line()
    assert to_hex(OURS.reports[epoch].report_hash) in caught.value.line()


@pytest.mark.parametrize("changes", [{"report_hash": b"x" * 32}, {"root": b"x" * 32}, {"document": b"{}"}])
def test_verify_executed__ours_was_altered__is_said_and_nobody_accused(changes):
    with pytest.raises(UnsoundError, match="the stored epoch 1 was altered"):
        verify_executed(OURS, with_report(1, **changes), Kept(LEAVES))


def test_verify_executed__all_ours_or_none_settled__counted():
    assert verify_executed(OURS, OURS, Kept(LEAVES)) == 3
    assert verify_executed(OURS, Executed([]), Kept(LEAVES)) == 0
    assert verify_executed(Executed(OURS.reports[:2]), OURS, Kept(LEAVES)) == 2
