"""Columns to and from ints, Arrow and words."""

import decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.words.errors import UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT
from settlement.rules.columns import conversions as columns

AMOUNTS = st.lists(st.integers(0, AMOUNT_LIMIT), max_size=20)
ADDRESSES = st.lists(st.binary(min_size=20, max_size=20), max_size=20)


@given(AMOUNTS)
def test_amounts__through_every_form__come_back(values):
    column = columns.amounts_from_ints(values)
    assert columns.amounts_to_ints(column) == values
    arrow = columns.amounts_to_arrow(column)
    assert [int(value) for value in arrow.to_pylist()] == values
    assert (columns.amounts_from_arrow(arrow) == column).all()
    words = columns.words_from_amounts(column)
    assert [int.from_bytes(word.tobytes(), "big") for word in words] == values
    assert (columns.amounts_from_words(words) == column).all()
    assert columns.sum_amounts(column) == sum(values)


@given(ADDRESSES)
def test_addresses__through_every_form__come_back(values):
    column = columns.addresses_from_bytes(values)
    assert columns.addresses_to_bytes(column) == values
    assert columns.addresses_to_arrow(column).to_pylist() == values
    for arrow_type in (pa.binary(), pa.large_binary(), pa.binary(20)):
        arrow = pa.chunked_array([pa.array(values, type=arrow_type)])
        assert columns.addresses_to_bytes(columns.addresses_from_arrow(arrow)) == values


def test_amounts_from_arrow__a_slice__is_read_from_its_offset():
    array = pa.array([decimal.Decimal(n) for n in range(9)], type=pa.decimal128(38, 0)).slice(4, 3)
    assert columns.amounts_to_ints(columns.amounts_from_arrow(array)) == [4, 5, 6]


def test_addresses_from_arrow__a_slice_of_fixed_width__is_read_from_its_offset():
    array = pa.array([bytes([n] * 20) for n in range(9)], type=pa.binary(20)).slice(4, 2)
    assert columns.addresses_to_bytes(columns.addresses_from_arrow(array)) == [bytes([4] * 20), bytes([5] * 20)]


@pytest.mark.parametrize(
    "array",
    [
        pa.array([None], type=pa.decimal128(38, 0)),
        pa.array([decimal.Decimal(-1)], type=pa.decimal128(38, 0)),
        pa.array([decimal.Decimal("0.5")], type=pa.decimal128(38, 1)),
        pa.array([5]),
    ],
    ids=str,
)
def test_amounts_from_arrow__what_is_no_amount__is_refused(array):
    with pytest.raises(UnsoundError):
        columns.amounts_from_arrow(array)


@pytest.mark.parametrize(
    "array", [pa.array([None], type=pa.binary()), pa.array([b"x"]), pa.array([b"x" * 19])], ids=str
)
def test_addresses_from_arrow__what_is_no_address__is_refused(array):
    with pytest.raises(UnsoundError):
        columns.addresses_from_arrow(array)


@pytest.mark.parametrize("value", [-1, AMOUNT_LIMIT + 1])
def test_amounts_from_ints__out_of_range__is_refused(value):
    with pytest.raises(UnsoundError):
        columns.amounts_from_ints([value])


def test_amounts_from_words__above_the_limit__is_refused():
    for value in (AMOUNT_LIMIT + 1, 2**128, 2**255):
        word = np.frombuffer(value.to_bytes(32, "big"), dtype=np.uint8).reshape(1, 32)
        with pytest.raises(UnsoundError):
            columns.amounts_from_words(word)


def test_add_amounts__at_the_limit__is_exact_and_above_it_refused():
    most = columns.amounts_from_ints([AMOUNT_LIMIT, 2**64 - 1])
    total = columns.add_amounts(most, columns.amounts_from_ints([0, 1]), "a test")
    assert columns.amounts_to_ints(total) == [AMOUNT_LIMIT, 2**64]
    with pytest.raises(UnsoundError, match="a test, row 0"):
        columns.add_amounts(most, columns.amounts_from_ints([1, 1]), "a test")


def test_addresses_from_bytes__another_length__is_refused():
    with pytest.raises(ValueError, match="20 bytes"):
        columns.addresses_from_bytes([b"short"])
