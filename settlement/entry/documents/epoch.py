"""The documents of an epoch: its report, its row in the list, and why it pays nothing where it does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from indexer.words.quantities import Address, Epoch, to_hex
from settlement.entry.documents.amounts import Units, token_members
from settlement.rules.epoch.causes import is_voided
from settlement.rules.epoch.read_report import Report, parse_report
from settlement.rules.epoch.settlement import Settled
from settlement.rules.questions.inequality import gini_of, top_share_of


def report_document(document: bytes, where: str) -> dict[str, Any]:
    """Return a report as an object; UnsoundError where it is none."""
    return dict(parse_report(document, where).content)


def describe_unpaid(settlement: Settled) -> dict[str, Any] | None:
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


_STATUS_NOW = {"pending": "proposed", "active": "active", "none": "vetoed"}


@dataclass(frozen=True, slots=True)
class EpochSeen:
    """What is known of an epoch: when it is, our report if it is settled, what the chain says of its root, activity.

    `root` and `activity` are rows of the steps `serve/roots` and `serve/activity`, None without one. `now` is what the
    newest block says of a root that final blocks hold as proposed: active, none (vetoed, revoked), or pending.
    """

    epoch: Epoch
    begins: int
    ends: int
    is_over: bool
    report: Report | None
    root: Mapping[str, Any] | None
    activity: Mapping[str, Any] | None
    now: str = "pending"

    @property
    def status(self) -> str:
        """Return open, ended, settled, proposed, active or vetoed."""
        if self.root is not None and self.root["is_vetoed"] | self.root["is_revoked"]:
            return "vetoed"
        if self.root is not None:
            return "active" if self.root["is_activated"] else _STATUS_NOW[self.now]
        return "settled" if self.report else "ended" if self.is_over else "open"

    @property
    def chain(self) -> str:
        """Return whether the committee proposed our report: same, other, or none where it proposed none."""
        if self.root is None or self.report is None:
            return "none"
        return "same" if self.root["report_hash"] == self.report.hash else "other"


def epoch_document(seen: EpochSeen, token: Address, units: Units) -> dict[str, Any]:
    """Return a row of the list of epochs; what is not settled is null, what did not happen is 0."""
    report, activity = seen.report, seen.activity or {}
    counts = {name: int(activity.get(name, 0)) for name in ("proofs", "miners", "users", "apps")}
    return token_members(token, units) | {
        "epoch": seen.epoch,
        "begins": seen.begins,
        "ends": seen.ends,
        "status": seen.status,
        "pool": str(report.pool) if report else None,
        "distributed": str(report.distributed) if report else None,
        "remainder": str(report.remainder) if report else None,
        "ruleset": report.choice.ruleset if report and report.choice else None,
        "residual": report.choice.residual if report and report.choice else None,
        "voided": report.is_voided if report else None,
        **counts,
        "leaves": report.stages["leaves"].count if report else None,
        "root": to_hex(report.root) if report else None,
        "report_hash": to_hex(report.hash) if report else None,
        "active_at": int(seen.root["active_at"]) if seen.root else None,
        "chain": seen.chain,
    }


def vote_document(row: Mapping[str, Any], report: Report | None) -> dict[str, Any]:
    """Return one vote; `agrees` is null where we have settled nothing to compare it with."""
    return {
        "member": to_hex(row["oracle"]),
        "report_hash": to_hex(row["report_hash"]),
        "root": to_hex(row["root"]),
        "agrees": None if report is None else row["report_hash"] == report.hash,
    }


def spread_document(paid: Mapping[bytes, int], most: int) -> dict[str, Any]:
    """Return how the emission of an epoch is spread: the `most` largest accounts and exact shares."""
    amounts = sorted(paid.values())
    gini, share = gini_of(amounts), top_share_of(amounts, 10)
    largest = sorted(paid.items(), key=lambda entry: (-entry[1], entry[0]))[:most]
    return {
        "distribution": [{"account": to_hex(account), "amount": str(amount)} for account, amount in largest],
        "gini": [str(gini.numerator), str(gini.denominator)],
        "top_ten_share": [str(share.numerator), str(share.denominator)],
    }
