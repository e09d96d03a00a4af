"""Golden epochs: what was settled once settles to the same bytes for ever.

The reports in `golden/` are never edited. A change that alters one is a change of the rules: it needs a new ruleset.
"""

import random
from pathlib import Path

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.facts import LakeFacts
from settlement.rules.entitlements.opening import no_opening
from settlement.rules.epoch.report import Network
from settlement.rules.epoch.settlement import Previous, compute_settlement, nothing_before
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.facts.epochs import EpochClock
from tests.settlement.adapters.events import GENESIS, LENGTH, address, random_chain
from tests.settlement.readings import facts_of
from tests.settlement.second_implementation import assert_agrees

pytestmark = pytest.mark.database
GOLDEN = Path(__file__).parent / "golden"
EPOCHS = 3
CASES = [
    (11, "paper-v1", "rollover"),
    (12, "paper-v1", "normalize"),
    (13, "paper-v2", "rollover"),
    (14, "paper-v2", "normalize"),
]
NETWORK = Network(31337, address(0xD1), address(0x70), GENESIS, LENGTH, 0)


def sound_chain(seed):
    """Return a chain without logs in quarantine, with bonuses and corrections; emission and weights change."""
    chain = random_chain(random.Random(seed), epochs=EPOCHS)
    approved = {event["app"]: 0 for event in chain.events["app_approved"]}
    chain.events["app_stopped"].clear()
    chain.events["proof_verified"] = [
        p for p in chain.events["proof_verified"] if sound(chain, p) and p["app"] in approved
    ]
    chain.events["emission_set"] = [
        at_block(0, from_epoch=0, amount=10**24),
        at_block(1, from_epoch=2, amount=10**28 - 1),
    ]
    chain.events["weights_set"].append(
        at_block(1, from_epoch=2, a=1, b=9999, c=6180, d=3820, usage_unit=10**9, log_index=1)
    )
    app = next(iter(approved))
    chain.events["bonus_deposited"] = [
        at_block(2, app=app, epoch=1, token=address(0x71), amount=10**20 + 7, from_account=address(0xF1)),
        at_block(2, app=app, epoch=1, token=address(0x71), amount=3, from_account=address(0xF2), log_index=1),
    ]
    chain.events["correction_added"] = [at_block(3, epoch=2, account=address(0xC0), token=address(0x70), amount=5)]
    return chain.mine()


def sound(chain, proof):
    time = chain.blocks[proof["block_number"]]["timestamp"]
    return proof["epoch"] == (time - GENESIS) // LENGTH


def at_block(number, log_index=0, **arguments):
    return {"block_number": number, "log_index": 900 + log_index, **arguments}


@pytest.mark.parametrize("threads", [1, 5])
@pytest.mark.parametrize(("seed", "ruleset", "residual"), CASES)
def test_compute_settlement__golden_chain__gives_the_same_bytes_for_ever(
    lake_url, tmp_path, seed, ruleset, residual, threads
):
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        sound_chain(seed).store(lake)
        lake.execute(f"SET threads = {threads}")
        facts, previous, settlements = LakeFacts(lake, EpochClock(GENESIS, LENGTH, 0)), nothing_before(), []
        for epoch in range(EPOCHS):
            choice = RulesetChoice(ruleset, residual)
            settled = compute_settlement(NETWORK, facts_of(facts, epoch), choice, previous, no_opening())
            golden = GOLDEN / f"{seed}-{residual}-{epoch}.json"
            assert settled.document == golden.read_bytes(), f"seed {seed}, epoch {epoch}"
            settlements.append(settled)
            previous = Previous(settled.report_hash, settled.leaves, settled.tree)
    if threads == 1:
        assert_agrees(tmp_path / "kept", settlements)
