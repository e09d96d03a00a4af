"""The definition of an amount, and its shortcuts against it."""

from fractions import Fraction
from itertools import combinations
from math import gcd

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement.rules.powers.exact import (
    Factor,
    coprime_numbers,
    exact_power,
    floor_by_definition,
    floor_product,
    is_integer,
    reduced_bases,
)
from tests.settlement.rules.epoch_inputs import naive_floor

NUMBER = st.one_of(st.integers(0, 5), st.integers(1, 10**27))
FACTOR = st.tuples(NUMBER, st.integers(1, 10**27), st.sampled_from([0, 1000, 2500, 5000, 10_000]))


@given(st.integers(0, 10**28), st.lists(FACTOR, max_size=4))
@settings(max_examples=200)
def test_floor_product__random_factors__is_the_naive_floor(scale, factors):
    own = [Factor(p, q, Fraction(e, 10_000)) for p, q, e in factors]
    assert floor_product(scale, own) == naive_floor(scale, factors)


@given(st.integers(1, 10**9), st.integers(2, 6), st.integers(-1, 1))
@settings(max_examples=100)
def test_floor_product__powers_next_to_an_integer__are_decided(root, degree, offset):
    """(root^degree + offset)^(1/degree) lies on, or a hair beside, the integer `root`."""
    value = root**degree + offset
    expected = root - 1 if offset < 0 else root
    if value > 0:
        assert floor_product(1, [Factor(value, 1, Fraction(1, degree))]) == expected


def test_floor_product__irrational_by_less_than_the_bracket__is_decided_by_integers():
    """sqrt(k^2 - 1) misses k = 10^80 by 5 * 10^-81, far less than 256 bits show; the same for k^2 + 1 above."""
    k = 10**80
    assert floor_product(1, [Factor(k * k - 1, 1, Fraction(1, 2))]) == k - 1
    assert floor_product(1, [Factor(k * k + 1, 1, Fraction(1, 2))]) == k


def test_floor_product__equal_shares__stay_rational():
    third = [Factor(1, 3, Fraction(3333, 10_000)), Factor(10, 30, Fraction(6667, 10_000))]
    assert floor_product(10**28 + 2, third) == (10**28 + 2) // 3
    assert exact_power(reduced_bases(3, third) or {})[2] == 1


def test_floor_product__zero_exponent__makes_the_factor_one_even_of_zero_by_zero():
    assert floor_product(7, [Factor(0, 0, Fraction(0))]) == 7


def test_floor_product__zero_base__makes_the_amount_zero():
    assert floor_product(7, [Factor(0, 0, Fraction(1, 2))]) == 0
    assert floor_product(0, [Factor(1, 2, Fraction(1, 2))]) == 0


def test_floor_product__division_by_zero__is_an_error():
    with pytest.raises(ZeroDivisionError):
        floor_product(7, [Factor(1, 0, Fraction(1, 2))])


def test_floor_by_definition__shares_above_one__are_computed_as_given():
    assert floor_by_definition({Fraction(5): Fraction(1), Fraction(4): Fraction(1, 2)}) == 10


@given(st.lists(st.integers(1, 10**12), max_size=6))
def test_coprime_numbers__any_numbers__are_coprime_and_make_up_each(numbers):
    found = coprime_numbers(numbers)
    assert all(gcd(p, q) == 1 for p, q in combinations(found, 2))
    for number in numbers:
        for one in found:
            while number % one == 0:
                number //= one
        assert number == 1


def test_coprime_numbers__a_number_and_its_square__are_one():
    assert coprime_numbers([6, 36, 1]) == [6]
    assert sorted(coprime_numbers([12, 18])) == [2, 3]


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 9_999), st.integers(-1, 1))
def test_is_integer__shares_of_dependent_bases__is_what_whole_powers_say(p, q, exponent, off):
    bases = {Fraction(p * p, q): Fraction(exponent, 10_000), Fraction(p, q * q): Fraction(10_000 - exponent, 10_000)}
    candidate = max(0, int(p / q) + off)
    numerator, denominator, root = exact_power({base: power for base, power in bases.items() if base != 1})
    assert is_integer(bases, candidate) == (candidate**root * denominator == numerator)


def test_floor_product__exponents_of_a_huge_denominator__needs_no_huge_powers():
    """(1/4)^(k/n) (1/2)^(2(n-k)/n) = 1/4 exactly, with n = 10^9."""
    part = Fraction(333_333_333, 10**9)
    factors = [Factor(1, 4, part), Factor(1, 2, 2 * (1 - part))]
    assert floor_product(4 * 10**27, factors) == 10**27
    assert floor_product(4 * 10**27 - 1, factors) == 10**27 - 1
