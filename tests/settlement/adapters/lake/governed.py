"""Chains of one approved app, and the facts read of them."""

from settlement.adapters.lake.facts import LakeFacts
from settlement.rules.columns.conversions import amounts_to_ints
from settlement.rules.facts.epochs import EpochClock
from tests.settlement.adapters.events import (
    GENESIS,
    LENGTH,
    MadeUpChain,
    address,
)
from tests.settlement.readings import facts_of

CLOCK = EpochClock(GENESIS, LENGTH, 0)
APP, MINER, USER, TOKEN = address(1), address(2), address(3), address(9)
PROOF = {"app": APP, "miner": MINER, "user": USER, "scheme": 0, "gates": 50}


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
