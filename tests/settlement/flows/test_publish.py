"""What is published is read back, over played ports: the contract may not hold what a block says was sent."""

from dataclasses import dataclass, field, replace

import pytest

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.flows.publish import Publisher, Step
from settlement.flows.settle import stored_report
from settlement.rules.columns.conversions import amounts_from_ints
from settlement.words.errors import RevertedError
from settlement.words.records import RootOnChain
from tests.support.played_epochs import PlayedFacts, played_settler

ME, OTHER, SEAT = b"\x01" * 20, b"\x02" * 20, b"\x03" * 20
NONE = RootOnChain("none", bytes(32), bytes(32), 0)


@dataclass
class PlayedDistributor:
    """Executes a report at `needed` equal votes, makes it active `delay` seconds later; `now` is the chain's time.

    `forgets` lists the purposes of calls that a block holds and the contract does not. `overtaken`: others are faster
    with whatever we send, and ours is reverted.
    """

    needed: int = 1
    delay: int = 0
    now: int = 1000
    forgets: tuple = ()
    overtaken: bool = False
    seats: dict = field(default_factory=dict)
    roots: list = field(default_factory=list)
    votes: dict = field(default_factory=dict)
    called: list = field(default_factory=list)

    def first_epoch(self):
        return 0

    def next_epoch(self):
        return len(self.roots)

    def root_at(self, epoch):
        return self.roots[epoch] if epoch < len(self.roots) else NONE

    def latest_active(self):
        active = [epoch for epoch, each in enumerate(self.roots) if each.state == "active"]
        return (active[-1], self.roots[active[-1]].root) if active else None

    def vote_of(self, epoch, member):
        return self.votes.get(member) if epoch == self.next_epoch() else None

    def voter_of(self, account):
        return self.seats.get(account, account)

    def chain_time(self):
        return self.now

    def encode_vote(self, epoch, root, totals, report_hash):
        assert [total for _, total in totals] == [5 * (epoch + 1)]
        return "vote", epoch, RootOnChain("pending", root, report_hash, self.now + self.delay)

    def encode_activate(self):
        return "activate", (self.latest_active() or (-1,))[0] + 1, None

    def take(self, data, sender):
        """Do what a call asks for, as the contract would."""
        purpose, epoch, proposed = data
        if purpose in self.forgets:
            return
        if purpose == "activate":
            self.roots[epoch] = replace(self.roots[epoch], state="active")
            return
        self.votes[sender] = proposed.report_hash
        if [*self.votes.values()].count(proposed.report_hash) == self.needed:
            self.roots.append(proposed)
            self.votes = {}


@dataclass
class PlayedSender:
    """Signs for `address`; `called` is the contract, None for the distributor."""

    distributor: PlayedDistributor
    address: bytes = ME
    is_dry: bool = False
    can_sign: bool = True
    called: bytes | None = None

    @property
    def wallet(self):
        return self

    def resolve_pending(self):
        self.distributor.called.append("resolve")

    def calling(self, contract):
        return replace(self, called=contract)

    def send(self, purpose, subject, data):
        if self.is_dry:
            return None
        assert (purpose, subject) == (data[0], str(data[1]))
        self.distributor.called.append((purpose, data[1]))
        self.distributor.take(data, OTHER if self.distributor.overtaken else self.called or self.address)
        if self.distributor.overtaken:
            raise RevertedError("reverted")
        return "receipt"


@pytest.fixture
def settler():
    """Three settled epochs."""
    settler = played_settler(PlayedFacts(finished=3))
    list(settler.settle_all())
    return settler


def publish(settler, distributor, computed=(), **sender):
    publisher = Publisher(distributor, PlayedSender(distributor, **sender), settler.journal, settler.artifacts)
    return list(publisher.publish(computed))


def test_publish__alone_on_the_committee__votes_and_activates_every_epoch_in_order(settler):
    steps = publish(settler, PlayedDistributor())
    assert steps == [Step(action, epoch) for epoch in range(3) for action in ("voted", "activated")]


def test_publish__before_anything_else__what_is_open_is_resolved(settler):
    distributor = PlayedDistributor()
    publish(settler, distributor)
    assert (distributor.called[0], distributor.called.count("resolve")) == ("resolve", 1)


def test_publish__called_again__does_nothing(settler):
    distributor = PlayedDistributor()
    publish(settler, distributor)
    distributor.called.clear()
    assert publish(settler, distributor) == []
    assert distributor.called == ["resolve"]


def test_publish__quorum_is_open__votes_for_one_epoch_and_stops_there(settler):
    distributor = PlayedDistributor(needed=2)
    assert publish(settler, distributor) == [Step("voted", 0)]
    assert publish(settler, distributor) == []


def test_publish__the_second_vote__executes_for_both(settler):
    distributor = PlayedDistributor(needed=2)
    publish(settler, distributor)
    assert publish(settler, distributor, address=OTHER)[:2] == [Step("voted", 0), Step("activated", 0)]


def test_publish__delay_is_not_over__the_next_epochs_are_voted_all_the_same(settler):
    distributor = PlayedDistributor(delay=60)
    assert publish(settler, distributor) == [Step("voted", epoch) for epoch in range(3)]


def test_publish__delay_is_over__the_oldest_pending_are_activated_first(settler):
    distributor = PlayedDistributor(delay=60)
    publish(settler, distributor)
    distributor.now += 60
    assert publish(settler, distributor) == [Step("activated", epoch) for epoch in range(3)]


def test_publish__nothing_settled__only_activates(settler):
    distributor = PlayedDistributor(delay=60)
    publish(settler, distributor)
    distributor.now += 60
    settler.journal.forget_from(0)
    assert publish(settler, distributor) == [Step("activated", epoch) for epoch in range(3)]


def test_publish__vote_is_in_a_block_and_not_held__is_no_step(settler):
    with pytest.raises(RetryLaterError, match="vote for epoch 0 is in a block, and the contract does not hold it"):
        publish(settler, PlayedDistributor(forgets=("vote",)))


def test_publish__activation_is_in_a_block_and_not_held__is_no_step(settler):
    with pytest.raises(RetryLaterError, match="activation of epoch 0 is in a block"):
        publish(settler, PlayedDistributor(forgets=("activate",)))


def test_publish__others_were_faster__their_execution_and_activation_are_as_good(settler):
    steps = publish(settler, PlayedDistributor(overtaken=True))
    assert steps == [Step(action, epoch) for epoch in range(3) for action in ("executed", "activated")]


@pytest.mark.parametrize("purpose", ["vote", "activate"])
def test_publish__reverted_and_nobody_was_faster__is_told(settler, purpose):
    with pytest.raises(RevertedError):
        publish(settler, PlayedDistributor(overtaken=True, forgets=(purpose,)))


def test_publish__dry_run__plans_the_vote_that_is_next_and_ends(settler):
    distributor = PlayedDistributor()
    assert publish(settler, distributor, is_dry=True, can_sign=False) == [Step("voted", 0)]
    assert distributor.votes == {}


def test_publish__dry_run_with_a_root_to_activate__plans_that_too(settler):
    distributor = PlayedDistributor(delay=60)
    list(publish(settler, distributor))
    distributor.now += 60
    steps = publish(settler, distributor, is_dry=True)
    assert steps == [Step("activated", epoch) for epoch in range(3)]


def test_publish__dry_run_over_a_report_that_is_not_stored__plans_its_vote():
    settler = played_settler(PlayedFacts(finished=1))
    computed = [stored_report(each) for each in settler.settle_all(dry_run=True)]
    assert publish(settler, PlayedDistributor(), computed, is_dry=True) == [Step("voted", 0)]


def test_publish__hot_key_of_a_seat__votes_through_the_seat(settler):
    distributor = PlayedDistributor(needed=2, seats={ME: SEAT})
    assert publish(settler, distributor) == [Step("voted", 0)]
    assert [*distributor.votes] == [SEAT]


def test_publish__neither_member_nor_hot_key__is_refused(settler):
    distributor = PlayedDistributor(seats={ME: None})
    with pytest.raises(InputError, match=r"not on the oracle committee.*the hot key of one that is a seat"):
        publish(settler, distributor)


def test_publish__committee_executed_another_report__alerts_and_votes_nothing(settler):
    distributor = PlayedDistributor(roots=[RootOnChain("active", bytes(32), b"\x07" * 32, 0)])
    with pytest.raises(UnsoundError, match="ALERT: the committee executed another report of epoch 0"):
        publish(settler, distributor)
    assert distributor.called == ["resolve"]


def test_publish__another_report_was_executed_while_we_voted__is_seen_before_the_next_vote(settler):
    distributor = PlayedDistributor(needed=2)
    publish(settler, distributor)
    distributor.roots.append(RootOnChain("pending", bytes(32), b"\x07" * 32, 10**9))
    with pytest.raises(UnsoundError, match="another report of epoch 0"):
        publish(settler, distributor)


def test_publish__stored_leaves_were_altered__votes_nothing(settler):
    leaves = settler.artifacts.load_epoch(0).load_leaves()
    settler.artifacts.alter_leaves(0, replace(leaves, cumulative=amounts_from_ints([6])))
    distributor = PlayedDistributor()
    with pytest.raises(UnsoundError, match="epoch 0 was altered: its leaves"):
        publish(settler, distributor)
    assert distributor.called == ["resolve"]


def test_publish__report_of_the_open_epoch_is_gone__is_refused(settler):
    del settler.journal.reports[0]
    with pytest.raises(InputError, match=r"epoch 0 is not settled here.*pozk settle"):
        publish(settler, PlayedDistributor())
