from types import SimpleNamespace

import pytest

from settlement.entry.documents.epoch import describe_unpaid
from settlement.rules.facts.epoch_facts import SuspectLog, Void
from tests.settlement.rules.epoch_facts import sound_facts

IGNORED = SuspectLog(81, bytes(32), 0, "ProofVerified", "made up", 0)


def settled(*, distributed=0, pool=5, **changes):
    return SimpleNamespace(facts=sound_facts(**changes), distributed=distributed, pool=pool)


@pytest.mark.parametrize(
    ("settlement", "why"),
    [
        (settled(voids=(Void(81, 0),)), "the epoch is voided"),
        (settled(proofs=0, suspects=(IGNORED,)), "each of them is in quarantine and to be ignored"),
        (settled(pool=0), "no emission is in force"),
        (settled(total_staking=0), "nobody has a stake"),
        (settled(), "a factor of every amount is 0"),
    ],
)
def test_describe_unpaid__proofs_are_stored_and_nobody_is_paid__says_why(settlement, why):
    found = describe_unpaid(settlement)
    assert (found["epoch"], found["proofs"]) == (7, 1)
    assert found["why"].startswith(why)


def test_describe_unpaid__somebody_is_paid_or_nothing_was_proven__nothing():
    assert describe_unpaid(settled(distributed=1)) is None
    assert describe_unpaid(settled(proofs=0)) is None
