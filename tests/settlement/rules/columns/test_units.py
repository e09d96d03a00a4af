"""The point of an amount is placed by cutting digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.columns.units import TokenUnits, in_units, place_point


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [(1_500, 3, "1.5"), (5, 3, "0.005"), (2_000, 3, "2"), (0, 18, "0"), (-5, 1, "-0.5"), (120, 0, "120")],
)
def test_place_point__worked_amounts__are_as_people_write_them(amount, decimals, text):
    assert place_point(amount, decimals) == text


@given(st.integers(-(10**38), 10**38), st.integers(0, 255))
def test_place_point__any_amount__loses_no_digit(amount, decimals):
    whole, _, fraction = place_point(amount, decimals).lstrip("-").partition(".")
    assert int(whole + fraction.ljust(decimals, "0")) == abs(amount)


def test_in_units__amount__has_its_symbol():
    assert in_units(15, TokenUnits("POZK", 1)) == "1.5 POZK"
