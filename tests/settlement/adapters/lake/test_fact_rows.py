import pytest

from indexer.words.errors import UnsoundError
from settlement.rules.epoch.causes import verify_settleable
from tests.settlement.adapters.events import (
    GENESIS,
    LENGTH,
    address,
    block_hash,
)
from tests.settlement.adapters.lake.governed import APP, MINER, PROOF, TOKEN, USER, governed_chain, load

pytestmark = pytest.mark.database


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


def test_load_facts__bonus_for_a_past_epoch__is_in_quarantine(lake):
    chain = governed_chain().mine_until(GENESIS + 2 * LENGTH)
    chain.emit("bonus_deposited", app=APP, epoch=1, token=TOKEN, amount=3, from_account=USER)
    facts = load(chain, lake, 2)
    assert [log.reason for log in facts.suspects] == ["bonus for a past epoch"]
