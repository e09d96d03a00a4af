"""Random networks of the deployed contracts, and collects that they pay by the rule."""

import random
from dataclasses import replace

from settlement.rules.powers.fixed_point import cobb_douglas
from settlement.rules.shadow.pools import SettingsInForce, open_pool, split_of
from settlement.rules.shadow.seen import AppLabor, Collect, EpochLabor, ExtraDeposit, NetworkSeen, Setting

POOL = 10**24


def account(number):
    return number.to_bytes(20, "big")


def settings_of(pool=POOL, alpha=(1, 4), beta=(1, 4), gamma=(1, 4), percent=(90, 10, 10_000), block=0):
    rows = [
        ("alpha", (*alpha, 0)),
        ("beta", (*beta, 0)),
        ("gamma", (*gamma, 0)),
        ("percent", percent),
        ("pool", (pool, 0, 0)),
    ]
    return [Setting((block, place), what, values) for place, (what, values) in enumerate(rows)]


def app_of(work, stake, miners, players):
    """Return an app; miners and players are (labor, stake) each, accounts numbered from 1 and from 101 on."""
    return AppLabor(
        work,
        stake,
        (
            {account(place + 1): own for place, own in enumerate(miners)},
            {account(place + 101): own for place, own in enumerate(players)},
        ),
    )


def random_epoch(rng, epoch=1, apps=4, most=6):
    found = {}
    for app in range(rng.randint(1, apps)):
        miners = [(rng.randint(1, 50), rng.choice((0, 1, rng.randrange(10**24)))) for _ in range(rng.randint(1, most))]
        left, players = sum(labor for labor, _ in miners), []
        while left:
            labor = rng.randint(1, left)
            players.append((labor, rng.choice((0, rng.randrange(1, 10**22)))))
            left -= labor
        found[account(200 + app)] = app_of(rng.randrange(10**7), rng.randrange(1, 10**25), miners, players)
    return EpochLabor(epoch, found)


def random_settings(rng):
    fractions = []
    for _ in range(3):
        den = rng.randint(1, 12)
        fractions.append((rng.randint(1, den), den))
    least = rng.randint(0, 60)
    return settings_of(rng.randrange(POOL), *fractions, (rng.randint(least, 100), least, rng.randint(1, 300)))


def network(epochs, settings, collects=(), extras=None, **others):
    deposits = [ExtraDeposit((1, at), at, *key, amount) for at, (key, amount) in enumerate((extras or {}).items())]
    others["deposits"] = deposits
    fields = {"finalized": 1000, "current_epoch": epochs[-1].epoch + 1, "vesting": "a test"} | others
    return NetworkSeen(epochs=epochs, settings=settings, collects=collects, **fields)


def collects_of(rng, epoch, settings):
    """Return a collect of everybody with labor, in random order, paid by the rule, a block each."""
    force = SettingsInForce()
    for setting in settings:
        force.take(setting)
    rows = []
    for app, labor in epoch.apps.items():
        pool = open_pool(force, epoch, labor)
        for role in (0, 1):
            split = split_of(pool.part(role), labor, role, force.exponent(role))
            rows += [
                Collect((0, 0), 0, bytes(32), epoch.epoch, app, role, each, cobb_douglas(split, *own))
                for each, own in labor.by_role[role].items()
            ]
    rng.shuffle(rows)
    return [replace(row, place=(place + 10, 0)) for place, row in enumerate(rows)]


def seeded(seed):
    rng = random.Random(seed)
    epoch, settings = random_epoch(rng), random_settings(rng)
    return network([epoch], settings, collects_of(rng, epoch, settings))
