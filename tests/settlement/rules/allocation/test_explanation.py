"""Explanations add up to what is paid, and name what is zero."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement.rules.allocation.explanation import FactorName, decimal_floor, explain_factor, reasons_for_nothing
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.facts.account_facts import RoleFacts
from settlement.rules.facts.aggregates import Aggregates, no_bonuses
from settlement.rules.powers.exact import Factor
from settlement.rules.questions.allocate_document import evaluate_document, parse_document
from settlement.rules.rulesets.paper import PaperTerms
from settlement.rules.rulesets.paper_parameters import PaperParameters
from settlement.rules.rulesets.paper_v1 import RULESET
from tests.settlement.rules.epoch_inputs import paper_documents

VECTORS_V2 = json.loads((Path(__file__).parents[3] / "vectors" / "allocation_v2.json").read_text())
CASES = json.loads((Path(__file__).parents[3] / "vectors" / "allocation.json").read_text())
APP, MINER, USER, ZERO = b"a" * 20, b"m" * 20, b"u" * 20, bytes(20)
OWN_STAKE = FactorName("own stake", "all stakes")


def explain_document(document, account):
    """Return the explanation of one account in a document of `pozk allocate`."""
    terms, aggregates, bonuses = parse_document(document)
    return terms.explain(aggregates, bonuses, account)


def explained_amounts(document, account):
    """Return (token or None, app, role) -> amount of the explanation of one account."""
    return {(row.token, row.app, row.role_name): row.amount for row in explain_document(document, account).rows}


def output_amounts(output, account):
    """Return the same of an output document."""
    rows = [row for row in [*output["amounts"], *output.get("bonuses", [])] if row["account"] == "0x" + account.hex()]
    return {
        (bytes.fromhex(row["token"][2:]) if "token" in row else None, bytes.fromhex(row["app"][2:]), row["role"]): int(
            row["amount"]
        )
        for row in rows
    }


@given(st.sampled_from(["paper-v1", "paper-v2"]).flatmap(lambda name: paper_documents(bonuses=True, ruleset=name)))
@settings(max_examples=50)
def test_explain__every_account_of_an_epoch__has_the_amounts_paid(document):
    output = evaluate_document(document)
    for account in {row["account"] for row in [*output["amounts"], *output["bonuses"]]}:
        own = bytes.fromhex(account[2:])
        assert explained_amounts(document, own) == output_amounts(output, own)


@pytest.mark.parametrize("case", [case for case in CASES if case["input"]["ruleset"] == "pozk-v1"][:3], ids=str)
def test_explain__accounts_of_pozk_vectors__have_the_amounts_paid(case):
    for account in sorted({row["account"] for row in case["output"]["amounts"]})[:10]:
        own = bytes.fromhex(account[2:])
        got = explained_amounts(case["input"], own)
        assert {key: got[key] for key in output_amounts(case["output"], own)} == output_amounts(case["output"], own)


def one_app(work=8, stake=9, pool=1000, total=36, residual="rollover"):
    """Return terms and aggregates of one app with a miner of the given work among 16, and a user."""
    rows = [(0, APP, ZERO, 5, 7), (1, APP, MINER, work, stake), (1, APP, USER, 8, 27), (2, APP, USER, 1, 0)]
    aggregates = Aggregates(
        np.array([row[0] for row in rows], dtype=np.uint8),
        addresses_from_bytes([row[1] for row in rows]),
        addresses_from_bytes([row[2] for row in rows]),
        amounts_from_ints(row[3] for row in rows),
        amounts_from_ints(row[4] for row in rows),
    )
    return PaperTerms(RULESET, PaperParameters(pool, 5000, 5000, 5000, 5000, 0, 7, total, residual)), aggregates


def explain_miner(**changes):
    """Return the explanation of the miner in `one_app`."""
    terms, aggregates = one_app(**changes)
    return terms.explain(aggregates, no_bonuses(), MINER)


def test_explain__one_miner__shows_shares_powers_and_what_rounding_cost():
    """work 8/16, stake 9/36: sqrt(1/2 * 1/4) = 0.3535.. of 1000."""
    (row,) = explain_miner().rows
    assert [factor.name for factor in row.factors] == [
        "part of work", "circuit size", "user stake of the app", "own work", "own stake",
    ]  # fmt: skip
    assert [factor.of for factor in row.factors] == [
        "work and usage", "circuit sizes of active apps", "user stake of all apps", "work in the app",
        "all stake, both roles",
    ]  # fmt: skip
    assert [factor.share for factor in row.factors] == ["1", "1", "1", "0.5", "0.25"]
    assert row.factors[3].power == "0.707106781186547524"
    assert (row.value, row.floor, row.amount) == (
        "353.553390593273762200",
        353,
        353,
    ) or row.value == "353.5533905932737622"
    assert row.lost == "0.5533905932737622"
    assert row.zero_factors == ()


@pytest.mark.parametrize("case", VECTORS_V2[:6], ids=lambda case: case["input"]["residual"])
def test_explain__accounts_of_paper_v2_vectors__have_its_denominators_and_the_amounts_paid(case):
    document = case["input"]
    apps = {bytes.fromhex(app["app"][2:]): app for app in document["apps"]}
    busy = {
        row["app"] for table, x in (("miners", "work"), ("users", "tasks")) for row in document[table] if int(row[x])
    }
    active = sum(int(app["user_stake"]) for app in document["apps"] if app["app"] in busy)
    for row in document["miners"][:4] + document["users"][:4]:
        own = bytes.fromhex(row["account"][2:])
        assert explained_amounts(document, own) == output_amounts(case["output"], own)
        for told in explain_document(document, own).rows:
            stakes = [f for f in told.factors if "stake" in f.name]
            totals = [(f.denominator, f.of) for f in stakes]
            role = told.role_name + "s"
            if told.token is None:
                assert totals.pop(0) == (active, "user stake of active apps")
            if told.factors:
                own_total = int(apps[told.app][f"{told.role_name}_stake"])
                assert totals == [(own_total, f"stake of all the app's {role}")]


def test_explain__normalize__shows_the_floor_and_what_it_became():
    explanation = explain_miner(residual="normalize")
    (row,) = explanation.rows
    assert explanation.normalization.pool == 1000
    assert row.floor == 353
    assert row.amount in (
        1000 * row.floor // explanation.normalization.floor_sum,
        1000 * row.floor // explanation.normalization.floor_sum + 1,
    )
    assert explanation.emission == row.amount


def test_explain__an_unknown_account__has_no_rows():
    terms, aggregates = one_app()
    assert terms.explain(aggregates, no_bonuses(), b"?" * 20).rows == ()


def facts(**changes):
    """Return the facts of a miner who should be paid."""
    return RoleFacts(**{"app": APP, "role": 0, "approved": True, "proofs": 2, "quarantined": 0, "stake": 5, **changes})


def codes(found):
    """Return the codes of reasons."""
    return [reason.code for reason in found]


def test_reasons_for_nothing__a_paid_row__has_none():
    assert reasons_for_nothing(facts(), explain_miner().rows[0]) == ()


def test_reasons_for_nothing__no_stake_yet__names_the_epoch_it_takes_effect():
    row = explain_miner(stake=0).rows[0]
    assert row.zero_factors == ("own stake",)
    (reason,) = reasons_for_nothing(facts(stake=0, pending=70, pending_epoch=9), row)
    assert reason.code == "no-stake"
    assert "70 wei take effect in epoch 9" in reason.text


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"approved": False, "proofs": 0}, ["not-approved", "no-proof"]),
        ({"proofs": 0, "quarantined": 3}, ["quarantined", "no-proof"]),
        ({"proofs": 0, "role": 1, "stake": 0}, ["no-proof", "no-stake"]),
    ],
)
def test_reasons_for_nothing__an_account_without_a_row__gives_every_reason(changes, expected):
    assert codes(reasons_for_nothing(facts(**changes), None)) == expected


def test_reasons_for_nothing__less_than_a_wei_an_empty_pool_or_a_zero_factor__is_said():
    assert codes(reasons_for_nothing(facts(), explain_miner(pool=1).rows[0])) == ["below-one-wei"]
    assert codes(reasons_for_nothing(facts(), explain_miner(pool=0).rows[0])) == ["zero-pool"]
    assert codes(reasons_for_nothing(facts(), explain_miner(work=0).rows[0])) == ["zero-factor"]


def test_explain_factor__zero_by_zero__is_written_as_such():
    none = explain_factor(OWN_STAKE, Factor(0, 0, Fraction(0)))
    assert (none.share, none.power, none.is_zero) == ("0/0", "1", False)
    assert explain_factor(OWN_STAKE, Factor(0, 0, Fraction(1, 2))).is_zero


def test_decimal_floor__a_root__is_cut_in_its_last_digit():
    assert decimal_floor(1, [Factor(2, 1, Fraction(1, 2))]) == "1.414213562373095048"
    assert decimal_floor(3, []) == "3"
