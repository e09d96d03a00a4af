"""Properties of `pozk-v1` and `pozk-v1-fixed`, and the two against each other."""

import copy

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indexer.words.errors import InputError
from settlement.rules.questions.allocate_document import evaluate_document
from tests.settlement.rules.epoch_inputs import address, amounts_of, in_strings, naive_floor

EXPONENTS = st.sampled_from([[1, 2], [1, 4], [3, 4], [1, 1], [1, 5]])
STAKE = st.one_of(st.just(0), st.integers(1, 10**27))


@st.composite
def pozk_documents(draw, ruleset="pozk-v1"):
    """Return one epoch: up to 3 apps, whose miners and users have the same labor in all."""
    apps, miners, users = [], [], []
    for number in range(draw(st.integers(1, 3))):
        app = address(number)
        apps.append({"app": app, "pozk": draw(st.integers(0, 10**9)), "stake": draw(STAKE)})
        counts = draw(st.lists(st.integers(0, 50), max_size=4))
        for place, count in enumerate(counts):
            miners.append({"app": app, "account": address(100 + place), "tasks": count, "stake": draw(STAKE)})
            users.append(
                {"app": app, "account": address(200 + place), "tasks": counts[-1 - place], "stake": draw(STAKE)}
            )
    return in_strings(
        {
            "ruleset": ruleset,
            "pool": draw(st.sampled_from([0, 1, 7, 10**18, 10**24 + 1, 10**28])),
            "alpha": draw(EXPONENTS),
            "beta": draw(EXPONENTS),
            "gamma": draw(EXPONENTS),
            "miner_max_per": 90,
            "miner_min_per": 10,
            "player_max_num": draw(st.sampled_from([0, 10, 1000])),
            "apps": apps,
            "miners": miners,
            "users": users,
        }
    )


def naive_cd(pool, x, x_all, stake, stake_all, exponent):
    """Return CD by the formula of the specification."""
    if x == 0 or stake == 0:
        return 0
    if x == x_all or stake == stake_all:
        return pool
    num, den = (int(part) for part in exponent)
    bps = 10_000 * num // den
    return naive_floor(pool, [(x, x_all, bps), (stake, stake_all, 10_000 - bps)])


def naive_pozk(document):
    """Return (account, app, role) -> amount of an exact document, written from the formula."""
    rows = {"miner": document["miners"], "user": document["users"]}
    labor = {
        app["app"]: sum(int(row["tasks"]) for row in rows["miner"] if row["app"] == app["app"])
        for app in document["apps"]
    }
    active = {app["app"]: app for app in document["apps"] if labor[app["app"]] > 0 and int(app["stake"]) > 0}
    pozk, stakes = (sum(int(app[key]) for app in active.values()) for key in ("pozk", "stake"))
    amounts = {}
    for name, app in active.items():
        phi = naive_cd(int(document["pool"]), int(app["pozk"]), pozk, int(app["stake"]), stakes, document["alpha"])
        most, least, full = (int(document[key]) for key in ("miner_max_per", "miner_min_per", "player_max_num"))
        percent = most if labor[name] >= full else labor[name] * (most - least) // full + least
        pools = {"miner": phi * percent // 100, "user": phi - phi * percent // 100}
        for role, exponent in (("miner", document["beta"]), ("user", document["gamma"])):
            own = [row for row in rows[role] if row["app"] == name]
            whole = sum(int(row["stake"]) for row in own if int(row["tasks"]) > 0)
            for row in own:
                tasks, stake = int(row["tasks"]), int(row["stake"])
                amounts[row["account"], name, role] = naive_cd(pools[role], tasks, labor[name], stake, whole, exponent)
    return amounts


@given(pozk_documents())
@settings(max_examples=100)
def test_allocate__random_epochs__agree_with_the_naive_evaluation_and_are_conserved(document):
    output = evaluate_document(document)
    assert amounts_of(output) == naive_pozk(document)
    assert int(output["distributed"]) + int(output["remainder"]) == int(document["pool"])
    assert int(output["remainder"]) >= 0


@given(pozk_documents(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_allocate__rows_permuted__changes_nothing(document, shuffler):
    shuffled = copy.deepcopy(document)
    for table in ("apps", "miners", "users"):
        shuffler.shuffle(shuffled[table])
    assert evaluate_document(shuffled) == evaluate_document(document)


@given(pozk_documents(), st.integers(2, 10**9))
@settings(max_examples=40)
def test_allocate__all_stakes_scaled__changes_nothing(document, by):
    scaled = copy.deepcopy(document)
    for table in ("apps", "miners", "users"):
        for row in scaled[table]:
            row["stake"] = str(int(row["stake"]) * by)
    assert evaluate_document(scaled) == evaluate_document(document)


@given(pozk_documents(), st.data())
@settings(max_examples=60)
def test_allocate__more_stake_of_a_miner__never_pays_it_less(document, data):
    assume(document["miners"])
    place = data.draw(st.integers(0, len(document["miners"]) - 1))
    more = copy.deepcopy(document)
    own = more["miners"][place]
    own["stake"] = str(int(own["stake"]) + data.draw(st.integers(1, 10**24)))
    key = (own["account"], own["app"], "miner")
    assert amounts_of(evaluate_document(more)).get(key, 0) >= amounts_of(evaluate_document(document)).get(key, 0)


@given(pozk_documents(), st.data())
@settings(max_examples=60)
def test_allocate__more_work_of_a_miner__never_pays_it_less(document, data):
    """Its share of the labor grows, and with the labor the miners' part of the app's pool."""
    assume(document["miners"])
    place, extra = data.draw(st.integers(0, len(document["miners"]) - 1)), data.draw(st.integers(1, 2000))
    more = copy.deepcopy(document)
    for table in ("miners", "users"):  # every task proven has a user
        own = more[table][place]
        own["tasks"] = str(int(own["tasks"]) + extra)
    assume(any(int(row["tasks"]) for row in document["miners"] if row["app"] == own["app"]))  # else the app comes in
    key = (more["miners"][place]["account"], own["app"], "miner")
    assert amounts_of(evaluate_document(more)).get(key, 0) >= amounts_of(evaluate_document(document)).get(key, 0)


@given(
    st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**27), st.integers(0, 10**27), EXPONENTS,
    st.sampled_from([(9, 10**26), (0, 10**26), (9, 0), (0, 0)]),
)  # fmt: skip
@settings(max_examples=100)
def test_allocate__a_miner_split_in_two__gains_nothing(x1, x2, s1, s2, exponent, rest):
    """Splitting theorem: (x1+x2)^e (s1+s2)^(1-e) >= x1^e s1^(1-e) + x2^e s2^(1-e) (Hoelder's inequality).

    The shortcuts keep it: who has all the labor or all the stake gets the pool whole, and then the other half has no
    labor or no stake. A half without labor leaves the sum of stakes, and (s - t) / (S - t) <= s / S.
    """
    assume(x1 + x2 + rest[0] > 0)
    whole = amounts_of(evaluate_document(one_app_of([(x1 + x2, s1 + s2), rest], exponent)))
    parts = amounts_of(evaluate_document(one_app_of([(x1, s1), rest, (x2, s2)], exponent)))
    halves = parts[address(100), address(0), "miner"] + parts[address(102), address(0), "miner"]
    assert halves <= whole[address(100), address(0), "miner"]


@given(pozk_documents())
@settings(max_examples=60)
def test_allocate__rows_without_tasks_or_stake__are_paid_nothing(document):
    paid = amounts_of(evaluate_document(document))
    for table, role in (("miners", "miner"), ("users", "user")):
        for row in document[table]:
            if "0" in (row["tasks"], row["stake"]):
                assert paid.get((row["account"], row["app"], role), 0) == 0


def one_app_of(miners, exponent):
    """Return an epoch of one app; miners are (tasks, stake), one user has all of the tasks."""
    app = address(0)
    rows = [{"app": app, "account": address(100 + n), "tasks": x, "stake": s} for n, (x, s) in enumerate(miners)]
    user = {"app": app, "account": address(200), "tasks": sum(x for x, _ in miners), "stake": 1}
    document = one_app_each(pozk=[5], stakes=[1])
    return in_strings({**document, "pool": 10**28, "beta": exponent, "miners": rows, "users": [user]})


@given(pozk_documents())
@settings(max_examples=60)
def test_allocate__fixed_point__is_as_close_to_the_exact_rule_as_measured(document):
    """Each CD misses by at most exact * (e * 3.352e-15 + 2^-124 / share) + 1 wei: generously 10^-12 here."""
    exact = amounts_of(evaluate_document(document))
    try:
        fixed = amounts_of(evaluate_document({**document, "ruleset": "pozk-v1-fixed"}))
    except InputError as error:
        assert "revert" in error.line()  # noqa: PT017 - the contracts revert on shares below 2^-127
        return
    assert exact.keys() == fixed.keys()
    pool = int(document["pool"])
    for key, amount in exact.items():
        assert abs(fixed[key] - amount) <= amount // 10**9 + pool // 10**12 + 3


def test_allocate__work_of_zero__stays_active_and_its_stake_counts():
    document = one_app_each(pozk=[0, 5], stakes=[3, 1])
    paid = amounts_of(evaluate_document(document))
    assert paid[address(100), address(0), "miner"] == 0
    assert paid[address(100), address(1), "miner"] == 900  # 5 of 5 work: everything by rule, 90 percent to the miner


def test_allocate__an_app_without_stake__is_left_out():
    document = one_app_each(pozk=[5, 5], stakes=[0, 1])
    assert {key[1] for key in amounts_of(evaluate_document(document))} == {address(1)}


@pytest.mark.parametrize("ruleset", ["pozk-v1", "pozk-v1-fixed"])
def test_allocate__one_app_one_miner_one_user__share_the_whole_pool(ruleset):
    document = {**one_app_each(pozk=[5], stakes=[1]), "ruleset": ruleset}
    output = evaluate_document(document)
    assert {key[2]: amount for key, amount in amounts_of(output).items()} == {"miner": 900, "user": 100}
    assert output["remainder"] == "0"


def one_app_each(pozk, stakes):
    """Return an epoch of 1000 wei where each app has one miner and one user with 20 tasks."""
    apps = [{"app": address(n), "pozk": work, "stake": stakes[n]} for n, work in enumerate(pozk)]
    rows = [{"app": app["app"], "account": address(100), "tasks": 20, "stake": 9} for app in apps]
    return in_strings(
        {
            "ruleset": "pozk-v1",
            "pool": 1000,
            "alpha": [1, 2],
            "beta": [1, 2],
            "gamma": [1, 2],
            "miner_max_per": 90,
            "miner_min_per": 10,
            "player_max_num": 10,
            "apps": apps,
            "miners": rows,
            "users": rows,
        }
    )
