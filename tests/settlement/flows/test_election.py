"""Instances of one oracle that take over from each other in the middle of a vote, played: none votes twice.

`TAKEOVERS` sets how many are played (300 in the suite, 10,000 in `make sim-election`), `SEED` where they come from.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from indexer.words.errors import OutcomeUnknownError, RetryLaterError
from settlement.flows.publish import Publisher
from settlement.flows.sending.send import Sender
from settlement.flows.settle import Settler
from settlement.words.records import RootOnChain
from tests.support.played_epochs import PlayedFacts, played_settler
from tests.support.played_mempool import GWEI, Faults, Killed, PlayedJournal, PlayedMempool, PlayedWallet

TAKEOVERS = int(os.environ.get("TAKEOVERS", "300"))
FIRST = int(os.environ.get("SEED", "0"))
EPOCHS = 5


@dataclass
class PlayedDistributor:
    """The contract on a played chain, of one member: a vote executes; none becomes active here."""

    chain: PlayedMempool
    settler: Settler

    def first_epoch(self):
        return 0

    def next_epoch(self):
        return next((epoch for epoch in range(EPOCHS) if not self.chain.executed(str(epoch))), EPOCHS)

    def voter_of(self, account):
        return account

    def latest_active(self):
        return None

    def root_at(self, epoch):
        if epoch >= self.next_epoch():
            return RootOnChain("none", bytes(32), bytes(32), 0)
        report = self.settler.journal.load_report(epoch)
        return RootOnChain("pending", report.root, report.report_hash, 10**9)

    def vote_of(self, *_):
        return None

    def chain_time(self):
        return 0

    def encode_vote(self, epoch, *_):
        return str(epoch).encode()


@dataclass
class HeldJournal:
    """The journal as one instance sees it: it stores what is to be sent only while the lock is its own."""

    election: "Election"

    def __getattr__(self, name):
        if name in ("open_intent", "add_attempt") and self.election.holder is not self:
            raise RetryLaterError("another process settles on this database")
        return getattr(self.election.journal, name)


@dataclass
class OvertakenWallet(PlayedWallet):
    """At any call another instance may take over and do its work, before this one wakes up again and goes on."""

    election: "Election" = None

    def _fault(self):
        self.election.may_take_over()
        super()._fault()


@dataclass
class Election:
    """Instances on one journal and one chain. `asleep` are those that lost their voice in the middle of a call."""

    rng: random.Random
    chain: PlayedMempool
    settler: Settler
    journal: PlayedJournal = field(default_factory=PlayedJournal)
    counts: Counter = field(default_factory=Counter)
    holder: HeldJournal | None = None
    asleep: int = 0

    @property
    def distributor(self):
        return PlayedDistributor(self.chain, self.settler)

    def speak(self):
        """Publish as a new process does, until its work is done or it is killed."""
        wallet, self.holder = OvertakenWallet(self.chain, election=self), HeldJournal(self)
        clock = (lambda: self.chain.now), self.chain.sleep
        sender = Sender(wallet, self.holder, *clock, fee_cap_wei=500 * GWEI)
        publisher = Publisher(self.distributor, sender, self.settler.journal, self.settler.artifacts)
        try:
            list(publisher.publish())
        except (RetryLaterError, OutcomeUnknownError):
            self.counts["tried again"] += 1
        except Killed:
            self.counts["killed"] += 1
        self.chain.sleep(self.rng.uniform(0, 15))

    def may_take_over(self):
        if self.asleep < 2 and self.rng.random() < 0.02:
            self.asleep += 1
            self.counts["overtaken"] += 1
            self.speak()
            self.asleep -= 1


@pytest.fixture(scope="module")
def settler():
    """So many settled epochs."""
    settler = played_settler(PlayedFacts(finished=EPOCHS))
    list(settler.settle_all())
    return settler


def test_publish__taken_over_at_any_call__every_epoch_is_voted_once(settler):
    told, seed = Counter(), FIRST
    while told["killed"] + told["overtaken"] < TAKEOVERS:
        rng = random.Random(seed)
        faults = Faults(lost=0.02, killed=0.06, dropped=0.05, reorganised=0.03, spike=0.05)
        election = Election(rng, PlayedMempool(rng=rng, faults=faults), settler)
        while election.distributor.next_epoch() < EPOCHS:
            election.speak()
        election.chain.faults = Faults()
        election.speak()
        votes = [election.chain.executed(str(epoch)) for epoch in range(EPOCHS)]
        assert votes == [1] * EPOCHS, f"seed {seed}: {votes}"
        told, seed = told + election.counts + Counter(election.chain.counts | {"killed": 0}), seed + 1
    print(f"\n{seed - FIRST} runs of {EPOCHS} votes: {dict(sorted(told.items()))}")
