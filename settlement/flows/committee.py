"""Who of the committee voted what, for which report, and who is absent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indexer.words.quantities import Address, Epoch, Hash32
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal


@dataclass(frozen=True, slots=True)
class CommitteeView:
    """The votes for one epoch: of each member the report hash, None where it is absent.

    `state` of its root on chain (none, pending, active), `executed` the report that a quorum executed, None before.
    `ours` is the report settled here, None where there is none. `quorum`: how many equal votes execute a report.
    """

    epoch: Epoch
    state: str
    votes: Mapping[Address, Hash32 | None]
    executed: Hash32 | None
    ours: Hash32 | None
    quorum: int

    @property
    def absent(self) -> list[Address]:
        """Return the members without a vote."""
        return sorted(member for member, vote in self.votes.items() if vote is None)

    @property
    def is_split(self) -> bool:
        """Return whether members voted for different reports."""
        return len({vote for vote in self.votes.values() if vote is not None}) > 1


def view_committee(
    distributor: Distributor,
    journal: ReportJournal,
    epoch: Epoch | None,
    stored_votes: Callable[[Epoch], Mapping[Address, Hash32]],
) -> CommitteeView:
    """Return the votes for an epoch, by default for the one that is voted on.

    The contract forgets votes once they are executed; `stored_votes` has those of an epoch that are indexed.
    """
    wanted = distributor.next_epoch() if epoch is None else epoch
    held, ours = distributor.root_at(wanted), journal.load_report(wanted)
    votes = {member: distributor.vote_of(wanted, member) for member in distributor.members()}
    if held.state != "none":
        votes |= stored_votes(wanted)
    executed = None if held.state == "none" else held.report_hash
    our_hash = None if ours is None else ours.report_hash
    return CommitteeView(wanted, held.state, votes, executed, our_hash, distributor.quorum())
