"""Compares settlements and names the first stage, and the first row, where two parties differ."""

import json
from dataclasses import dataclass, replace

import numpy as np

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch, Hash32, to_hex
from settlement.flows.settle import Settler
from settlement.ports.artifacts import EpochBundle
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.deposits import deposit_rows
from settlement.rules.epoch.digests import StageDigest, StageRows, digest_rows, find_first_difference
from settlement.rules.epoch.read_report import STAGES, parse_report
from settlement.rules.epoch.settlement import Settlement
from settlement.rules.epoch.stage_words import describe_row
from settlement.rules.epoch.stages import aggregate_rows, amount_rows, leaf_rows
from settlement.rules.facts.epoch_facts import RulesetChoice


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying one epoch found; `stage` is None when all agree.

    `expected` is what the other side reported, stored or proposed; `got` what was computed. `row` is the first row
    that differs, with both values. `note`: what is no difference and should be known.
    """

    epoch: Epoch
    stage: str | None = None
    expected: str | None = None
    got: str | None = None
    row: str | None = None
    note: str | None = None

    @property
    def is_ok(self) -> bool:
        """Return whether nothing differs."""
        return self.stage is None


def judge_epoch(settler: Settler, epoch: Epoch, document: bytes, other: EpochBundle) -> Verdict:
    """Compute a settled epoch again and compare it with a report, the bundle of its rows, our tree and the chain.

    For an epoch for which the chain names no ruleset, that of the report is taken.
    """
    choice = parse_report(document, other.url, epoch).choice or settler.configured
    try:
        recomputed = settler.recompute(epoch, choice)
    except UnsoundError as error:
        return Verdict(epoch, "inputs", "an epoch that settles", error.line())
    verdict = (
        compare_settlement(recomputed, document, other)
        or compare_tree(recomputed, settler.artifacts.load_tree(epoch, check_hashes=True))
        or compare_chain(settler, recomputed)
        or Verdict(epoch)
    )
    return replace(verdict, note=note_of_choice(recomputed, choice, settler.configured))


def note_of_choice(computed: Settlement, choice: RulesetChoice, configured: RulesetChoice) -> str | None:
    """Return in words that an epoch for which the chain names no ruleset was settled by another than the configured."""
    if computed.facts.choice is not None or computed.is_voided or choice == configured:
        return None
    return (
        f"settled by {choice.ruleset} with {choice.residual}, settlement.ruleset and settlement.residual say "
        f"{configured.ruleset} with {configured.residual}: the report's are taken"
    )


def compare_settlement(computed: Settlement, document: bytes, other: EpochBundle) -> Verdict | None:
    """Return where a settlement differs from another party's report and rows; None if nowhere."""
    epoch = computed.facts.epoch
    reported, ours = parse_report(document, other.url, epoch).stages, computed.stage_rows
    for stage in STAGES:
        expected = describe_digest(reported[stage])
        rows = ours.get(stage)
        got = describe_digest(digest_rows(rows) if rows else computed.events_digest)
        stored = load_rows(other, stage) if rows else None
        row = first_difference(stage, stored, rows) if rows and stored else None
        if got != expected:
            return Verdict(epoch, stage, expected, got, row)
        if row and stored:
            return Verdict(epoch, f"stored {stage}", expected, describe_digest(digest_rows(stored)), row)
    return compare_reports(epoch, document, computed.document)


def compare_reports(epoch: Epoch, expected: bytes, got: bytes) -> Verdict | None:
    """Return the first key in which two reports differ; None if they are the same bytes."""
    if expected == got:
        return None
    theirs, ours = (parse_report(each, f"epoch {epoch}", epoch).content for each in (expected, got))
    key = next((key for key in sorted({*theirs, *ours}) if theirs.get(key) != ours.get(key)), "bytes")
    return Verdict(epoch, f"report {key}", json.dumps(theirs.get(key)), json.dumps(ours.get(key)))


def compare_tree(computed: Settlement, stored: TreeColumns | None) -> Verdict | None:
    """Return whether a stored tree, from which claims are proven, is another one; None if not, or none is stored."""
    if stored is None or (
        np.array_equal(stored.tree.nodes, computed.tree.nodes)
        and np.array_equal(stored.tree.position, computed.tree.position)
    ):
        return None
    expected = f"{len(computed.tree)} leaves, root {to_hex(computed.root)}"
    return Verdict(
        computed.facts.epoch, "stored tree", expected, f"{len(stored.tree)} leaves, root 0x{stored.tree.root.hex()}"
    )


def compare_chain(settler: Settler, computed: Settlement) -> Verdict | None:
    """Return whether the committee proposed another root or report; None if the same, or nothing yet."""
    epoch, proposed = computed.facts.epoch, settler.facts.load_proposed_root(computed.facts.epoch)
    if proposed is None:
        return None
    pairs: tuple[tuple[str, Hash32, Hash32], ...] = (
        ("root on chain", proposed[0], computed.root),
        ("report hash on chain", proposed[1], computed.report_hash),
    )
    for stage, expected, got in pairs:
        if expected != got:
            return Verdict(epoch, stage, to_hex(expected), to_hex(got))
    return None


def load_rows(bundle: EpochBundle, stage: str) -> StageRows:
    """Return the rows of a stage as a bundle keeps them."""
    if stage == "aggregates":
        return aggregate_rows(bundle.load_aggregates())
    if stage == "deposits":
        return deposit_rows(bundle.load_deposits())
    return amount_rows(bundle.load_amounts()) if stage == "amounts" else leaf_rows(bundle.load_leaves())


def first_difference(stage: str, stored: StageRows, computed: StageRows) -> str | None:
    """Return the first row that differs, in words; None if all are equal."""
    difference = find_first_difference(stored, computed)
    if difference is None:
        return None
    theirs, ours = (describe_row(stage, row) if row else "no row" for row in difference)
    return f"stored {theirs}; computed {ours}"


def describe_digest(digest: StageDigest) -> str:
    """Return count and digest as text."""
    return f"{digest.count} rows, sha256 {to_hex(digest.sha256)}"
