"""Votes for settled epochs on chain, in order, and activates roots whose delay has passed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.words.errors import InputError, RetryLaterError
from indexer.words.quantities import Address, Epoch, to_hex
from settlement.flows.before_vote import verify_executed, verify_stored
from settlement.flows.dissent import FindBundle, no_bundle
from settlement.flows.sending.send import Sender
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.epoch.read_report import parse_stored
from settlement.words.errors import RevertedError
from settlement.words.records import StoredReport, TransactionReceipt


@dataclass(frozen=True, slots=True)
class Step:
    """One thing done on chain for an epoch: `action` is voted, activated, or executed by others before our vote."""

    action: str
    epoch: Epoch


@dataclass(frozen=True, slots=True)
class Publisher:
    """What publishing needs; `find_bundle` has the bundles of other oracles that are at hand."""

    distributor: Distributor
    sender: Sender
    journal: ReportJournal
    artifacts: ArtifactStore
    find_bundle: FindBundle = no_bundle

    def publish(self, computed: Sequence[StoredReport] = ()) -> Iterator[Step]:
        """Bring the chain up to what is settled; yields each step after it was read back, in a dry run as planned.

        `computed` are reports that a dry run has not stored. UnsoundError when an executed report is not ours, the
        newest included: then we do not vote, we alert; and when what is stored of the epoch to vote on is not whole.
        """
        self.sender.resolve_pending()
        voter = self._voter()
        verify_executed(self.distributor, self.journal, self.artifacts, self.find_bundle)
        yield from self.activate_due()
        unstored = {report.epoch: report for report in computed if self.journal.load_report(report.epoch) is None}
        last = max(unstored, default=self.journal.last_epoch())
        while last is not None and (epoch := self.distributor.next_epoch()) <= last:
            verify_executed(self.distributor, self.journal, self.artifacts, self.find_bundle)
            step = self._vote(epoch, unstored.get(epoch), voter)
            if step is None:
                return
            yield step
            if self.sender.is_dry:
                return
            yield from self.activate_due()

    def activate_due(self) -> Iterator[Step]:
        """Activate pending roots whose delay has passed, oldest first; the signer need not be a member."""
        epoch = self._oldest_pending()
        while epoch is not None:
            state = self.distributor.root_at(epoch)
            if state.state != "pending" or state.active_at > self.distributor.chain_time():
                return
            if self._activate(epoch) is not None:
                self._verify_activated(epoch)
            yield Step("activated", epoch)
            epoch = Epoch(epoch + 1)

    def _activate(self, epoch: Epoch) -> TransactionReceipt | None:
        """Send the activation; another member's that was faster is as good. None in a dry run, and then."""
        try:
            return self.sender.send("activate", str(epoch), self.distributor.encode_activate())
        except RevertedError:
            if self.distributor.root_at(epoch).state != "active":
                raise
            return None

    def _voter(self) -> Address:
        """Return the member that the signer votes for: itself, or a seat whose hot key it is."""
        wallet = self.sender.wallet
        voter = self.distributor.voter_of(wallet.address) if wallet.can_sign else wallet.address
        if voter is None:
            raise InputError(
                "the signer is not on the oracle committee",
                expected="a member, or the hot key of one that is a seat",
                got=to_hex(wallet.address),
                remedy="use the member's key, or let governance add this account",
            )
        return voter

    def _vote(self, epoch: Epoch, unstored: StoredReport | None, voter: Address) -> Step | None:
        """Vote and return what was done; None if our vote stands and the quorum is still open.

        A seat takes the call data that the distributor takes, and passes it on.
        """
        report = unstored or self._report(epoch)
        if self.distributor.vote_of(epoch, voter) == report.report_hash:
            return None
        if unstored is None:
            verify_stored(report, self.artifacts)
        totals = parse_stored(report).cumulative_totals
        data = self.distributor.encode_vote(epoch, report.root, totals, report.report_hash)
        is_own = voter == self.sender.wallet.address
        sender = self.sender if is_own else self.sender.calling(voter)
        try:
            receipt = sender.send("vote", str(epoch), data)
        except RevertedError:
            if self.distributor.next_epoch() <= epoch:
                raise
            return Step("executed", epoch)  # the others' votes were enough, and faster: what they executed is compared
        if receipt is not None:
            self._verify_voted(report, voter)
        return Step("voted", epoch)

    def _verify_voted(self, report: StoredReport, voter: Address) -> None:
        """Read back that the contract holds our vote, or executed our report: only then an epoch is published."""
        held = self.distributor.vote_of(report.epoch, voter)
        if held != report.report_hash and self.distributor.root_at(report.epoch).report_hash != report.report_hash:
            raise RetryLaterError(
                f"the vote for epoch {report.epoch} is in a block, and the contract does not hold it",
                expected=to_hex(report.report_hash),
                got="no vote" if held is None else to_hex(held),
                remedy="call again: a veto or a committee change voids votes, and a reorganisation takes them away",
            )

    def _verify_activated(self, epoch: Epoch) -> None:
        state = self.distributor.root_at(epoch).state
        if state != "active":
            raise RetryLaterError(
                f"the activation of epoch {epoch} is in a block, and the contract does not hold it",
                expected="active",
                got=state,
                remedy="call again: a veto or a reorganisation takes it away",
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
