"""Many rows at once: the kernel and the integers together are the definition."""

from fractions import Fraction

import numpy as np
import pytest

from settlement.rules.columns.conversions import amounts_from_ints, amounts_to_ints
from settlement.rules.powers.exact import Factor
from settlement.rules.powers.floors import SMALL_EPOCH_ROWS, floor_rows, floor_rows_by_integers, propose_rows
from settlement.rules.powers.groups import PowerGroup
from tests.settlement.rules.epoch_inputs import is_floor, seeded

pytestmark = pytest.mark.slow  # calls compiled kernels

SEED = 20_240_611


def random_groups(source, count):
    """Return groups with random factors, exponents in basis points, and totals above every row."""
    groups = []
    for _ in range(count):
        factors = tuple(
            Factor(source.randrange(10**width), 10**width, Fraction(source.randrange(10_001), 10_000))
            for width in (3, 12, 24)
        )
        c = Fraction(source.choice([0, 1, 3333, 5000, 6180, 9999, 10_000]), 10_000)
        groups.append(PowerGroup(source.choice([0, 1, 10**18, 10**28]), factors, 10**20, c, 10**30, 1 - c))
    return groups


def random_rows(source, count, groups):
    """Return (group_of, x, stake) with zeros and all sizes."""
    group_of = np.array([source.randrange(groups) for _ in range(count)], dtype=np.int64)
    x = [source.choice([0, 1, source.randrange(10 ** source.randrange(1, 20))]) for _ in range(count)]
    stake = [source.choice([0, 10**27, source.randrange(10 ** source.randrange(1, 28))]) for _ in range(count)]
    return group_of, amounts_from_ints(x), amounts_from_ints(stake)


def test_floor_rows__thousands_of_random_rows__is_the_definition():
    source = seeded(SEED)
    groups = random_groups(source, 40)
    group_of, x, stake = random_rows(source, 6000, 40)
    assert len(group_of) > SMALL_EPOCH_ROWS
    amounts = floor_rows(groups, group_of, x, stake)
    assert (amounts == floor_rows_by_integers(groups, group_of, x, stake)).all()


def test_floor_rows__a_few_rows_of_degree_ten_thousand__is_the_root():
    source = seeded(SEED + 1)
    own = [(source.randrange(1, 10**9), 10**9, e) for e in (6180, 3820)]
    group = PowerGroup(
        10**28,
        tuple(Factor(p, q, Fraction(e, 10_000)) for p, q, e in own),
        10**12,
        Fraction(1, 10_000),
        10**27,
        Fraction(9_999, 10_000),
    )
    x = [source.randrange(1, 10**12) for _ in range(SMALL_EPOCH_ROWS + 1)]
    stake = [source.randrange(1, 10**27) for _ in x]
    rows = np.zeros(len(x), dtype=np.int64)
    amounts = amounts_to_ints(floor_rows([group], rows, amounts_from_ints(x), amounts_from_ints(stake)))
    for row in range(3):
        factors = [*own, (x[row], 10**12, 1), (stake[row], 10**27, 9_999)]
        assert is_floor(amounts[row], 10**28, factors)


@pytest.mark.parametrize("exponent", [Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(3333, 10_000)])
def test_floor_rows__values_on_the_boundary__are_left_undecided_and_exact(exponent):
    """x = stake makes the value x / 1000 of the pool for every exponent: an integer, or one wei beside it."""
    pool, count = 10**27, SMALL_EPOCH_ROWS + 3
    exact = PowerGroup(pool, (), 1000, exponent, 1000, 1 - exponent)
    x = amounts_from_ints([n % 999 + 1 for n in range(count)])
    rows = np.zeros(count, dtype=np.int64)
    _, undecided = propose_rows([exact], rows, x, x)
    assert undecided.all()
    expected = [(n % 999 + 1) * 10**24 for n in range(count)]
    assert amounts_to_ints(floor_rows([exact], rows, x, x)) == expected


@pytest.mark.parametrize("beside", [-1, 1])
def test_floor_rows__squares_a_hair_beside_an_integer__are_settled_by_integers(beside):
    """sqrt(k^2 * (1 +- 10^-36)) for k near 10^18: the value misses an integer by 5 * 10^-19 only."""
    count = SMALL_EPOCH_ROWS + 3
    roots = [10**18 + n for n in range(count)]
    x = amounts_from_ints(root * root + beside for root in roots)
    group = PowerGroup(1, (), 1, Fraction(1, 2), 1, Fraction(1, 2))
    one = amounts_from_ints([1] * count)
    rows = np.zeros(count, dtype=np.int64)
    expected = [root - 1 if beside < 0 else root for root in roots]
    assert amounts_to_ints(floor_rows([group], rows, x, one)) == expected


def test_floor_rows__zero_bases_and_exponents__follow_the_definition():
    count = SMALL_EPOCH_ROWS + 1
    half, none, all_ = Fraction(1, 2), Fraction(0), Fraction(1)
    groups = [
        PowerGroup(100, (), 5, half, 5, half),  # x = 0: nothing
        PowerGroup(100, (), 0, none, 5, all_),  # 0/0 with exponent 0: one
        PowerGroup(100, (Factor(0, 5, half),), 5, half, 5, half),  # a factor of 0: nothing
        PowerGroup(100, (Factor(0, 0, none),), 0, none, 5, all_),
        PowerGroup(100, (), 0, half, 5, half),  # 0/0 with exponent above 0: nothing
    ]
    rows = np.arange(count, dtype=np.int64) % len(groups)
    amounts = floor_rows(groups, rows, amounts_from_ints([0] * count), amounts_from_ints([5] * count))
    assert amounts_to_ints(amounts)[:5] == [0, 100, 0, 100, 0]


def test_floor_rows__rows_permuted__gives_the_amounts_permuted():
    source = seeded(SEED + 2)
    groups = random_groups(source, 7)
    group_of, x, stake = random_rows(source, 2000, 7)
    order = np.array(source.sample(range(2000), 2000))
    straight = floor_rows(groups, group_of, x, stake)
    assert (floor_rows(groups, group_of[order], x[order], stake[order]) == straight[order]).all()
