"""The compiled kernel against MPFR: each bound of its proof, where it is tightest."""

import gmpy2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numba import uint64

from settlement.rules.powers.power_kernel import SLACK_LOG, SLACK_MANTISSA, exp_two, log_two, power_floor
from settlement.rules.powers.power_tables import power_tables, split_wide

pytestmark = pytest.mark.slow  # calls compiled kernels

TABLES = power_tables()
LOG = (TABLES.inverse, TABLES.inverse_log, TABLES.nudge, TABLES.nudge_log, TABLES.log_series)
EXP = (TABLES.powers, TABLES.exp_series, TABLES.log_two)
HALF = 2**64


@pytest.fixture(autouse=True)
def _precise():
    with gmpy2.context(gmpy2.get_context(), precision=320):
        yield


def pair(value):
    """Return a value as two uint64, two's complement."""
    return uint64(value % 2**128 >> 64), uint64(value % HALF)


def joined(high, low):
    """Return two uint64 as an int."""
    return int(high) << 64 | int(low)


NEAR_STEPS = st.builds(
    lambda step, width, offset: max(1, (((256 + step) << width) + offset) % 2**127),
    st.integers(0, 255),
    st.integers(0, 118),
    st.integers(-2, 2),
)


@given(st.one_of(st.integers(1, 2**127 - 1), st.integers(1, 2**20), NEAR_STEPS))
@example(1)
@example(2**64 - 1)
@example(2**64)
@example(2**127 - 1)
@settings(max_examples=800)
def test_log_two__any_amount__is_within_three_units(value):
    error = gmpy2.mpfr(joined(*log_two(*pair(value), *LOG))) - gmpy2.log2(gmpy2.mpz(value)) * 2**121
    assert abs(error) < 3


@given(
    st.one_of(
        st.integers(0, 2**116 - 1), st.builds(lambda i, o: (i << 100) + o, st.integers(0, 2**16 - 1), st.integers(0, 3))
    )
)
@example(0)
@example(2**116 - 1)
@settings(max_examples=800)
def test_exp_two__any_fraction__is_within_eight_units(value):
    error = gmpy2.mpfr(joined(*exp_two(*pair(value), *EXP))) - gmpy2.exp2(gmpy2.mpfr(value) / 2**116) * 2**127
    assert abs(error) < 8


@given(st.integers(-(2**118), 127 * 2**116), st.integers(-SLACK_LOG + 1, SLACK_LOG - 1))
@settings(max_examples=500)
def test_power_floor__a_logarithm_off_by_less_than_the_slack__is_right_or_undecided(y, off):
    high, low, decided = power_floor(*pair(y + off), *EXP)
    if decided:
        assert joined(high, low) == int(gmpy2.floor(gmpy2.exp2(gmpy2.mpfr(y) / 2**116)))


@pytest.mark.parametrize("k", [0, 1, 40, 93, 126])
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_power_floor__on_an_integer_or_a_unit_beside__is_undecided(k, off):
    assert not power_floor(*pair(k * 2**116 + off), *EXP)[2]


def test_power_floor__clear_of_every_integer__is_decided():
    """2^93.5 is 1.4e28: its fraction has 34 bits in the mantissa, the slack covers 15 of them."""
    assert power_floor(*pair(93 * 2**116 + 2**115), *EXP)[2]
    assert power_floor(*pair(-1), *EXP)[2] is False
    assert power_floor(*pair(-SLACK_LOG - 1), *EXP) == (0, 0, True)
    assert power_floor(*pair(-(2**126)), *EXP) == (0, 0, True)
    assert power_floor(*pair(127 * 2**116), *EXP)[2] is False
    assert SLACK_MANTISSA < 2**15


def test_power_tables__reduction__leaves_the_ranges_the_proof_uses():
    for i, c in enumerate(TABLES.inverse.tolist()):
        assert c * (256 + i) >= 2**24
        assert c * (257 + i) <= 2**24 * (1 + 2**-8 + 2**-15)
    for j, u in enumerate(TABLES.nudge.tolist()):
        assert (2**24 - u) * (2**15 + j) >= 2**39
        assert (2**24 - u) * (2**15 + j + 1) <= 2**39 * (1 + 2**-15 + 2**-23)


def test_split_wide__negative_values__are_in_twos_complement():
    assert split_wide([-1, 2**64]).tolist() == [[2**64 - 1, 2**64 - 1], [1, 0]]
