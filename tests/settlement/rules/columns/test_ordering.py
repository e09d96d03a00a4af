"""Orders and lookups of byte columns, against Python's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.columns.ordering import (
    address_order,
    byte_keys,
    distinct_rows,
    equal_to_previous,
    is_row,
    match_rows,
    row_bytes,
)
from tests.settlement.rules.epoch_inputs import seeded

pytestmark = pytest.mark.slow  # calls compiled kernels

CLOSE = st.sampled_from([bytes(20), b"\0" * 19 + b"\1", b"\0" * 8 + b"\1" + bytes(11), b"\1" + bytes(19), b"\xff" * 20])
ROWS = st.lists(st.tuples(CLOSE, CLOSE, st.integers(0, 2)), max_size=30)


def column(values, width=20):
    """Return bytes values as u8 (n, width)."""
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, width)


@given(ROWS)
def test_address_order__rows_with_many_ties__is_pythons_stable_order(rows):
    first, second = column([row[0] for row in rows]), column([row[1] for row in rows])
    role = np.array([row[2] for row in rows], dtype=np.uint8).reshape(-1, 1)
    assert address_order(first, second, role).tolist() == sorted(range(len(rows)), key=lambda row: rows[row])
    assert address_order(first).tolist() == sorted(range(len(rows)), key=lambda row: rows[row][0])


@given(st.lists(CLOSE, unique=True), st.lists(CLOSE))
def test_match_rows__any_table__finds_the_row_or_minus_one(table, wanted):
    expected = [table.index(value) if value in table else -1 for value in wanted]
    assert match_rows(column(wanted), column(table)).tolist() == expected


@given(st.lists(CLOSE))
def test_equal_to_previous__a_column__compares_neighbours(values):
    expected = [n > 0 and values[n] == values[n - 1] for n in range(len(values))]
    assert equal_to_previous(column(values)).tolist() == expected


@given(st.lists(st.binary(min_size=11, max_size=11)))
def test_byte_keys__an_odd_width__sort_as_the_bytes_do(values):
    keys = byte_keys(column(values, 11))
    assert len(keys) == 2
    pairs = list(zip(*(key.tolist() for key in keys), strict=True))
    assert sorted(range(len(values)), key=lambda n: pairs[n]) == sorted(range(len(values)), key=lambda n: values[n])
    assert row_bytes(column(values, 11)) == values


@pytest.mark.parametrize("width", [1, 7, 8, 21, 106])
def test_address_order__rows_of_any_width_with_few_bytes__is_pythons_stable_order(width):
    source = seeded(width)
    rows = [bytes(source.choices((0, 1, 255), (8, 1, 1), k=width)) for _ in range(2000)]
    assert address_order(column(rows, width)).tolist() == sorted(range(2000), key=lambda row: rows[row])


@pytest.mark.parametrize("distinct", [1, 3, 400, 3000])
def test_address_order__thousands_of_rows__is_pythons_stable_order(distinct):
    source = seeded(distinct)
    known = [source.randbytes(8) + bytes(12) for _ in range(distinct)]
    known += [value[:8] + source.randbytes(12) for value in known]
    rows = [(source.choice(known), source.choice(known)) for _ in range(3000)]
    order = address_order(column([row[0] for row in rows]), column([row[1] for row in rows]))
    assert order.tolist() == sorted(range(3000), key=lambda row: rows[row])


def test_address_order__thousands_of_rows_that_ascend_but_for_one__is_pythons_stable_order():
    source = seeded(9)
    rows = sorted(source.choice(range(900)).to_bytes(2, "big") * 10 for _ in range(1000))
    assert address_order(column(rows)).tolist() == list(range(1000))
    rows.append(rows[500])
    assert address_order(column(rows)).tolist() == sorted(range(1001), key=lambda row: rows[row])


def test_match_rows__thousands_of_rows__finds_the_row_or_minus_one():
    source = seeded(7)
    table = [source.randbytes(20) for _ in range(100)]
    wanted = [source.choice(table) if source.random() < 0.8 else source.randbytes(20) for _ in range(2000)]
    places = {value: place for place, value in enumerate(table)}
    assert match_rows(column(wanted), column(table)).tolist() == [places.get(value, -1) for value in wanted]


@pytest.mark.parametrize("width", [1, 20, 32])
def test_distinct_rows__few_values__are_all_found_ascending(width):
    values = [bytes([n]) * width for n in (7, 3, 200)]
    rows = column([values[n % 3] for n in range(50)], width)
    assert distinct_rows(rows) == sorted(values)
    assert distinct_rows(rows[:0]) == []
    for value in values:
        assert is_row(rows, value).tolist() == [row.tobytes() == value for row in rows]
