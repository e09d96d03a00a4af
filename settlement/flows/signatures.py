"""Votes by signature: a member signs what it settled, and whoever has enough of them sends them all at once.

A member that signs pays no gas. What is signed is checked as what is voted is; only what equals our own report is sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indexer.words.errors import InputError, RetryLaterError
from indexer.words.quantities import Address, to_hex
from settlement.flows.before_vote import verify_executed, verify_stored
from settlement.flows.dissent import FindBundle, no_bundle
from settlement.flows.sending.send import Sender
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.ports.signatures import VoteBoard, VoteRelay
from settlement.rules.epoch.read_report import parse_stored
from settlement.words.errors import not_settled
from settlement.words.signed_votes import Ballot, SignedVote


@dataclass(frozen=True, slots=True)
class Gathered:
    """The signatures for the epoch that is voted on, of members that have not voted: `good` ones are for our report.

    `others` have signed another report, `refused` gave a signature that does not count (any more), `missing` members
    have neither voted nor signed. `needed`: how many more equal votes execute our report.
    """

    ballot: Ballot
    good: tuple[SignedVote, ...]
    others: tuple[Address, ...]
    refused: tuple[Address, ...]
    missing: tuple[Address, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class Signatures:
    """What signing and collecting need; `find_bundle` has the bundles of other oracles that are at hand."""

    distributor: Distributor
    relay: VoteRelay
    board: VoteBoard
    journal: ReportJournal
    artifacts: ArtifactStore
    find_bundle: FindBundle = no_bundle

    def sign(self, account: Address) -> tuple[SignedVote, str]:
        """Sign our report of the epoch that is voted on, and put it on the board; return it and where it lies.

        InputError where the account votes for no member, or the epoch is not settled here; UnsoundError as for a vote.
        """
        member = self.distributor.voter_of(account)
        if member is None:
            raise InputError(
                "the signer is not on the oracle committee",
                expected="a member, or the hot key of one that is a seat",
                got=to_hex(account),
                remedy="use the member's key, or let governance add this account",
            )
        vote = self.relay.sign(self._ballot(), member)
        return vote, self.board.store(vote)

    def gather(self) -> Gathered:
        """Read the board for the epoch that is voted on, and try each signature on the contract."""
        ballot = self._ballot()
        members = self.distributor.members()
        votes = {member: self.distributor.vote_of(ballot.epoch, member) for member in members}
        open_ones = sorted(member for member, vote in votes.items() if vote is None)
        turn = self.relay.fetch_turn(ballot.epoch, members[0])[0]
        signed = self.board.load(ballot.epoch, turn, open_ones)
        ours = [vote for vote in signed if vote.ballot == ballot]
        good = tuple(vote for vote in ours if self.relay.is_good(vote))
        cast = sum(vote == ballot.report_hash for vote in votes.values())
        return Gathered(
            ballot,
            good,
            others=tuple(vote.member for vote in signed if vote.ballot != ballot),
            refused=tuple(vote.member for vote in ours if vote not in good),
            missing=tuple(sorted({*open_ones} - {vote.member for vote in signed})),
            needed=max(0, self.distributor.quorum() - cast),
        )

    def send(self, sender: Sender, found: Gathered) -> None:
        """Cast what was gathered in one transaction, and read it back; in a dry run it is planned.

        RetryLaterError while there are too few for a quorum, and where the contract does not hold the votes afterwards.
        """
        if len(found.good) < found.needed:
            raise RetryLaterError(
                f"too few signatures for epoch {found.ballot.epoch}",
                expected=f"{found.needed} for our report",
                got=str(len(found.good)),
                where=f"missing: {_named(found.missing)}; for another report: {_named(found.others)}",
                remedy="call again when more members have signed",
            )
        sender.resolve_pending()
        data = self.relay.encode(found.ballot, found.good)
        if sender.calling(self.relay.address).send("votes", str(found.ballot.epoch), data) is not None:
            self._verify_executed(found.ballot)

    def _ballot(self) -> Ballot:
        verify_executed(self.distributor, self.journal, self.artifacts, self.find_bundle)
        epoch = self.distributor.next_epoch()
        report = self.journal.load_report(epoch)
        if report is None:
            raise not_settled(epoch, self.journal.last_epoch())
        verify_stored(report, self.artifacts)
        totals = tuple((token, amount) for token, amount in parse_stored(report).cumulative_totals)
        return Ballot(epoch, report.root, totals, report.report_hash)

    def _verify_executed(self, ballot: Ballot) -> None:
        held = self.distributor.root_at(ballot.epoch)
        if held.state == "none" or held.report_hash != ballot.report_hash:
            raise RetryLaterError(
                f"the votes for epoch {ballot.epoch} are in a block, and the contract does not hold their root",
                expected=to_hex(ballot.report_hash),
                got=held.state,
                remedy="call again: a veto or a committee change voids signatures",
            )


def _named(members: Sequence[Address]) -> str:
    return ", ".join(map(to_hex, members)) or "none"
