"""The facts of a small sound epoch, to be changed in one thing at a time."""

from dataclasses import replace

import numpy as np

from indexer.words.blocks import BlockRef
from settlement.rules.facts.aggregates import no_aggregates, no_bonuses
from settlement.rules.facts.epoch_facts import AppSums, EpochFacts, EventBlocks, RulesetChoice, Weights
from settlement.rules.facts.epochs import EpochBlocks

EPOCH, REFERENCE = 7, 90
APP = bytes(19) + b"\1"


def sound_facts(**changes):
    """Return the facts of epoch 7, whose reference block is 90: one app, one proof, nothing out of order."""
    facts = EpochFacts(
        epoch=EPOCH,
        family="paper",
        blocks=EpochBlocks(BlockRef(80, bytes(32)), BlockRef(REFERENCE, bytes(32)), is_empty=False),
        events=EventBlocks(np.zeros(0, np.uint64), np.zeros((0, 32), np.uint8), np.zeros(0, np.uint32)),
        weights=Weights(2500, 7500, 5000, 5000, 7),
        alphas={0: 1000},
        emission=10**24,
        choice=RulesetChoice("paper-v2", "rollover"),
        suspects=(),
        voids=(),
        violations=(),
        mendable=(),
        aggregates=no_aggregates(),
        bonuses=no_bonuses(),
        corrections=(),
        openings=(),
        apps=(AppSums(APP, 40_000, 50_000, 1),),
        total_app_staking=1,
        total_staking=2,
        proofs=1,
    )
    return replace(facts, **changes)
