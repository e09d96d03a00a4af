"""Bulk reading gives what is plain, and None for all else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.columns.bulk_json import addresses_in_bulk, amounts_in_bulk, column_of
from settlement.rules.columns.conversions import addresses_to_bytes, amounts_to_ints

GOOD = "0x" + "ab" * 20


@given(st.lists(st.binary(min_size=20, max_size=20)))
def test_addresses_in_bulk__plain_addresses__are_their_bytes(values):
    texts = [("0x" + value.hex()) if value[0] % 2 else ("0X" + value.hex().upper()) for value in values]
    assert addresses_to_bytes(addresses_in_bulk(texts)) == values


@pytest.mark.parametrize(
    "value", [None, 5, "", GOOD[:-1], GOOD + "0", "ab" * 21, GOOD[:-1] + "g", GOOD[:-2] + "  ", GOOD[:-1] + "é", ["0x"]]
)
def test_addresses_in_bulk__anything_else__is_none(value):
    assert addresses_in_bulk([GOOD, value]) is None


@given(st.lists(st.integers(0, 10**38 - 1)))
def test_amounts_in_bulk__plain_amounts__are_their_values(values):
    assert amounts_to_ints(amounts_in_bulk([str(value) for value in values])) == values


@pytest.mark.parametrize("value", [None, 5, "", "-1", "+1", "1.0", "1_0", " 1", "٣", "1" * 39, True])
def test_amounts_in_bulk__anything_else__is_none(value):
    assert amounts_in_bulk(["1", value]) is None


def test_column_of__rows_of_the_keys__gives_each_column():
    assert column_of([{"a": 1, "b": 2}, {"b": 4, "a": 3}], ("a", "b")) == [[1, 3], [2, 4]]
    assert column_of([{"a": 1, "c": 9}, {"a": 3}], ("a",), ("c",)) == [[1, 3]]


@pytest.mark.parametrize("row", [None, [], {}, {"a": 1, "z": 1}])
def test_column_of__another_row__is_none(row):
    assert column_of([{"a": 1}, row], ("a",)) is None
