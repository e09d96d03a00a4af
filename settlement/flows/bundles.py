"""Copies settled epochs to mirrors, and verifies a bundle from itself, with no chain and no database."""

import json

from indexer.words.errors import InputError, UnsoundError, printable
from indexer.words.quantities import Epoch, to_hex
from settlement.flows.bundle_shards import judge_shards, store_shards
from settlement.flows.verify import Verdict, compare_reports, describe_digest, first_difference, load_rows
from settlement.ports.artifacts import EpochBundle
from settlement.rules.columns.conversions import words_from_amounts
from settlement.rules.columns.strict_json import read_json
from settlement.rules.entitlements.ledger import Credits, merge_entitlements
from settlement.rules.entitlements.merkle import openzeppelin_dump
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.epoch.deposits import deposit_rows
from settlement.rules.epoch.digests import StageDigest, StageRows, digest_rows
from settlement.rules.epoch.open_data import PACKAGE_FILE, data_package, digest_bytes
from settlement.rules.epoch.read_report import ROW_STAGES, STAGES, Report, parse_report
from settlement.rules.epoch.stages import aggregate_rows, amount_rows, leaf_rows

BUNDLE_FILES = ("aggregates.parquet", "deposits.parquet", "amounts.parquet", "leaves.parquet", "report.json")
"""The report comes last: a folder with a report is whole."""

DUMP_FILE = "tree.json"
MANIFEST_FILE = "manifest.json"
"""What else a peer should know: a checkpoint, and what the start of the indexed range rests on; no part of a proof."""


def mirror_bundle(source: EpochBundle, target: EpochBundle, *, with_dump: bool, start: str = "") -> None:
    """Copy a bundle, read it back and hash it again; UnsoundError unless what was read back is sound and the same.

    Its shards and its open-data manifest are written beside the Parquet files, before the report.
    `start` says in the manifest what the indexed range rests on.
    """
    target.store_file(MANIFEST_FILE, encode_manifest(load_report(source), start))
    store_shards(target, {stage: load_rows(source, stage) for stage in ROW_STAGES})
    digests = {}
    for name in BUNDLE_FILES:
        content = source.load_file(name)
        digests[name] = digest_bytes(content)
        if name == BUNDLE_FILES[-1]:
            target.store_file(PACKAGE_FILE, data_package(load_report(source), digests))
        target.store_file(name, content)
    if with_dump:
        target.store_file(DUMP_FILE, dump_tree(source))
    verdict = judge_bundle(target)
    if not verdict.is_ok or target.load_document() != source.load_document():
        raise UnsoundError(
            f"the copy of epoch {verdict.epoch} is not what was copied",
            expected=verdict.expected or "the same report",
            got=verdict.got or "another report",
            where=target.url,
            remedy="copy it again",
        )


def encode_manifest(report: Report, start: str) -> bytes:
    """Return the manifest of a bundle: its reference block as chain.checkpoints names it, and `start`."""
    return json.dumps(_manifest(report, start), sort_keys=True, indent=2).encode() + b"\n"


def load_manifest(bundle: EpochBundle) -> dict[str, str]:
    """Return what a bundle's manifest says; a bundle without one names its reference block alone."""
    try:
        found = read_json(bundle.load_file(MANIFEST_FILE))
        return {key: printable(str(found[key])) for key in ("checkpoint", "start")}
    except (UnsoundError, ValueError, KeyError, TypeError):
        return _manifest(load_report(bundle), "")


def judge_bundle(bundle: EpochBundle, before: EpochBundle | None = None) -> Verdict:
    """Return whether a bundle's rows have the digests, totals and root of its report, and its shards hold those rows.

    With the bundle of the epoch before, also whether the report names its report, and its leaves plus the amounts
    give the leaves; InputError if it is of another epoch.
    """
    report = load_report(bundle)
    epoch = report.epoch
    if not report.is_canonical:
        return Verdict(epoch, "report", "canonical JSON", "other bytes for the same content")
    amounts, leaves = bundle.load_amounts(), bundle.load_leaves()
    stages = {
        "aggregates": aggregate_rows(bundle.load_aggregates()),
        "deposits": deposit_rows(bundle.load_deposits()),
        "amounts": amount_rows(amounts),
        "leaves": leaf_rows(leaves),
    }
    for stage, rows in stages.items():
        expected, got = describe_digest(report.stages[stage]), describe_digest(digest_rows(rows))
        if got != expected:
            return Verdict(epoch, stage, expected, got)
    root = tree_of(leaves).root
    if root != report.root:
        return Verdict(epoch, "root", to_hex(report.root), to_hex(root))
    wrong_shard = judge_shards(bundle, epoch, stages)
    if wrong_shard is not None or before is None:
        return wrong_shard or Verdict(epoch)
    credits_ = Credits(amounts.token, amounts.account, amounts.amount)
    return _judge_link(report, before) or _judge_growth(stages["leaves"], credits_, before, epoch) or Verdict(epoch)


def compare_bundles(expected: EpochBundle, got: EpochBundle) -> Verdict:
    """Return the first stage, with its first row, in which two bundles of an epoch differ, by what they report."""
    theirs, ours = load_report(expected), load_report(got)
    epoch = ours.epoch
    if theirs.epoch != epoch:
        raise InputError("not a bundle of the epoch", expected=str(epoch), got=str(theirs.epoch), where=expected.url)
    for stage in STAGES:
        their_stage, our_stage = theirs.stages[stage], ours.stages[stage]
        if their_stage != our_stage:
            row = None if stage == "events" else _first_row(stage, their_stage, expected, got)
            return Verdict(epoch, stage, describe_digest(their_stage), describe_digest(our_stage), row)
    return compare_reports(epoch, theirs.document, ours.document) or Verdict(epoch)


def _first_row(stage: str, reported: StageDigest, expected: EpochBundle, got: EpochBundle) -> str | None:
    """Return the first row that differs, in words; rows that are not those of their report say nothing."""
    theirs = load_rows(expected, stage)
    if digest_rows(theirs) != reported:
        return f"the rows at {expected.url} are not those of its report"
    return first_difference(stage, theirs, load_rows(got, stage))


def dump_tree(bundle: EpochBundle) -> bytes:
    """Return the tree as OpenZeppelin's `StandardMerkleTree.load` reads it."""
    leaves = bundle.load_leaves()
    words = words_from_amounts(leaves.cumulative)
    return json.dumps(openzeppelin_dump(tree_of(leaves), leaves.account, leaves.token, words)).encode("ascii")


def load_report(bundle: EpochBundle, epoch: Epoch | None = None) -> Report:
    """Return the report of a bundle; `epoch` is what it should be of, where that is known."""
    return parse_report(bundle.load_document(), bundle.url, epoch, remedy="ask for a bundle of this format")


def _manifest(report: Report, start: str) -> dict[str, str]:
    block = report.reference_block
    return {"checkpoint": f"{block.number}:{to_hex(block.hash)}", "start": start}


def _judge_link(report: Report, before: EpochBundle) -> Verdict | None:
    epoch, earlier = report.epoch, load_report(before)
    if earlier.epoch != epoch - 1:
        raise InputError(
            "not the bundle of the epoch before",
            expected=f"epoch {epoch - 1}",
            got=f"epoch {earlier.epoch}",
            where=before.url,
        )
    expected, got = to_hex(report.previous_report), to_hex(earlier.hash)
    return None if expected == got else Verdict(epoch, "report previous_report", expected, got)


def _judge_growth(stored: StageRows, credits_: Credits, before: EpochBundle, epoch: Epoch) -> Verdict | None:
    """Return where the leaves before plus the amounts are not the leaves; None if nowhere."""
    grown = leaf_rows(merge_entitlements(before.load_leaves(), credits_))
    row = first_difference("leaves", stored, grown)
    if row is None:
        return None
    expected, got = (describe_digest(digest_rows(rows)) for rows in (stored, grown))
    return Verdict(epoch, "leaves since the epoch before", expected, got, row)
