"""The documents of an epoch: its report, and why it pays nothing where it does."""

from typing import Any

from settlement.rules.epoch.causes import is_voided
from settlement.rules.epoch.read_report import parse_report
from settlement.rules.epoch.settlement import Settlement


def report_document(document: bytes, where: str) -> dict[str, Any]:
    """Return a report as an object; UnsoundError where it is none."""
    return dict(parse_report(document, where).content)


def describe_unpaid(settlement: Settlement) -> dict[str, Any] | None:
    """Return why an epoch pays nothing although proofs of its blocks are stored; None if it pays, or there are none."""

    facts = settlement.facts
    ignored = sum(log.event == "ProofVerified" for log in facts.suspects)
    if settlement.distributed or not facts.proofs + ignored:
        return None
    causes = (
        (is_voided(facts), "the epoch is voided"),
        (not facts.proofs, "each of them is in quarantine and to be ignored"),
        (not settlement.pool, "no emission is in force"),
        (not facts.total_staking, "nobody has a stake"),
        (True, "a factor of every amount is 0, as `pozk explain ACCOUNT` shows"),
    )
    why = next(said for holds, said in causes if holds)
    return {"epoch": facts.epoch, "proofs": facts.proofs + ignored, "why": why}
