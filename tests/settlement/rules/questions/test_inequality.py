"""Gini and top shares of small sets, by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.questions.inequality import gini_of, top_share_of

AMOUNTS = st.lists(st.integers(0, 10**28), max_size=20).map(sorted)


@pytest.mark.parametrize(
    ("amounts", "gini"),
    [([], 0), ([0, 0], 0), ([5], 0), ([2, 2, 2], 0), ([1, 3], Fraction(1, 4)), ([0, 0, 0, 8], Fraction(3, 4))],
)
def test_gini_of__small_sets__is_as_by_hand(amounts, gini):
    assert gini_of(amounts) == gini


@given(AMOUNTS)
def test_gini_of__any_amounts__is_half_the_relative_mean_difference(amounts):
    total, count = sum(amounts), len(amounts)
    expected = Fraction(sum(abs(p - q) for p in amounts for q in amounts), 2 * count * total) if total else 0
    assert gini_of(amounts) == expected


@given(AMOUNTS)
def test_top_share_of__more_accounts__is_never_less_and_ends_at_all(amounts):
    shares = [top_share_of(amounts, count) for count in range(len(amounts) + 1)]
    assert shares == sorted(shares)
    assert shares[-1] == (1 if sum(amounts) else 0)
