"""Votes for settled epochs on chain, in order, and activates roots whose delay has passed."""

from collections.abc import Iterator
from dataclasses import dataclass

from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Epoch, to_hex
from settlement.flows.send import Sender
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.report import read_totals
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

    def publish(self) -> Iterator[Step]:
        """Bring the chain up to what is settled; yields each step after it succeeded.

        UnsoundError when the executed report of an earlier epoch is not ours: then we do not vote, we alert.
        """
        self.sender.resolve_pending()
        if not self.distributor.is_member(self.sender.wallet.address):
            raise InputError(
                "the signer is not on the oracle committee",
                expected="a member",
                got=to_hex(self.sender.wallet.address),
                remedy="use the member's key, or let governance add this account",
            )
        yield from self.activate_due()
        last = self.journal.last_epoch()
        while last is not None and (epoch := self.distributor.next_epoch()) <= last:
            self._verify_executed(epoch)
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
        data = self.distributor.encode_vote(epoch, report.root, read_totals(report.document), report.report_hash)
        self.sender.send("vote", str(epoch), data)
        return True

    def _verify_executed(self, epoch: Epoch) -> None:
        if epoch == self.distributor.first_epoch():
            return
        before = self._report(Epoch(epoch - 1))
        executed = self.distributor.root_at(before.epoch)
        if executed.report_hash != before.report_hash:
            raise UnsoundError(
                f"ALERT: the committee executed another report of epoch {before.epoch}; no vote on {epoch}",
                expected=to_hex(before.report_hash),
                got=to_hex(executed.report_hash),
                remedy=f"compare with the other members (`pozk verify --bundle`), then "
                f"`pozk settle --redo --epoch {before.epoch}`",
            )

    def _oldest_pending(self) -> Epoch | None:
        active = self.distributor.latest_active()
        oldest = Epoch(active[0] + 1) if active else self.distributor.first_epoch()
        return oldest if oldest < self.distributor.next_epoch() else None

    def _report(self, epoch: Epoch) -> StoredReport:
        report = self.journal.load_report(epoch)
        if report is None:
            raise InputError(f"epoch {epoch} is not settled here", remedy="run `pozk settle` first")
        return report
