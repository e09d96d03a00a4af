"""Chains of many proofs and stakes, stored in a lake."""

import random

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address


def chain_of(apps=2, accounts=40, seed=1):
    """Return a chain of two epochs with many proofs of accounts that differ in their first byte, and with stakes."""
    rng = random.Random(seed)
    chain = MadeUpChain().mine()
    chain.emit("weights_set", from_epoch=0, a=2500, b=7500, c=5000, d=5000, usage_unit=7)
    chain.emit("emission_set", from_epoch=0, amount=10**24)
    for scheme in range(3):
        chain.emit("scheme_weight_set", from_epoch=0, scheme=scheme, alpha_milli=1000 + scheme)
    people = [rng.randbytes(20) for _ in range(accounts)]
    for app in map(address, range(1, apps + 1)):
        chain.emit("app_approved", app=app, from_epoch=0, scheme=0, gates=40)
        for account in people:
            for role in (0, 1):
                chain.emit(
                    "stake_changed",
                    app=app,
                    account=account,
                    role=role,
                    delta=rng.randrange(1, 10**24),
                    effective_epoch=0,
                )
    while chain.blocks[-1]["timestamp"] < GENESIS + 2 * LENGTH:
        chain.mine()
        epoch = (chain.blocks[-1]["timestamp"] - GENESIS) // LENGTH
        for _ in range(20):
            chain.emit(
                "proof_verified",
                app=address(rng.randint(1, apps)),
                miner=rng.choice(people),
                user=rng.choice(people),
                scheme=rng.randrange(3),
                gates=rng.randrange(1, 2**40),
                epoch=epoch,
            )
    return chain


def stored(place, chain):
    with open_lake(*place, REFERENCE) as lake:
        chain.store(lake)
