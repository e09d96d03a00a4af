"""The contracts' arithmetic against what they paid."""

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest

from indexer.words.errors import UnsoundError
from settlement.rules.powers import fixed_point
from settlement.rules.powers.fixed_point import ONE, Split, cobb_douglas, exponential, natural_log
from tests.settlement.rules.powers import plain_fixed_point

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "pozk_fixed.json").read_text())


def test_cobb_douglas__each_measured_case__pays_the_same():
    for case in VECTORS["cases"]:
        split = Split(int(case["pool"]), int(case["X"]), int(case["S"]), Fraction(*map(int, case["e"])))
        assert cobb_douglas(split, int(case["x"]), int(case["s"])) == int(case["paid"]), case


def test_constants__of_the_module__are_those_measured():
    own = VECTORS["constants"]
    assert int(own["one"], 16) == ONE
    assert [int(c, 16) for c in own["exp_series"]] == list(fixed_point.EXP_SERIES)
    assert [(int(s["bit"], 16), int(s["multiply"], 16), int(s["divide_by"], 16)) for s in own["exp_steps"]] == list(
        fixed_point.EXP_STEPS
    )
    assert [(int(s["if_x_at_most"], 16), int(s["subtract"], 16)) for s in own["ln_steps"]] == list(fixed_point.LN_STEPS)
    assert [(int(s["a"], 16), int(s["divide_by"], 16)) for s in own["ln_series"]] == list(fixed_point.LN_SERIES)


@pytest.mark.parametrize("x", [0, -1, ONE + 1])
def test_natural_log__outside_its_domain__reverts(x):
    with pytest.raises(UnsoundError, match="revert"):
        natural_log(x)


def test_natural_log__below_the_clamp__is_the_smallest_exponent():
    assert natural_log(1) == fixed_point.EXP_MIN
    assert natural_log(ONE) == 0


def test_exponential__at_its_ends__is_one_zero_or_a_revert():
    assert exponential(0) == ONE
    assert exponential(fixed_point.EXP_MIN - 1) == 0
    assert exponential(fixed_point.EXP_MIN) > 0
    with pytest.raises(UnsoundError, match="revert"):
        exponential(1)


def test_cobb_douglas__a_share_below_its_resolution__reverts():
    with pytest.raises(UnsoundError, match="revert"):
        cobb_douglas(Split(10, 10**38 * 5, 3, Fraction(1, 2)), 1, 1)


def test_cobb_douglas__more_than_256_bits__reverts():
    with pytest.raises(UnsoundError, match="256 bits"):
        cobb_douglas(Split(10, 2**200, 3, Fraction(1, 2)), 2**190, 1)


def test_cobb_douglas__random_rows__as_the_plain_reading():
    rng = random.Random(20)
    for _ in range(1000):
        totals = [rng.randrange(1, 10 ** rng.randrange(1, 27)) for _ in range(2)]
        x, stake = (rng.randrange(1, total + 1) for total in totals)
        denominator = rng.randrange(1, 20)
        exponent = Fraction(rng.randrange(1, denominator + 1), denominator)
        split = Split(rng.randrange(10**24), *totals, exponent)
        assert outcome(cobb_douglas, split, x, stake) == outcome(plain_fixed_point.cobb_douglas, split, x, stake)


def test_steps__on_both_sides_of_each_bound__as_the_plain_reading():
    for x in [bound + step for bound, _ in fixed_point.LN_STEPS for step in (-1, 0, 1)] + [fixed_point.LN_MIN + 1]:
        assert natural_log(x) == plain_fixed_point.natural_log(x)
    for x in [step - bit for bit, _, _ in fixed_point.EXP_STEPS for step in (-1, 0, 1)] + [fixed_point.EXP_MIN]:
        assert exponential(x) == plain_fixed_point.exponential(x)


def outcome(function, *arguments):
    """Return what a function gives, or that it reverts."""
    try:
        return function(*arguments)
    except UnsoundError:
        return "reverts"
