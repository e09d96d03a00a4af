"""Votes for settled epochs on chain, in order, and activates roots whose delay has passed."""

from collections.abc import Iterator
from dataclasses import dataclass

from indexer.words.errors import InputError
from indexer.words.quantities import Epoch, to_hex
from settlement.flows.before_vote import verify_executed, verify_stored
from settlement.flows.send import Sender
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.epoch.read_report import parse_stored
from settlement.words.records import StoredReport


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done on chain: `action` voted or activated, for an epoch."""

    action: str
    epoch: Epoch


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishing needs."""

    distributor: Distributor
    sender: Sender
    journal: ReportJournal
    artifacts: ArtifactStore

    def publish(self) -> Iterator[Step]:
        """Bring the chain up to what is settled; yields each step after it succeeded.

        UnsoundError when an executed report is not ours, the newest included: then we do not vote, we alert; and when
        what is stored of the epoch to vote on is not whole.
        """
        self.sender.resolve_pending()
        if not self.distributor.is_member(self.sender.wallet.address):
            raise InputError(
                "the signer is not on the oracle committee",
                expected="a member",
                got=to_hex(self.sender.wallet.address),
                remedy="use the member's key, or let governance add this account",
            )
        verify_executed(self.distributor, self.journal)
        yield from self.activate_due()
        last = self.journal.last_epoch()
        while last is not None and (epoch := self.distributor.next_epoch()) <= last:
            verify_executed(self.distributor, self.journal)
            if not self._vote(epoch):
                return
            yield Step("voted", epoch)
            yield from self.activate_due()

    def activate_due(self) -> Iterator[Step]:
        """Activate pending roots whose delay has passed, oldest first; the signer need not be a member."""
        epoch = self._oldest_pending()
        while epoch is not None:
            state = self.distributor.root_at(epoch)
            if state.state != "pending" or state.active_at > self.distributor.chain_time():
                return
            self.sender.send("activate", str(epoch), self.distributor.encode_activate())
            yield Step("activated", epoch)
            epoch = Epoch(epoch + 1)

    def _vote(self, epoch: Epoch) -> bool:
        """Vote and return True; False if our vote stands and the quorum is still open."""
        report = self._report(epoch)
        if self.distributor.vote_of(epoch, self.sender.wallet.address) == report.report_hash:
            return False
        verify_stored(report, self.artifacts)
        totals = parse_stored(report).cumulative_totals
        data = self.distributor.encode_vote(epoch, report.root, totals, report.report_hash)
        self.sender.send("vote", str(epoch), data)
        return True

    def _oldest_pending(self) -> Epoch | None:
        active = self.distributor.latest_active()
        oldest = Epoch(active[0] + 1) if active else self.distributor.first_epoch()
        return oldest if oldest < self.distributor.next_epoch() else None

    def _report(self, epoch: Epoch) -> StoredReport:
        report = self.journal.load_report(epoch)
        if report is None:
            raise InputError(f"epoch {epoch} is not settled here", remedy="run `pozk settle` first")
        return report
