"""Small worlds settled: what the chain would say of them as the facts that a settlement reads."""

from hashlib import sha256

import numpy as np

from indexer.words.blocks import BlockRef
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.entitlements.opening import parse_opening
from settlement.rules.epoch.report import Network
from settlement.rules.epoch.settlement import Previous, compute_settlement, nothing_before
from settlement.rules.facts.aggregates import Aggregates, Bonuses
from settlement.rules.facts.epoch_facts import (
    AppSums,
    Correction,
    EpochFacts,
    EventBlocks,
    OpeningSum,
    RulesetChoice,
    Void,
    Weights,
)
from settlement.rules.facts.epochs import EpochBlocks
from tests.settlement.small_worlds import TOKEN

NETWORK = Network(31337, bytes(19) + b"\xd1", TOKEN, 1000, 100, 0)
NOTHING = RulesetChoice("of-no-use", "rollover")


def facts_of(epoch):
    """Return what the settlement reads of a plain epoch."""
    number, rows = epoch.number, epoch.aggregates
    first, last = (BlockRef(at, bytes(31) + bytes([at])) for at in (10 * number + 1, 10 * number + 9))
    sums = {row[1]: row[3] for row in rows if row[0] == 3}, {row[1]: row[3] for row in rows if row[0] == 4}
    file, openings = epoch.opening_file(), {}
    for token, _, wei in epoch.opening:
        openings[token] = openings.get(token, 0) + wei
    return EpochFacts(
        epoch=number,
        family="paper",
        blocks=EpochBlocks(first, last, is_empty=False),
        events=EventBlocks(np.zeros(0, np.uint64), np.zeros((0, 32), np.uint8), np.zeros(0, np.uint32)),
        weights=Weights(*epoch.weights, epoch.usage_unit),
        alphas={0: 1000, 1: 200, 2: 4000},
        emission=epoch.emission,
        choice=RulesetChoice(epoch.ruleset, epoch.residual),
        suspects=(),
        voids=(Void(first.number, 0),) if epoch.voided else (),
        violations=(),
        mendable=(),
        aggregates=Aggregates(
            np.array([row[0] for row in rows], dtype=np.uint8),
            addresses_from_bytes([row[1] for row in rows]),
            addresses_from_bytes([row[2] for row in rows]),
            amounts_from_ints(row[3] for row in rows),
            amounts_from_ints(row[4] for row in rows),
        ),
        bonuses=Bonuses(
            addresses_from_bytes([row[0] for row in epoch.bonuses]),
            addresses_from_bytes([row[1] for row in epoch.bonuses]),
            amounts_from_ints(row[2] for row in epoch.bonuses),
            addresses_from_bytes([row[3] for row in epoch.bonuses]),
        ),
        corrections=tuple(Correction(who, token, wei) for who, token, wei in epoch.corrections),
        openings=tuple(OpeningSum(token, wei, sha256(file).digest()) for token, wei in sorted(openings.items())),
        apps=tuple(AppSums(row[1], row[3], sums[0][row[1]], sums[1][row[1]]) for row in rows if row[0] == 0),
        total_app_staking=epoch.total_app_staking,
        total_staking=epoch.total_staking,
        proofs=sum(sums[1].values()),
    )


def settle(world):
    """Return the settlements of a plain world, one after the other."""
    settled, previous = [], nothing_before()
    for epoch in world:
        facts = facts_of(epoch)
        opening = parse_opening(facts.openings, epoch.opening_file(), "the file")
        settled.append(compute_settlement(NETWORK, facts, NOTHING, previous, opening))
        previous = Previous(settled[-1].report_hash, settled[-1].leaves, settled[-1].tree)
    return settled
