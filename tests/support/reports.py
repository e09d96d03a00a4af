"""Reports of an epoch of which nothing is known but its leaves."""

from indexer.words.quantities import Epoch, Hash32, to_hex
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.epoch.digests import digest_rows
from settlement.rules.epoch.report import encode_canonical, hash_report
from settlement.rules.epoch.stages import leaf_rows
from settlement.words.records import StoredReport

STAGES = {
    stage: {"count": "0", "sha256": to_hex(b"s" * 32)} for stage in ("events", "aggregates", "deposits", "amounts")
}
BLOCK = {"number": "1", "hash": to_hex(b"h" * 32)}
EMPTY = {
    "format": "2",
    "voided": "0",
    "ruleset": "paper-v1",
    "residual": "rollover",
    "previous_report": to_hex(b"p" * 32),
}
EMPTY |= {"first_block": BLOCK, "reference_block": BLOCK, "pool": "0", "distributed": "0", "remainder": "0"}


def report_of(leaves, epoch=3, **changes):
    """Return the report of an epoch after which these leaves are owed; `changes` to what it says."""
    root = Hash32(tree_of(leaves).root)
    digest = {"count": str(len(leaves)), "sha256": to_hex(digest_rows(leaf_rows(leaves)).sha256)}
    says = {"epoch": str(epoch), "root": to_hex(root), "stages": STAGES | {"leaves": digest}}
    content = encode_canonical(EMPTY | says | {"totals": []} | changes)
    return StoredReport(Epoch(epoch), content, hash_report(content), root)
