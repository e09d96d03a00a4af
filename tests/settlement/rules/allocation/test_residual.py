"""Scaling to a whole, exactly, by integers and by the kernel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.allocation.amounts import LastSpare
from settlement.rules.allocation.participation import arrange_participants
from settlement.rules.allocation.residual import hand_out_spare, normalize_amounts, scale_column, scale_to
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints, amounts_to_ints
from settlement.rules.facts.aggregates import KIND_APP, KIND_MINER, Aggregates
from tests.settlement.rules.epoch_inputs import seeded

pytestmark = pytest.mark.slow  # calls compiled kernels


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


def miners(count):
    apps, accounts = [b"a" * 20] * (count + 1), [bytes([place]) * 20 for place in range(count + 1)]
    kind = np.array([KIND_APP] + [KIND_MINER] * count, dtype=np.uint8)
    ones = amounts_from_ints([1] * (count + 1))
    columns = (addresses_from_bytes(apps), addresses_from_bytes(accounts))
    return arrange_participants(Aggregates(kind, *columns, ones, ones))


@pytest.mark.parametrize(
    ("pool", "floors", "expected", "spare"),
    [
        (11, [2, 1, 1], [6, 3, 2], LastSpare(1, 2)),  # 5, 2, 2 and two wei: the largest, then the first of a tie
        (8, [2, 1, 1], [4, 2, 2], None),
        (8, [0, 0, 0], [0, 0, 0], None),
    ],
)
def test_normalize_amounts__spare_wei__names_the_last_row_that_got_one(pool, floors, expected, spare):
    amounts, last = normalize_amounts(pool, amounts_from_ints(floors), miners(3))
    assert (amounts_to_ints(amounts), last) == (expected, spare)
