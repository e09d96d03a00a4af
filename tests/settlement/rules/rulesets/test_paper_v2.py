"""What sets `paper-v2` apart: stakes are divided within the apps with a proof, and within the role in the app."""

import copy

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from indexer.words.errors import InputError, UnsoundError
from settlement.rules.facts.aggregates import KIND_APP_MINERS
from settlement.rules.questions.allocate_document import evaluate_document, parse_document
from tests.settlement.rules.epoch_inputs import (
    address,
    amounts_of,
    even_network,
    naive_floor,
    paper_documents,
    seeded,
)
from tests.settlement.rules.naive_paper import counted_apps, naive_amounts, own_total

POOL = 10**27
ROLLOVER = st.just("rollover")


def v2(**arguments):
    return paper_documents(ruleset="paper-v2", **arguments)


@pytest.mark.parametrize("apps", [1, 10, 100])
def test_allocate__an_even_network__is_paid_the_pool_but_for_roundings(apps):
    assert POOL - 4 * apps <= int(evaluate_document(even_network("paper-v2", apps))["distributed"]) <= POOL


@given(v2(bonuses=True), st.data())
@settings(max_examples=60)
def test_allocate__idle_stake_of_miners__weighs_in_its_own_app_alone(document, data):
    document |= {"residual": "rollover"}
    more = copy.deepcopy(document)
    app = data.draw(st.sampled_from(more["apps"]))
    app["miner_stake"] = str(int(app["miner_stake"]) + 10**24)
    before, after = evaluate_document(document), evaluate_document(more)
    for key, amount in amounts_of(after).items():
        own = key[1:] == (app["app"], "miner")
        assert amount <= amounts_of(before)[key] if own else amount == amounts_of(before)[key]
    assert [row for row in after["bonuses"] if row["app"] != app["app"]] == [
        row for row in before["bonuses"] if row["app"] != app["app"]
    ]


@given(v2(bonuses=True))
@settings(max_examples=40)
def test_allocate__an_app_without_a_proof__weighs_nothing(document):
    more = copy.deepcopy(document)
    idle = {"app": address(77), "circuit_work": "1000", "user_stake": str(10**25), "miner_stake": str(10**25)}
    more["apps"].append(idle)
    assert evaluate_document(more) == evaluate_document(document)


@given(v2(residual=ROLLOVER))
@settings(max_examples=100)
def test_allocate__a_dust_stake__takes_dust(document):
    """No row takes more of the pool than (own stake / all of its role in the app)^d, whatever its work.

    And no app more than (its users' stake / that of the apps with a proof)^b: of 10^-24 and 1/2, a part in 10^12.
    """
    apps, pool = counted_apps(document), int(document["pool"])
    weights = {name: int(value) for name, value in document["weights"].items()}
    active, paid = sum(int(app["user_stake"]) for app in apps.values()), amounts_of(evaluate_document(document))
    for role, table in (("miner", "miners"), ("user", "users")):
        for row in (row for row in document[table] if row["app"] in apps):
            own = (int(row["stake"]), own_total(document, apps[row["app"]], role), weights["d"])
            assert paid[row["account"], row["app"], role] <= naive_floor(pool, [own])
    for app in apps.values():
        share = naive_floor(pool, [(int(app["user_stake"]), active, weights["b"])])
        assert sum(wei for key, wei in paid.items() if key[1] == app["app"]) <= share


@given(v2())
@settings(max_examples=30)
def test_allocate__totals_of_the_network__are_not_read(document):
    more = {**document, "total_app_staking": "nothing", "total_staking": "0"}
    assert evaluate_document(more) == evaluate_document(document)


@given(v2(bonuses=True), st.data())
@settings(max_examples=30)
def test_allocate__a_total_below_the_stakes_of_its_rows__is_refused(document, data):
    app, role = data.draw(st.sampled_from(document["apps"])), data.draw(st.sampled_from(["miner", "user"]))
    parts = sum(int(row["stake"]) for row in document[f"{role}s"] if row["app"] == app["app"])
    assume(parts > 0)
    app[f"{role}_stake"] = str(parts - 1)
    with pytest.raises(InputError, match=f"the stake of an app's {role}s is below its parts.*at least {parts}, got"):
        evaluate_document(document)


@pytest.mark.parametrize(("value", "words"), [(None, "miner_stake"), ("-1", "miner_stake"), ([], "miner_stake")])
def test_allocate__no_sound_stake_of_the_miners__is_named(value, words):
    document = even_network("paper-v2", 2)
    document["apps"][1]["miner_stake"] = value
    if value is None:
        del document["apps"][1]["miner_stake"]
    with pytest.raises(InputError) as error:
        evaluate_document(document)
    assert words in error.value.line()
    assert "$.apps[1]" in error.value.line()


def test_allocate__aggregates_without_kind_6__are_refused():
    terms, aggregates, bonuses = parse_document(even_network("paper-v2", 2))
    aggregates.kind[aggregates.kind == KIND_APP_MINERS] = 5
    with pytest.raises(UnsoundError, match="no row of its miners' stakes"):
        terms.allocate(aggregates, bonuses)


def test_allocate__more_rows_than_the_integers_take_alone__agrees_with_the_naive_evaluation():
    source, document = seeded(8), even_network("paper-v2", 3)
    for table, x, stake in (("miners", "work", "miner_stake"), ("users", "tasks", "user_stake")):
        document[table] = []
        for app in document["apps"]:
            stakes = [source.randrange(10**24) for _ in range(120)]
            app[stake] = str(sum(stakes) + source.randrange(10**24))
            document[table] += [
                {"app": app["app"], "account": address(n), x: str(source.randrange(10**9)), "stake": str(wei)}
                for n, wei in enumerate(stakes)
            ]
    assert amounts_of(evaluate_document(document)) == naive_amounts(document)
