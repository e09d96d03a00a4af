import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRef
from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.lake.stake_bases import FolderStakeBases
from settlement.rules.columns.conversions import amounts_to_ints
from settlement.rules.epoch.causes import list_causes
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.words.records import KeptStakes
from tests.settlement.adapters.events import (
    GENESIS,
    LENGTH,
    address,
    naive_aggregates,
    naive_stakes,
    random_chain,
)
from tests.settlement.adapters.lake.governed import (
    APP,
    CLOCK,
    MINER,
    PROOF,
    TOKEN,
    USER,
    aggregates_of,
    governed_chain,
    load,
)
from tests.settlement.readings import facts_of

pytestmark = pytest.mark.database


@pytest.mark.parametrize("seed", range(4))
def test_load_facts__random_chain__equals_a_plain_reading_of_the_specification(lake, seed):
    print(f"seed {seed}")
    chain = random_chain(random.Random(seed))
    chain.mine().store(lake)
    facts = LakeFacts(lake, CLOCK)
    for epoch in range(3):
        expected, app_staking, staking = naive_aggregates(chain, epoch)
        loaded = facts_of(facts, epoch)
        assert aggregates_of(loaded) == expected
        assert (loaded.total_app_staking, loaded.total_staking) == (app_staking, staking)


@pytest.mark.parametrize("seed", range(3))
def test_load_facts__begun_with_kept_stakes__equals_the_whole_history(lake, tmp_path, seed):
    print(f"seed {seed}")
    source = random.Random(seed)
    chain = random_chain(source, epochs=5)
    for event in chain.events["stake_changed"]:
        if event["delta"] > 0:  # some become effective epochs after their block
            event["effective_epoch"] += source.choice([0, 0, 1, 3])
    chain.mine().store(lake)
    whole, kept = LakeFacts(lake, CLOCK), LakeFacts(lake, CLOCK, bases=FolderStakeBases(tmp_path / "stakes"))
    since = None
    for epoch in range(5):
        expected = facts_of(whole, epoch)
        with kept.load_facts(epoch, since=since) as reading:
            found = reading.facts
            assert reading.stakes_from == (0 if since is None else since.block.number + 1)
            since = KeptStakes(found.blocks.reference_block, reading.keep_stakes())
        assert aggregates_of(found) == aggregates_of(expected)
        assert (found.total_app_staking, found.total_staking) == (expected.total_app_staking, expected.total_staking)
        assert found.violations == expected.violations


def test_load_facts__kept_stakes_of_another_block__are_not_used(lake, tmp_path):
    chain = governed_chain()
    chain.emit("stake_changed", app=APP, account=USER, role=1, delta=5, effective_epoch=0)
    chain.mine_until(GENESIS + 3 * LENGTH).store(lake)
    facts = LakeFacts(lake, CLOCK, bases=FolderStakeBases(tmp_path / "stakes"))
    with facts.load_facts(0) as reading:
        ours = KeptStakes(reading.facts.blocks.reference_block, reading.keep_stakes())
    foreign = replace(ours, block=BlockRef(ours.block.number, bytes(32)))
    assert facts_of(facts, 1, since=foreign).total_staking == 5
    facts.forget_stakes()
    assert facts_of(facts, 1, since=ours).total_staking == 5


def test_load_facts__blocks_stored_before_a_kind_was_known__refused_until_it_is_fetched(lake):
    chain = governed_chain().mine_until(GENESIS + 3 * LENGTH)
    chain.store(lake)
    lake.execute("DELETE FROM lake.kinds WHERE topic0 = $topic", {"topic": REFERENCE.by_name["EmissionSet"].topic0})
    with pytest.raises(RetryLaterError, match=r"needs kinds of events.*EmissionSet.*run `pozk index`"):
        facts_of(LakeFacts(lake, CLOCK), 1)
    lake.execute("UPDATE lake.coverage SET kinds = NULL")  # as a lake of before says it
    if REFERENCE.counted_topics <= REFERENCE.first_topics:
        assert facts_of(LakeFacts(lake, CLOCK), 1).epoch == 1


def test_load_facts__parameter_events__greatest_from_epoch_then_last_log_is_in_force(lake):
    chain = governed_chain()
    chain.emit("emission_set", from_epoch=2, amount=200).emit("emission_set", from_epoch=1, amount=100)
    chain.emit("emission_set", from_epoch=1, amount=111).emit("emission_set", from_epoch=3, amount=300)
    chain.mine_until(GENESIS + 10 * LENGTH).store(lake)
    facts = LakeFacts(lake, CLOCK)
    assert [facts_of(facts, epoch).emission for epoch in range(5)] == [0, 111, 200, 300, 300]


def test_load_facts__event_after_the_reference_block__is_not_in_force(lake):
    chain = governed_chain().mine_until(GENESIS + LENGTH)
    chain.emit("emission_set", from_epoch=0, amount=5)
    facts = load(chain, lake, 0)
    assert facts.emission == 0


def test_load_facts__stake_made_this_epoch__counts_from_the_next(lake):
    chain = governed_chain()
    chain.emit("stake_changed", app=APP, account=MINER, role=0, delta=5, effective_epoch=1)
    chain.emit("proof_verified", **PROOF, epoch=0)
    chain.mine_until(GENESIS + LENGTH).emit("proof_verified", **PROOF, epoch=1)
    chain.mine_until(GENESIS + 10 * LENGTH).store(lake)
    facts = LakeFacts(lake, CLOCK)
    assert aggregates_of(facts_of(facts, 0))[1, APP, MINER] == (50_000, 0)
    assert aggregates_of(facts_of(facts, 1))[1, APP, MINER] == (50_000, 5)


@pytest.mark.parametrize("seed", range(3))
def test_load_facts__changes_too_great_for_plain_sums__are_summed_exactly(lake, seed):
    print(f"seed {seed}")
    source, chain = random.Random(seed), governed_chain().emit("proof_verified", **PROOF, epoch=0)
    limit = 10**38 - 1
    for account in (MINER, USER):
        stakes = [source.choice([limit, limit - 1, source.randrange(limit), 1]) for _ in range(9)]
        spent = [-stake for stake in stakes[1:]]
        for delta in source.sample(stakes + spent, 17):  # leaves the first
            chain.emit("stake_changed", app=APP, account=account, role=0, delta=delta, effective_epoch=0)
    facts = load(chain, lake, 0)
    stakes = naive_stakes(chain, 0, facts.blocks.reference_block.number)
    total = sum(stakes.values())
    assert facts.total_staking == total
    assert facts.mendable == ()
    assert bool(list_causes(facts)) == (total > limit)
    if total <= limit:
        assert aggregates_of(facts)[1, APP, MINER][1] == stakes[APP, MINER, 0]


def test_keep_stakes__changes_too_great_for_plain_sums__keeps_nothing(lake, tmp_path):
    chain = governed_chain()
    for delta in (10**38 - 1, 1 - 10**38, 10**38 - 1, 5 - 10**38):
        chain.emit("stake_changed", app=APP, account=USER, role=1, delta=delta, effective_epoch=0)
    chain.mine_until(GENESIS + 3 * LENGTH).store(lake)
    facts = LakeFacts(lake, CLOCK, bases=FolderStakeBases(tmp_path / "stakes"))
    with facts.load_facts(0) as reading:
        assert reading.keep_stakes() is None
    assert not list(tmp_path.glob("stakes/*"))
    assert facts_of(facts, 1).total_staking == 4


def test_load_choice_in_force__rulesets_of_several_epochs__is_that_of_the_newest_final_block(lake):
    chain = governed_chain()
    for name, residual, epoch in (("paper-v1", 0, 0), ("paper-v2", 1, 3), ("paper-v1", 1, 9)):
        chain.emit("ruleset_set", from_epoch=epoch, ruleset=name.encode().ljust(32, b"\0"), residual=residual)
    chain.mine_until(GENESIS + 4 * LENGTH).store(lake)
    assert LakeFacts(lake, CLOCK).load_choice_in_force() == RulesetChoice("paper-v2", "normalize")


def test_load_facts__events_that_void__are_those_of_the_epoch_however_late(lake):
    chain = governed_chain().emit("epoch_voided", epoch=0).emit("epoch_voided", epoch=1)
    chain.mine_until(GENESIS + 5 * LENGTH).emit("epoch_voided", epoch=0)
    facts = load(chain, lake, 0)
    assert [(void.block_number, void.log_index) for void in facts.voids] == [(0, 3), (50, 0)]


def test_load_facts__opening_balances__are_those_up_to_the_end_of_the_first_epoch_alone(lake):
    chain = governed_chain().emit("opening_added", token=TOKEN, amount=5, sha256=bytes([1]) * 32)
    chain.emit("opening_added", token=address(8), amount=0, sha256=bytes([1]) * 32)
    chain.mine_until(GENESIS + LENGTH).emit("opening_added", token=address(7), amount=6, sha256=bytes([1]) * 32)
    chain.mine_until(GENESIS + 10 * LENGTH).store(lake)
    facts = LakeFacts(lake, CLOCK)
    assert [(opening.token, opening.amount) for opening in facts_of(facts, 0).openings] == [(TOKEN, 5)]
    assert facts_of(facts, 1).openings == ()


def test_load_facts__bonuses_and_corrections__are_summed_by_key(lake):
    chain = governed_chain()
    for amount in (3, 4):
        chain.emit("bonus_deposited", app=APP, epoch=1, token=TOKEN, amount=amount, from_account=USER)
        chain.emit("correction_added", epoch=1, account=USER, token=TOKEN, amount=10 * amount)
    facts = load(chain, lake, 1)
    assert amounts_to_ints(facts.bonuses.amount) == [7]
    assert [(row.account, row.token, row.amount) for row in facts.corrections] == [(USER, TOKEN, 70)]


def test_load_proposed_root__vetoed_then_proposed_again__is_the_last_that_stands(lake):
    chain = governed_chain()
    first, second = bytes([1]) * 32, bytes([2]) * 32
    chain.emit("root_proposed", epoch=0, root=first, report_hash=first, active_at=1)
    chain.emit("root_vetoed", epoch=0, root=first, by_account=USER)
    chain.emit("root_proposed", epoch=0, root=second, report_hash=second, active_at=1)
    chain.emit("root_proposed", epoch=1, root=first, report_hash=first, active_at=1)
    chain.emit("root_vetoed", epoch=1, root=first, by_account=USER)
    chain.store(lake)
    facts = LakeFacts(lake, CLOCK)
    assert facts.load_proposed_root(0) == (second, second)
    assert facts.load_proposed_root(1) is None


def everything_of(reading):
    """Return what a reading says beyond its facts, and its facts."""
    facts, account = reading.facts, reading.load_account(MINER)
    return aggregates_of(facts), facts.total_staking, facts.emission, account, reading.load_surroundings().stakes


def test_load_facts__epochs_in_two_threads__are_what_each_is_alone(lake, tmp_path):
    chain = random_chain(random.Random(5))
    chain.mine().store(lake)
    facts = LakeFacts(lake, CLOCK, bases=FolderStakeBases(tmp_path / "stakes"))
    alone = []
    for epoch in range(2):
        with facts.load_facts(epoch) as reading:
            alone.append(everything_of(reading))
    both = Barrier(2)

    def read(epoch):
        with facts.load_facts(epoch) as reading:
            both.wait(60)
            found = everything_of(reading)
            both.wait(60)
            reading.keep_stakes()
            return found

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(read, range(2))) == alone
    assert alone[0] != alone[1]


def test_load_facts__more_is_committed_while_it_is_held__is_not_seen(lake):
    chain = governed_chain().emit("proof_verified", **PROOF, epoch=0)
    chain.mine_until(GENESIS + 3 * LENGTH).store(lake)
    facts = LakeFacts(lake, CLOCK)
    with facts.load_facts(0) as reading:
        lake.execute("DELETE FROM lake.proof_verified")
        assert len(reading.load_account(MINER).proofs) == 1
    with pytest.raises(UnsoundError, match="are not what was committed"):
        facts_of(facts, 0)
