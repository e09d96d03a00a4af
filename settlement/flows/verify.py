"""Recomputes settled epochs and names the first stage, and the first row, where two parties differ."""

import json
from dataclasses import dataclass

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch, to_hex
from settlement.flows.settle import Settler
from settlement.rules.digests import StageDigest, StageRows, digest_rows, find_first_difference
from settlement.rules.settlement import Settlement
from settlement.rules.stages import aggregate_rows, amount_rows, leaf_rows
from settlement.words.records import StoredReport

STAGES = ("events", "aggregates", "amounts", "leaves")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying one epoch found; `stage` is None when all agree.

    `expected` is what was stored, reported or proposed; `got` what was computed now. `row` says which row differs.
    """

    epoch: Epoch
    stage: str | None = None
    expected: str | None = None
    got: str | None = None
    row: str | None = None

    @property
    def is_ok(self) -> bool:
        """Return whether nothing differs."""
        return self.stage is None


def verify_epoch(settler: Settler, stored: StoredReport) -> Verdict:
    """Return the verdict on a settled epoch: recomputed against its report, its stored rows, the root on chain."""
    try:
        recomputed = settler.recompute(stored.epoch)
    except UnsoundError as error:
        return Verdict(stored.epoch, "inputs", "an epoch that settles", error.line())
    return (
        _compare_stages(settler, stored, recomputed)
        or _compare_report(stored, recomputed)
        or _compare_chain(settler, stored)
        or Verdict(stored.epoch)
    )


def _compare_stages(settler: Settler, stored: StoredReport, recomputed: Settlement) -> Verdict | None:
    reported = json.loads(stored.document)["stages"]
    for stage in STAGES:
        expected = f"{reported[stage]['count']} rows, sha256 {reported[stage]['sha256']}"
        rows = recomputed.stage_rows.get(stage)
        computed = _describe(digest_rows(rows) if rows else recomputed.events_digest)
        if computed != expected:
            row = _first_row(settler, stored.epoch, stage, rows) if rows else None
            return Verdict(stored.epoch, stage, expected, computed, row)
        if rows and (row := _first_row(settler, stored.epoch, stage, rows)):
            kept = _describe(digest_rows(_stored_rows(settler, stored.epoch, stage)))
            return Verdict(stored.epoch, f"stored {stage}", expected, kept, row)
    return None


def _compare_report(stored: StoredReport, recomputed: Settlement) -> Verdict | None:
    if stored.document == recomputed.document:
        return None
    expected, got = json.loads(stored.document), json.loads(recomputed.document)
    key = next((key for key in sorted(expected | got) if expected.get(key) != got.get(key)), "bytes")
    return Verdict(stored.epoch, f"report {key}", json.dumps(expected.get(key)), json.dumps(got.get(key)))


def _compare_chain(settler: Settler, stored: StoredReport) -> Verdict | None:
    proposed = settler.facts.load_proposed_root(stored.epoch)
    if proposed is None:
        return None
    root, report_hash = proposed
    if root != stored.root:
        return Verdict(stored.epoch, "root on chain", to_hex(root), to_hex(stored.root))
    if report_hash != stored.report_hash:
        return Verdict(stored.epoch, "report hash on chain", to_hex(report_hash), to_hex(stored.report_hash))
    return None


def _first_row(settler: Settler, epoch: Epoch, stage: str, computed: StageRows) -> str | None:
    difference = find_first_difference(_stored_rows(settler, epoch, stage), computed)
    if difference is None:
        return None
    kept, got = difference
    return f"stored {to_hex(kept) if kept else 'none'}, computed {to_hex(got) if got else 'none'}"


def _stored_rows(settler: Settler, epoch: Epoch, stage: str) -> StageRows:
    if stage == "aggregates":
        return aggregate_rows(settler.artifacts.load_aggregates(epoch))
    if stage == "amounts":
        return amount_rows(settler.artifacts.load_amounts(epoch))
    return leaf_rows(settler.artifacts.load_leaves(epoch))


def _describe(digest: StageDigest) -> str:
    return f"{digest.count} rows, sha256 {to_hex(digest.sha256)}"
