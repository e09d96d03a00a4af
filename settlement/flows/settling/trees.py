"""The trees of settled epochs, from which entitlements are proven and the next epoch grows."""

from contextlib import suppress

from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.quantities import Epoch, to_hex
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.journal import ReportJournal
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.read_report import Report, parse_stored
from settlement.rules.epoch.stages import digest_leaves
from settlement.words.errors import not_settled
from settlement.words.records import StoredReport


def load_tree(journal: ReportJournal, artifacts: ArtifactStore, epoch: Epoch) -> TreeColumns:
    """Return the tree of a settled epoch as `find_tree` does; UnsoundError unless its leaves are those of the report.

    One of them that is altered, or lies in another place, is otherwise a leaf that nobody finds.
    """
    columns, report = find_tree(journal, artifacts, epoch)
    verify_leaves(parse_stored(report), columns.leaves)
    return columns


def find_tree(journal: ReportJournal, artifacts: ArtifactStore, epoch: Epoch) -> tuple[TreeColumns, StoredReport]:
    """Return the stored tree of a settled epoch, which is built of its leaves and stored where it is not kept, and the
    report.

    Where it cannot be stored, it is built each time. UnsoundError unless it has the root of the report; its leaves are
    for the caller to verify.
    """
    report = journal.load_report(epoch)
    if report is None:
        raise not_settled(epoch, journal.last_epoch())
    columns = artifacts.load_tree(epoch)
    if columns is None:
        columns = build_tree_of(report, artifacts)
        with suppress(RetryLaterError):  # it only saves time; who may only read cannot
            artifacts.save_tree(epoch, columns)
    verify_root(report, columns.tree.root)
    return columns, report


def build_tree_of(report: StoredReport, artifacts: ArtifactStore) -> TreeColumns:
    """Return the tree of a settled epoch, built of its stored leaves; UnsoundError unless it has the report's root."""
    leaves = artifacts.load_epoch(report.epoch).load_leaves()
    columns = TreeColumns(leaves, tree_of(leaves))
    verify_root(report, columns.tree.root)
    return columns


def verify_root(report: StoredReport, root: bytes) -> None:
    """Raise UnsoundError unless the tree of an epoch has the root of its report."""
    if root != report.root:
        raise UnsoundError(
            f"the stored tree of epoch {report.epoch} does not have its root",
            expected=to_hex(report.root),
            got=to_hex(root),
            remedy=f"run `pozk settle --epoch {report.epoch}` to write it again",
        )


def verify_leaves(report: Report, leaves: Leaves) -> None:
    """Raise UnsoundError unless leaves are those of a report, and in their order."""
    expected, found = report.stages["leaves"], digest_leaves(leaves)
    if found != expected:
        raise UnsoundError(
            f"the entitlements after epoch {report.epoch} are not those of its report",
            expected=to_hex(expected.sha256),
            got="none that ascend" if found is None else to_hex(found.sha256),
            where="the stored leaves",
            remedy=f"run `pozk settle --epoch {report.epoch}` to write them again, or copy the epoch from a bundle",
        )
