"""Scaling to a whole, exactly, by integers and by the kernel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.columns import amounts_from_ints, amounts_to_ints
from settlement.rules.residual import hand_out_spare, scale_column, scale_to
from tests.settlement.rules.epoch_inputs import seeded


@pytest.mark.parametrize("most", [1, 10**9, 2**64, 10**22, 10**34])
@pytest.mark.parametrize("total", [0, 1, 10**24 + 7, 10**38 - 1])
def test_scale_column__many_rows__is_the_integer_quotient(most, total):
    source = seeded(most + total)
    weights = [source.randrange(most + 1) for _ in range(999)] + [most]
    scaled = scale_column(total, amounts_from_ints(weights))
    assert amounts_to_ints(scaled) == [total * weight // sum(weights) for weight in weights]


def test_scale_column__quotients_without_a_remainder__are_exact():
    weights = list(range(1, 1001))
    scaled = scale_column(sum(weights) * 10**20, amounts_from_ints(weights))
    assert amounts_to_ints(scaled) == [weight * 10**20 for weight in weights]


@given(st.integers(0, 10**30), st.lists(st.integers(1, 10**20), min_size=1, max_size=9))
def test_hand_out_spare__after_scaling__pays_the_total_in_the_order_given(total, weights):
    parts = scale_to(total, weights)
    paid = hand_out_spare(total, parts, range(len(parts)))
    assert sum(paid) == total
    extra = [after - before for before, after in zip(parts, paid, strict=True)]
    assert extra == sorted(extra, reverse=True)
    assert set(extra) <= {0, 1}
