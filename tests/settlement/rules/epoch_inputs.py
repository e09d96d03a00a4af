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
def paper_documents(draw, weights=WEIGHTS, residual=RESIDUAL, bonuses=False):
    """Return one epoch of `paper-v1` with up to 3 apps and 5 accounts in each role and app."""
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
    total_app = sum(row["user_stake"] for row in apps)
    document = {
        "ruleset": "paper-v1",
        "pool": draw(st.sampled_from(POOLS)),
        "weights": {"a": a, "b": b, "c": c, "d": d},
        "usage_unit": draw(st.sampled_from([0, 1, 10**12])),
        "residual": draw(residual),
        "total_app_staking": total_app + draw(st.sampled_from([0, 1, 10**24])),
        "total_staking": sum(row["stake"] for row in miners + users) + draw(st.sampled_from([0, 1, 10**24])),
        "apps": apps,
        "miners": miners,
        "users": users,
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


def naive_amounts(document) -> dict[tuple[str, str, str], int]:
    """Return (account, app, role) -> floor of one `paper-v1` document, before any normalization."""
    return {key: naive_floor(scale, factors) for key, (scale, factors) in naive_factors(document).items()}


def naive_factors(document) -> dict[tuple[str, str, str], tuple[int, list[tuple[int, int, int]]]]:
    """Return (account, app, role) -> (scale, factors (p, q, exponent in basis points)) of one `paper-v1` document."""
    weight = {key: int(value) for key, value in document["weights"].items()}
    work_of = {
        app["app"]: sum(int(r["work"]) for r in document["miners"] if r["app"] == app["app"])
        for app in document["apps"]
    }
    tasks_of = {
        app["app"]: sum(int(r["tasks"]) for r in document["users"] if r["app"] == app["app"])
        for app in document["apps"]
    }
    counted = {app["app"]: app for app in document["apps"] if work_of[app["app"]] + tasks_of[app["app"]] > 0}
    work, usage = sum(work_of.values()), int(document["usage_unit"]) * sum(tasks_of.values())
    total_cs = sum(int(app["circuit_work"]) for app in counted.values())
    found = {}
    for role, rows, x, totals, part in (
        ("miner", document["miners"], "work", work_of, work),
        ("user", document["users"], "tasks", tasks_of, usage),
    ):
        for row in rows:
            key = (row["account"], row["app"], role)
            if row["app"] not in counted or part == 0:
                found[key] = (0, [])
                continue
            app = counted[row["app"]]
            factors = [
                (part, work + usage, 10_000),
                (int(app["circuit_work"]), total_cs, weight["a"]),
                (int(app["user_stake"]), int(document["total_app_staking"]), weight["b"]),
                (int(row[x]), totals[row["app"]], weight["c"]),
                (int(row["stake"]), int(document["total_staking"]), weight["d"]),
            ]
            found[key] = (int(document["pool"]), factors)
    return found


def amounts_of(output) -> dict[tuple[str, str, str], int]:
    """Return (account, app, role) -> amount of an output document."""
    return {(row["account"], row["app"], row["role"]): int(row["amount"]) for row in output["amounts"]}
