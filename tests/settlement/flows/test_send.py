"""The sender against a node that loses answers, in memory: the ports are ours, so they may be played."""

from dataclasses import dataclass, field

import pytest

from indexer.words.errors import OutcomeUnknownError, RetryLaterError, UnsoundError
from settlement.flows.send import Sender
from settlement.words.records import SignedTransaction, TransactionReceipt

ME = b"\x01" * 20


@dataclass
class PlayedChain:
    """A wallet and its node. `loses` answers are lost after the node took the transaction; `mines` says if it does.

    `lags` is how often the state is asked before it shows what the receipts show.
    """

    mines: bool = True
    loses: int = 0
    reverts: bool = False
    mined: dict = field(default_factory=dict)
    signed: int = 0
    final_nonce: int = 0
    lags: int = 0
    address: bytes = ME

    def sign_call(self, purpose, subject, data):
        self.signed += 1
        return SignedTransaction(bytes([self.signed]) * 32, purpose, subject, ME, len(self.mined), data)

    def send_raw(self, transaction):
        if self.mines:
            self.mined[transaction.hash] = TransactionReceipt(not self.reverts, 5, 21000)
        if self.loses:
            self.loses -= 1
            raise RetryLaterError("the answer was lost")

    def fetch_receipt(self, transaction):
        return self.mined.get(transaction)

    def fetch_nonce(self):
        if self.mined and self.lags:
            self.lags -= 1
            return 0
        return len(self.mined)

    def is_replaced(self, transaction):
        return self.final_nonce > transaction.nonce and transaction.hash not in self.mined


@dataclass
class PlayedJournal:
    rows: dict = field(default_factory=dict)
    states: dict = field(default_factory=dict)

    def store_signed(self, transaction):
        self.rows[transaction.hash] = transaction
        self.states[transaction.hash] = "signed"

    def list_unresolved(self, sender):
        return [row for key, row in self.rows.items() if self.states[key] == "signed" and row.sender == sender]

    def reopen_from(self, sender, nonce):
        for key, row in self.rows.items():
            if row.sender == sender and row.nonce >= nonce and self.states[key] in ("mined", "reverted"):
                self.states[key] = "signed"

    def mark_mined(self, transaction, receipt):
        self.states[transaction] = "mined" if receipt.succeeded else "reverted"

    def mark_replaced(self, transaction):
        self.states[transaction] = "replaced"


def sender_of(chain, journal):
    seconds = iter(range(10**6))
    return Sender(chain, journal, lambda: next(seconds), lambda _: None, patience_seconds=20)


def test_send__mined__is_recorded():
    chain, journal = PlayedChain(), PlayedJournal()
    assert sender_of(chain, journal).send("vote", "1", b"x").succeeded
    assert list(journal.states.values()) == ["mined"]


def test_send__answer_lost_after_the_node_took_it__is_found_and_not_signed_again():
    chain, journal = PlayedChain(loses=1), PlayedJournal()
    sender = sender_of(chain, journal)
    with pytest.raises(RetryLaterError):
        sender.send("vote", "1", b"x")
    sender.resolve_pending()
    assert list(journal.states.values()) == ["mined"]
    assert chain.signed == 1


def test_send__stored_but_never_sent__is_sent_as_it_was_signed():
    chain, journal = PlayedChain(), PlayedJournal()
    journal.store_signed(chain.sign_call("vote", "1", b"x"))
    sender_of(chain, journal).resolve_pending()
    assert list(journal.states.values()) == ["mined"]
    assert chain.signed == 1


def test_send__in_no_block_for_long__is_outcome_unknown_and_stays_open():
    chain, journal = PlayedChain(mines=False), PlayedJournal()
    with pytest.raises(OutcomeUnknownError):
        sender_of(chain, journal).send("vote", "1", b"x")
    assert list(journal.states.values()) == ["signed"]
    with pytest.raises(OutcomeUnknownError):
        sender_of(chain, journal).send("vote", "2", b"y")
    assert chain.signed == 1


def test_send__nonce_final_and_used_by_another__is_replaced_and_the_next_may_be_signed():
    chain, journal = PlayedChain(), PlayedJournal()
    journal.store_signed(SignedTransaction(b"\x99" * 32, "vote", "1", ME, 0, b"x"))
    chain.final_nonce = 1
    assert sender_of(chain, journal).send("vote", "1", b"x").succeeded
    assert list(journal.states.values()) == ["replaced", "mined"]


def test_send__reverted__stops():
    chain, journal = PlayedChain(reverts=True), PlayedJournal()
    with pytest.raises(UnsoundError, match="got reverted"):
        sender_of(chain, journal).send("vote", "1", b"x")
    assert list(journal.states.values()) == ["reverted"]


def test_send__block_reorganised_away_after_it_was_recorded__is_sent_again_as_it_was_signed():
    chain, journal = PlayedChain(), PlayedJournal()
    sender = sender_of(chain, journal)
    sender.send("vote", "1", b"x")
    chain.mined.clear()
    sender.resolve_pending()
    assert list(journal.states.values()) == ["mined"]
    assert (chain.signed, len(chain.mined)) == (1, 1)


def test_send__state_lags_the_receipt__is_waited_for():
    chain, journal = PlayedChain(lags=3), PlayedJournal()
    assert sender_of(chain, journal).send("vote", "1", b"x").succeeded
    assert chain.lags == 0
    assert chain.fetch_nonce() == 1
