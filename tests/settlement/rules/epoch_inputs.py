"""Random epochs for the tests of the rules, as documents of `pozk allocate`, and a naive evaluation of them.

The evaluation is written from the formula, in plain integers: floor of the Q-th root of a rational.
"""

import random
from hashlib import sha256
from math import gcd

from hypothesis import strategies as st

WEIGHTS = ((5000, 5000), (2500, 7500), (0, 10000), (10000, 0), (6000, 4000), (8000, 2000))
POOLS = (0, 1, 7, 10**18, 10**24 + 1, 10**28)


def address(number: int) -> str:
    """Return a fixed address, spread over the whole range."""
    return "0x" + sha256(str(number).encode()).hexdigest()[:40]


RESIDUAL = st.sampled_from(["rollover", "normalize"])
AMOUNT = st.one_of(
    st.just(0),
    st.integers(1, 9),
    st.integers(10**17, 10**19),
    st.integers(0, 10**27),
    st.sampled_from([10**18, 10**24, 10**27]),
)


@st.composite
def paper_documents(draw, weights=WEIGHTS, residual=RESIDUAL, bonuses=False, ruleset="paper-v1"):
    """Return one epoch of a ruleset of the paper with up to 3 apps and 5 accounts in each role and app."""
    apps = [
        {"app": address(n), "circuit_work": draw(AMOUNT), "user_stake": draw(AMOUNT)}
        for n in range(draw(st.integers(1, 3)))
    ]
    miners, users = [], []
    for app in apps:
        for rows, x in ((miners, "work"), (users, "tasks")):
            for account in draw(st.sets(st.integers(100, 104), max_size=4)):
                rows.append(
                    {
                        "app": app["app"],
                        "account": address(account),
                        x: draw(st.integers(0, 10**15)),
                        "stake": draw(AMOUNT),
                    }
                )
    (a, b), (c, d) = draw(st.sampled_from(weights)), draw(st.sampled_from(weights))
    totals = draw(network_totals(apps, miners, users) if ruleset == "paper-v1" else own_totals(apps, miners, users))
    document = {
        "ruleset": ruleset,
        "pool": draw(st.sampled_from(POOLS)),
        "weights": {"a": a, "b": b, "c": c, "d": d},
        "usage_unit": draw(st.sampled_from([0, 1, 10**12])),
        "residual": draw(residual),
        "apps": apps,
        "miners": miners,
        "users": users,
        **totals,
    }
    if bonuses:
        document["bonuses"] = [
            {
                "app": address(draw(st.integers(0, 3))),
                "token": address(900 + draw(st.integers(0, 1))),
                "amount": draw(AMOUNT),
                "from": address(draw(st.integers(100, 106))),
            }
            for _ in range(draw(st.integers(1, 6)))
        ]
    return in_strings(document)


IDLE = st.sampled_from([0, 1, 10**24])
"""Stake of accounts and apps without a row."""


@st.composite
def network_totals(draw, apps, miners, users):
    """Return the totals of `paper-v1`: at least what the rows have."""
    return {
        "total_app_staking": sum(row["user_stake"] for row in apps) + draw(IDLE),
        "total_staking": sum(row["stake"] for row in miners + users) + draw(IDLE),
    }


@st.composite
def own_totals(draw, apps, miners, users):
    """Give the apps the totals of `paper-v2`, the stakes of all their miners and users: at least what the rows have."""
    for app in apps:
        for name, rows in (("miner_stake", miners), ("user_stake", users)):
            app[name] = sum(row["stake"] for row in rows if row["app"] == app["app"]) + draw(IDLE)
    return {}


def even_network(ruleset, count, pool=10**27):
    """Return `count` apps alike, each with two miners and two users of like work, tasks and stake; weights one half."""
    apps = [
        {"app": address(n), "circuit_work": 9, "user_stake": 2 * 10**24, "miner_stake": 2 * 10**24}
        for n in range(count)
    ]
    rows = [{"app": app["app"], "account": address(who), "stake": 10**24} for app in apps for who in (1000, 1001)]
    return in_strings(
        {
            "ruleset": ruleset,
            "pool": pool,
            "weights": dict.fromkeys("abcd", 5000),
            "usage_unit": 10,
            "residual": "rollover",
            "total_app_staking": 2 * count * 10**24,
            "total_staking": 4 * count * 10**24,
            "apps": apps,
            "miners": [row | {"work": 10} for row in rows],
            "users": [row | {"tasks": 1} for row in rows],
        }
    )


def in_strings(document):
    """Return the document with every integer as a string."""
    if isinstance(document, dict):
        return {key: in_strings(value) for key, value in document.items()}
    if isinstance(document, list):
        return [in_strings(value) for value in document]
    return str(document) if isinstance(document, int) else document


def naive_floor(scale: int, factors: list[tuple[int, int, int]]) -> int:
    """Return floor(scale * product of (p / q) ** (e / 10000)) by whole powers and a bisected root."""
    root = 10_000
    for _, _, exponent in factors:
        root = gcd(root, exponent)
    root = 10_000 // root
    numerator, denominator = scale**root, 1
    for p, q, exponent in factors:
        power = exponent * root // 10_000
        if power:
            numerator, denominator = numerator * p**power, denominator * q**power
        if numerator == 0:
            return 0
    low, high = 0, 1
    while high**root * denominator <= numerator:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if middle**root * denominator <= numerator else (low, middle)
    return low


def is_floor(amount: int, scale: int, factors: list[tuple[int, int, int]]) -> bool:
    """Return whether amount <= scale * product of (p / q) ** (e / 10000) < amount + 1, by powers of ten thousand."""
    numerator, denominator = scale**10_000, 1
    for p, q, exponent in factors:
        numerator, denominator = numerator * p**exponent, denominator * q**exponent
    return amount**10_000 * denominator <= numerator < (amount + 1) ** 10_000 * denominator


def seeded(seed: int) -> random.Random:
    """Return a source of repeatable test data."""
    return random.Random(seed)


def amounts_of(output) -> dict[tuple[str, str, str], int]:
    """Return (account, app, role) -> amount of an output document."""
    return {(row["account"], row["app"], row["role"]): int(row["amount"]) for row in output["amounts"]}
