"""Properties of the paper's rulesets: what an allocation keeps whatever the epoch was."""

import copy

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from settlement.rules.questions.allocate_document import evaluate_document
from tests.settlement.rules.epoch_inputs import address, amounts_of, is_floor, paper_documents
from tests.settlement.rules.naive_paper import counted_apps, naive_amounts, naive_factors, naive_output

ROLLOVER = st.just("rollover")
RULESETS = ("paper-v1", "paper-v2")


def both(**arguments):
    """Return epochs of either ruleset."""
    return st.sampled_from(RULESETS).flatmap(lambda name: paper_documents(ruleset=name, **arguments))


def one_app(pool, weights, miners, users=(), **changes):
    """Return an epoch of one app in which all stake works; miners and users are (account number, x, stake)."""
    app = address(0)
    document = {
        "ruleset": "paper-v1",
        "pool": str(pool),
        "weights": dict(zip("abcd", map(str, weights), strict=True)),
        "usage_unit": "0",
        "residual": "rollover",
        "total_app_staking": str(sum(stake for _, _, stake in users) + 1),
        "total_staking": str(sum(stake for _, _, stake in (*miners, *users))),
        "apps": [
            {
                "app": app,
                "circuit_work": "5",
                "user_stake": str(sum(stake for _, _, stake in users) + 1),
                "miner_stake": str(sum(stake for _, _, stake in miners)),
            }
        ],
        "miners": [{"app": app, "account": address(n), "work": str(x), "stake": str(s)} for n, x, s in miners],
        "users": [{"app": app, "account": address(n), "tasks": str(x), "stake": str(s)} for n, x, s in users],
    }
    return {**document, **changes}


@given(both(bonuses=True))
@settings(max_examples=200)
def test_allocate__random_epochs__agrees_with_the_naive_evaluation(document):
    assert evaluate_document(document) == naive_output(document)


@given(both(weights=((3333, 6667), (1, 9999), (6180, 3820)), residual=ROLLOVER))
@settings(max_examples=4)
def test_allocate__roots_of_degree_ten_thousand__are_the_floors(document):
    paid = amounts_of(evaluate_document(document))
    for key, (scale, factors) in list(naive_factors(document).items())[:4]:
        if scale and all(p for p, _, exponent in factors if exponent):
            assert is_floor(paid[key], scale, factors)
        else:
            assert paid[key] == 0


@given(both())
@settings(max_examples=150)
def test_allocate__any_epoch__pays_at_most_the_pool_and_is_conserved(document):
    output = evaluate_document(document)
    pool, paid = int(document["pool"]), sum(amounts_of(output).values())
    assert paid <= pool
    assert paid == int(output["distributed"])
    assert paid + int(output["remainder"]) == pool
    if document["residual"] == "normalize":
        assert paid == (pool if any(naive_amounts(document).values()) else 0)


@given(both(bonuses=True))
@settings(max_examples=100)
def test_allocate__bonus_pools__pay_out_every_deposit(document):
    rows = evaluate_document(document)["bonuses"]
    for token in {row["token"] for row in document["bonuses"]}:
        deposited = sum(int(row["amount"]) for row in document["bonuses"] if row["token"] == token)
        assert sum(int(row["amount"]) for row in rows if row["token"] == token) == deposited


@given(both(bonuses=True), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_allocate__rows_permuted__changes_nothing(document, shuffler):
    shuffled = copy.deepcopy(document)
    for table in ("apps", "miners", "users", "bonuses"):
        shuffler.shuffle(shuffled[table])
    assert evaluate_document(shuffled) == evaluate_document(document)


@given(both(residual=ROLLOVER), st.data())
@settings(max_examples=100)
def test_allocate__more_own_work_or_stake__never_pays_less(document, data):
    table, x = data.draw(st.sampled_from([("miners", "work"), ("users", "tasks")]))
    assume(document[table])
    row = data.draw(st.integers(0, len(document[table]) - 1))
    more = copy.deepcopy(document)
    own = more[table][row]
    column, extra = data.draw(st.sampled_from([x, "stake"])), data.draw(st.integers(1, 10**15))
    own[column] = str(int(own[column]) + extra)
    role = table.removesuffix("s")
    if column == "stake":
        app = next(app for app in more["apps"] if app["app"] == own["app"])
        for place, total in ((more, "total_staking"), (app, f"{role}_stake")):
            if total in place:
                place[total] = str(int(place[total]) + extra)
        if role == "user" and "total_app_staking" in more:
            more["total_app_staking"] = str(int(more["total_app_staking"]) + extra)
    key = (own["account"], own["app"], role)
    assume(own["app"] in counted_apps(document))  # a first proof moves the app itself into total_cs
    assert amounts_of(evaluate_document(more))[key] >= amounts_of(evaluate_document(document))[key]


@given(both(), st.integers(1, 10**9))
@settings(max_examples=60)
def test_allocate__all_stakes_scaled__changes_nothing(document, by):
    scaled = copy.deepcopy(document)
    stakes = ("stake", "user_stake", "miner_stake", "total_app_staking", "total_staking")
    for row in (scaled, *scaled["apps"], *scaled["miners"], *scaled["users"]):
        row.update({name: str(int(row[name]) * by) for name in stakes if name in row})
    assert evaluate_document(scaled) == evaluate_document(document)


@given(
    st.integers(0, 10**12), st.integers(0, 10**12), st.integers(0, 10**27), st.integers(0, 10**27),
    st.sampled_from([(5000, 5000), (1, 9999), (3333, 6667), (10000, 0)]), st.sampled_from(RULESETS),
)  # fmt: skip
@settings(max_examples=100)
def test_allocate__an_account_split_in_two__gains_nothing(x1, x2, s1, s2, exponents, ruleset):
    """Splitting theorem: for c + d = 1, (x1+x2)^c (s1+s2)^d >= x1^c s1^d + x2^c s2^d (Hoelder's inequality).

    floor(u) + floor(v) <= floor(u + v), so that rounding gives the two accounts nothing either. The denominators hold
    sums over all accounts, of the network or of the role in the app: splitting moves none of them.
    """
    weights, rest = (5000, 5000, *exponents), (9, 10**11, 10**26)
    whole = evaluate_document(one_app(10**28, weights, [(1, x1 + x2, s1 + s2), rest], ruleset=ruleset))
    parts = evaluate_document(one_app(10**28, weights, [(1, x1, s1), (2, x2, s2), rest], ruleset=ruleset))
    paid = amounts_of(parts)
    halves = paid[address(1), address(0), "miner"] + paid[address(2), address(0), "miner"]
    assert halves <= amounts_of(whole)[address(1), address(0), "miner"]


@given(both(residual=ROLLOVER))
@settings(max_examples=60)
def test_allocate__rows_without_work_or_tasks__are_paid_nothing_while_work_counts(document):
    assume(int(document["weights"]["c"]) > 0)
    idle = {
        (row["account"], row["app"], role)
        for table, role, x in (("miners", "miner", "work"), ("users", "user", "tasks"))
        for row in document[table]
        if row[x] == "0"
    }
    paid = amounts_of(evaluate_document(document))
    assert all(paid[key] == 0 for key in idle)


def test_allocate__one_account_has_everything__gets_the_whole_pool():
    output = evaluate_document(one_app(10**28, (3333, 6667, 1, 9999), [(1, 7, 10**27)]))
    assert output["distributed"] == str(10**28)
    assert output["remainder"] == "0"


def test_allocate__exact_integer_results__are_not_rounded_down():
    """Two of work 1 and 4, stakes 4 and 1 of 5: sqrt(1/5 * 4/5) = 2/5 of the pool, exactly."""
    output = evaluate_document(one_app(10**27, (5000, 5000, 5000, 5000), [(1, 1, 4), (2, 4, 1)]))
    assert {int(row["amount"]) for row in output["amounts"]} == {4 * 10**26}


def test_allocate__one_wei_below_an_exact_integer__is_rounded_down():
    miners = [(1, 10**27 - 1, 10**27), (2, 1, 0)]
    output = evaluate_document(one_app(10**27, (5000, 5000, 10000, 0), miners))
    assert sorted(int(row["amount"]) for row in output["amounts"]) == [1, 10**27 - 1]


def test_allocate__no_work_and_no_usage__pays_nothing():
    output = evaluate_document(one_app(10**24, (5000, 5000, 0, 10000), [(1, 0, 5)], [(2, 3, 5)]))
    assert output["distributed"] == "0"
    assert output["remainder"] == str(10**24)


def test_allocate__normalize_with_ties__gives_spare_wei_by_account():
    output = evaluate_document(
        one_app(8, (5000, 5000, 5000, 5000), [(1, 1, 1), (2, 1, 1), (3, 1, 1)], residual="normalize")
    )
    paid = [int(row["amount"]) for row in output["amounts"]]
    assert paid == [3, 3, 2]  # 8 // 3 each, and two wei for the first two accounts


def test_allocate__bonus_of_an_app_without_proofs__returns_to_its_depositors():
    document = one_app(10, (5000, 5000, 5000, 5000), [(1, 1, 1)])
    deposits = [(7, 5), (8, 2), (7, 1)]
    document["bonuses"] = [
        {"app": address(55), "token": address(60), "amount": str(amount), "from": address(who)}
        for who, amount in deposits
    ]
    rows = evaluate_document(document)["bonuses"]
    assert {(row["account"], row["role"], row["amount"]) for row in rows} == {
        (address(7), "returned", "6"),
        (address(8), "returned", "2"),
    }
