import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pyarrow as pa
import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.proof.checkpoints import FIRST_BLOCK, format_checkpoint
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRef
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.lake.stake_bases import FolderStakeBases
from settlement.rules.columns.conversions import amounts_to_ints
from settlement.rules.epoch.causes import list_causes, verify_settleable
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.facts.epochs import EpochClock
from settlement.words.errors import EpochUnfinishedError
from tests.settlement.adapters.events import (
    GENESIS,
    LENGTH,
    MadeUpChain,
    address,
    block_hash,
    naive_aggregates,
    naive_stakes,
    random_chain,
)
from tests.settlement.readings import facts_of

pytestmark = pytest.mark.database
CLOCK = EpochClock(GENESIS, LENGTH, 0)
APP, MINER, USER, TOKEN = address(1), address(2), address(3), address(9)
PROOF = {"app": APP, "miner": MINER, "user": USER, "scheme": 0, "gates": 50}


@pytest.fixture
def lake(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path, REFERENCE) as opened:
        yield opened


def governed_chain(**options):
    chain = MadeUpChain(**options).mine()
    chain.emit("weights_set", from_epoch=0, a=2500, b=7500, c=5000, d=5000, usage_unit=7)
    chain.emit("scheme_weight_set", from_epoch=0, scheme=0, alpha_milli=1000)
    chain.emit("app_approved", app=APP, from_epoch=0, scheme=0, gates=40)
    return chain


def load(chain, lake, epoch, clock=CLOCK):
    chain.mine_until(GENESIS + 10 * LENGTH)
    chain.store(lake)
    return facts_of(LakeFacts(lake, clock), epoch)


def aggregates_of(facts):
    columns = facts.aggregates
    rows = zip(
        columns.kind.tolist(),
        (row.tobytes() for row in columns.app),
        (row.tobytes() for row in columns.account),
        amounts_to_ints(columns.x),
        amounts_to_ints(columns.stake),
        strict=True,
    )
    return {(kind, app, account): (x, stake) for kind, app, account, x, stake in rows}


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
            assert reading.stakes_from == (0 if since is None else since.number + 1)
            reading.keep_stakes()
        assert aggregates_of(found) == aggregates_of(expected)
        assert (found.total_app_staking, found.total_staking) == (expected.total_app_staking, expected.total_staking)
        assert found.violations == expected.violations
        since = found.blocks.reference_block


def test_load_facts__kept_stakes_of_another_block__are_not_used(lake, tmp_path):
    chain = governed_chain()
    chain.emit("stake_changed", app=APP, account=USER, role=1, delta=5, effective_epoch=0)
    chain.mine_until(GENESIS + 3 * LENGTH).store(lake)
    facts = LakeFacts(lake, CLOCK, bases=FolderStakeBases(tmp_path / "stakes"))
    with facts.load_facts(0) as reading:
        first = reading.facts
        reading.keep_stakes()
    foreign = BlockRef(first.blocks.reference_block.number, bytes(32))
    assert facts_of(facts, 1, since=foreign).total_staking == 5
    facts.forget_stakes()
    assert facts_of(facts, 1, since=first.blocks.reference_block).total_staking == 5


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


def test_load_facts__negative_stake__stops_settlement(lake):
    chain = governed_chain().emit("stake_changed", app=APP, account=MINER, role=0, delta=-1, effective_epoch=0)
    with pytest.raises(UnsoundError, match=f"account {MINER.hex()} role 0 is -1"):
        verify_settleable(load(chain, lake, 0))


def test_load_facts__scheme_without_weight__stops_settlement(lake):
    chain = governed_chain().emit("proof_verified", **PROOF | {"scheme": 2}, epoch=0)
    with pytest.raises(UnsoundError, match="weight of scheme 2 is none in force"):
        verify_settleable(load(chain, lake, 0))


def test_load_facts__stake_sum_above_the_limit__stops_settlement(lake):
    chain = governed_chain().emit("proof_verified", **PROOF, epoch=0)
    for _ in range(2):
        chain.emit("stake_changed", app=APP, account=USER, role=1, delta=10**38 - 1, effective_epoch=0)
    with pytest.raises(UnsoundError, match="role 1 is beyond"):
        verify_settleable(load(chain, lake, 0))


@pytest.mark.parametrize(("table", "who"), [("bonus_deposited", "from_account"), ("correction_added", "account")])
def test_load_facts__amounts_that_add_up_to_too_much__name_their_group(lake, table, who):
    chain = governed_chain()
    for _ in range(2):
        chain.emit(table, epoch=0, app=APP, token=TOKEN, amount=10**38 - 1, **{who: USER})
    with pytest.raises(UnsoundError, match=f"add up to too much.*0x{USER.hex()}"):
        load(chain, lake, 0)


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
        first = reading.facts
        reading.keep_stakes()
    assert not list(tmp_path.glob("stakes/*"))
    assert facts_of(facts, 1, since=first.blocks.reference_block).total_staking == 4


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


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"epoch": 1}, "epoch of the proof is not that of its block"),
        ({"epoch": 0, "app": address(77)}, "app not approved for the epoch"),
    ],
)
def test_load_facts__unsound_proof__blocks_its_epoch_until_decided(lake, arguments, reason):
    chain = governed_chain().emit("proof_verified", **PROOF | arguments)
    facts = load(chain, lake, 0)
    assert [(log.event, log.reason, log.decision) for log in facts.suspects] == [("ProofVerified", reason, None)]
    with pytest.raises(UnsoundError, match=reason):
        verify_settleable(facts)


def test_load_facts__decision_in_a_later_epoch__frees_the_epoch_and_ignores_the_log(lake):
    chain = governed_chain().emit("proof_verified", **PROOF, epoch=0).emit("proof_verified", **PROOF, epoch=9)
    log = chain.events["proof_verified"][1]
    chain.mine_until(GENESIS + 5 * LENGTH)
    named = {"decided_block_hash": block_hash(log["block_number"]), "decided_log_index": log["log_index"]}
    chain.emit("quarantine_decided", decision=0, **named).emit("quarantine_decided", decision=9, **named)
    facts = load(chain, lake, 0)
    assert [(s.log_index, s.decision) for s in facts.suspects] == [(log["log_index"], 0)]
    verify_settleable(facts)
    assert facts.proofs == 1


def test_load_facts__unknown_decision__still_blocks(lake):
    chain = governed_chain().emit("proof_verified", **PROOF, epoch=9)
    log = chain.events["proof_verified"][0]
    named = {"decided_block_hash": block_hash(log["block_number"]), "decided_log_index": log["log_index"]}
    chain.emit("quarantine_decided", decision=1, **named)
    with pytest.raises(UnsoundError, match="unknown decision 1"):
        verify_settleable(load(chain, lake, 0))


@pytest.mark.parametrize(("event", "blocks"), [("StakeChanged", True), ("TaskPosted", False), ("Claimed", False)])
def test_load_facts__log_quarantined_by_the_indexer__blocks_if_its_kind_is_read(lake, event, blocks):
    chain = governed_chain()
    chain.quarantine(event)
    assert bool(load(chain, lake, 0).suspects) == blocks


def test_load_facts__proof_and_bonus_before_genesis__are_in_quarantine_of_the_first_epoch(lake):
    chain = governed_chain(start=GENESIS - 50).emit("proof_verified", **PROOF, epoch=0)
    chain.emit("bonus_deposited", app=APP, epoch=0, token=TOKEN, amount=5, from_account=USER)
    facts = load(chain, lake, 0)
    assert sorted(log.reason for log in facts.suspects) == ["bonus before genesis", "proof before genesis"]
    assert len(facts.bonuses) == 0
    assert facts.proofs == 0


def test_load_facts__blocks_before_genesis__belong_to_the_first_epochs_digest(lake):
    chain = governed_chain(start=GENESIS - 50)
    facts = load(chain, lake, 0)
    assert facts.events.numbers.tolist() == [0]
    assert facts.blocks.first_block.number == 5


def test_load_facts__bonuses_and_corrections__are_summed_by_key(lake):
    chain = governed_chain()
    for amount in (3, 4):
        chain.emit("bonus_deposited", app=APP, epoch=1, token=TOKEN, amount=amount, from_account=USER)
        chain.emit("correction_added", epoch=1, account=USER, token=TOKEN, amount=10 * amount)
    facts = load(chain, lake, 1)
    assert amounts_to_ints(facts.bonuses.amount) == [7]
    assert [(row.account, row.token, row.amount) for row in facts.corrections] == [(USER, TOKEN, 70)]


def test_load_facts__bonus_for_a_past_epoch__is_in_quarantine(lake):
    chain = governed_chain().mine_until(GENESIS + 2 * LENGTH)
    chain.emit("bonus_deposited", app=APP, epoch=1, token=TOKEN, amount=3, from_account=USER)
    facts = load(chain, lake, 2)
    assert [log.reason for log in facts.suspects] == ["bonus for a past epoch"]


def test_load_facts__epoch_without_blocks__repeats_the_previous_reference_block(lake):
    chain = governed_chain().mine_until(GENESIS + LENGTH - 10)
    last = chain.blocks[-1]["number"]
    chain.mine(timestamp=GENESIS + 2 * LENGTH)
    chain.mine(timestamp=GENESIS + 3 * LENGTH).store(lake)
    facts = facts_of(LakeFacts(lake, CLOCK), 1)
    assert facts.blocks.is_empty
    assert facts.blocks.first_block.number == facts.blocks.reference_block.number == last
    assert facts.events.numbers.tolist() == []


def test_load_blocks__no_block_for_many_epochs__finds_the_blocks_on_both_sides(lake):
    chain = governed_chain().mine_until(GENESIS + LENGTH - 10)
    last = chain.blocks[-1]["number"]
    for end in (7, 8):
        chain.mine(timestamp=GENESIS + end * LENGTH)
    chain.store(lake)
    facts = LakeFacts(lake, CLOCK)
    for epoch in (1, 3, 6):
        blocks = facts.load_blocks(epoch)
        assert (blocks.is_empty, blocks.reference_block.number) == (True, last)
    assert facts.load_blocks(7).first_block.number == last + 1


def test_load_blocks__epoch_first_began_below_the_first_stored_block__its_true_first_block(lake):
    chain = governed_chain().mine_until(GENESIS + 2 * LENGTH)
    chain.store(lake)
    opening = BlockRef(0, b"\x07" * 32)
    lake.append("identity", pa.Table.from_pylist([{"key": FIRST_BLOCK, "value": format_checkpoint(opening)}]))
    facts = LakeFacts(lake, CLOCK)
    assert facts.load_blocks(0).first_block == opening
    assert facts.load_blocks(1).first_block != opening


def test_load_facts__epoch_not_ended__says_so(lake):
    chain = governed_chain().mine_until(GENESIS + 2 * LENGTH - 10)
    chain.store(lake)
    facts = LakeFacts(lake, CLOCK)
    facts_of(facts, 0)
    with pytest.raises(EpochUnfinishedError, match="epoch 1 is not finished"):
        facts_of(facts, 1)


def test_load_facts__empty_lake__is_try_again(lake):
    with pytest.raises(RetryLaterError, match="nothing is indexed yet"):
        facts_of(LakeFacts(lake, CLOCK), 0)


def test_load_facts__first_epoch_before_the_chain__is_a_wrong_configuration(lake):
    chain = governed_chain(start=GENESIS + 3 * LENGTH)
    with pytest.raises(InputError, match="ends before the chain begins"):
        load(chain, lake, 0)


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
