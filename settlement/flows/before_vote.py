"""What is checked before anything is voted: our own bytes, and that the committee executed what we settled."""

from indexer.words.quantities import Epoch, to_hex
from settlement.flows.dissent import FindBundle, dissent, no_bundle
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.columns.conversions import sum_amounts
from settlement.rules.columns.ordering import distinct_rows, is_row
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.epoch.read_report import parse_stored, verify_same
from settlement.rules.epoch.stages import digest_leaves
from settlement.words.records import StoredReport


def verify_stored(report: StoredReport, artifacts: ArtifactStore) -> None:
    """Raise UnsoundError unless a stored report is what its hash says, and its root and totals are those of its leaves.

    The hash is the keccak of the report, the root that of the tree of the stored leaves, the totals are their sums.
    """
    epoch = report.epoch
    written = parse_stored(report)
    leaves = artifacts.load_epoch(epoch).load_leaves()
    expected, found = written.stages["leaves"], digest_leaves(leaves)
    got = "none that ascend" if found is None else to_hex(found.sha256)
    verify_same(epoch, "its leaves", to_hex(expected.sha256), got)
    verify_same(epoch, "the root of its tree", to_hex(tree_of(leaves).root), to_hex(report.root))
    sums = [
        (token, sum_amounts(leaves.cumulative[is_row(leaves.token, token)])) for token in distinct_rows(leaves.token)
    ]
    verify_same(epoch, "its totals", sums, written.cumulative_totals)


def verify_executed(
    distributor: Distributor, journal: ReportJournal, artifacts: ArtifactStore, find: FindBundle = no_bundle
) -> int:
    """Raise UnsoundError unless every report that the committee executed is ours, as far as we have settled.

    Returns how many there are. One that is pending counts: what is proposed was executed by a quorum. `find` has the
    bundles of others: the error names the first stage that differs.
    """
    last, end = journal.last_epoch(), distributor.next_epoch()
    count = 0
    for epoch in map(Epoch, range(distributor.first_epoch(), min(end, -1 if last is None else last + 1))):
        ours, executed = journal.load_report(epoch), distributor.root_at(epoch).report_hash
        if ours is not None:
            parse_stored(ours)  # what was altered here is no word against the committee
            if executed != ours.report_hash:
                what = f"ALERT: the committee executed another report of epoch {epoch}; nothing is voted; ours differs"
                raise dissent(epoch, executed, ours.report_hash, artifacts, find, what=what)
        count += 1
    return count
