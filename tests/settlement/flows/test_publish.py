"""What is published is read back, played: the contract may not hold what a block says was sent."""

from types import SimpleNamespace

import pytest

from indexer.words.errors import InputError, RetryLaterError
from settlement.flows.publish import Publisher, Step
from settlement.words.errors import RevertedError
from settlement.words.records import RootOnChain, StoredReport

SEAT = b"\x03" * 20
REPORT = StoredReport(0, b"{}", b"\x07" * 32, b"\x08" * 32)


class PlayedDistributor:
    """Takes votes for epoch 0; `forgets` is whether it holds them, `pending` a root that waits for activation.

    `overtaken`: what we send is reverted, as others were faster.
    """

    def __init__(self, *, forgets=False, pending=False, activates=True, overtaken=False):
        self.votes, self.forgets, self.activates, self.overtaken = {}, forgets, activates, overtaken
        self.next, self.root = (1, "pending") if pending else (0, "none")

    def next_epoch(self):
        return self.next

    def first_epoch(self):
        return 0

    def voter_of(self, account):
        return account

    def latest_active(self):
        return (0, b"") if self.root == "active" else None

    def root_at(self, _):
        return RootOnChain(self.root, REPORT.root, REPORT.report_hash if self.root != "none" else bytes(32), 0)

    def vote_of(self, epoch, _):
        return self.votes.get(epoch)

    def chain_time(self):
        return 1

    def encode_vote(self, epoch, *_):
        return ("vote", epoch)

    def encode_activate(self):
        return ("activate", 0)

    def send(self, purpose, _subject, data):
        if self.overtaken:
            self.next, self.root = 1, "pending" if purpose == "vote" else "active"
            raise RevertedError("reverted")
        if purpose == "vote" and not self.forgets:
            self.votes[data[1]] = REPORT.report_hash
        if purpose == "activate" and self.activates:
            self.root = "active"
        return "receipt"


def publish(distributor, monkeypatch, is_dry=False, can_sign=True, called=None):
    monkeypatch.setattr("settlement.flows.publish.verify_stored", lambda *_: None)
    monkeypatch.setattr("settlement.flows.publish.parse_stored", lambda _: SimpleNamespace(cumulative_totals=[]))
    send = (lambda *_: None) if is_dry else distributor.send
    wallet = SimpleNamespace(address=b"\x01" * 20, can_sign=can_sign)
    sender = SimpleNamespace(resolve_pending=lambda: None, send=send, wallet=wallet, is_dry=is_dry)
    sender.calling = lambda contract: called.append(contract) or sender
    journal = SimpleNamespace(last_epoch=lambda: 0, load_report=lambda _: REPORT)
    return list(Publisher(distributor, sender, journal, None).publish())


def test_publish__vote_is_held_by_the_contract__is_a_step(monkeypatch):
    assert publish(PlayedDistributor(), monkeypatch) == [Step("voted", 0)]


def test_publish__vote_is_in_a_block_and_not_held__is_no_step(monkeypatch):
    with pytest.raises(RetryLaterError, match="vote for epoch 0 is in a block, and the contract does not hold it"):
        publish(PlayedDistributor(forgets=True), monkeypatch)


def test_publish__activation_is_in_a_block_and_not_held__is_no_step(monkeypatch):
    with pytest.raises(RetryLaterError, match="activation of epoch 0 is in a block"):
        publish(PlayedDistributor(pending=True, activates=False), monkeypatch)


def test_publish__others_were_faster__their_execution_and_activation_are_as_good(monkeypatch):
    assert publish(PlayedDistributor(overtaken=True), monkeypatch) == [Step("executed", 0), Step("activated", 0)]


@pytest.mark.parametrize("pending", [False, True])
def test_publish__reverted_and_nobody_was_faster__is_told(monkeypatch, pending):
    distributor = PlayedDistributor(pending=pending)
    monkeypatch.setattr(distributor, "send", lambda *_: (_ for _ in ()).throw(RevertedError("reverted")))
    with pytest.raises(RevertedError):
        publish(distributor, monkeypatch)


def test_publish__dry_run__plans_the_vote_that_is_next_and_ends(monkeypatch):
    assert publish(PlayedDistributor(), monkeypatch, is_dry=True, can_sign=False) == [Step("voted", 0)]


def test_publish__hot_key_of_a_seat__votes_through_the_seat(monkeypatch):
    distributor, called = PlayedDistributor(), []
    monkeypatch.setattr(distributor, "voter_of", lambda _: SEAT)
    held = distributor.vote_of
    monkeypatch.setattr(distributor, "vote_of", lambda epoch, member: held(epoch, member) if member == SEAT else None)
    assert publish(distributor, monkeypatch, called=called) == [Step("voted", 0)]
    assert called == [SEAT]


def test_publish__neither_member_nor_hot_key__is_refused(monkeypatch):
    distributor = PlayedDistributor()
    monkeypatch.setattr(distributor, "voter_of", lambda _: None)
    with pytest.raises(InputError, match=r"not on the oracle committee.*the hot key of one that is a seat"):
        publish(distributor, monkeypatch)
