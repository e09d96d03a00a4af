from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.rules.stored.value_bounds import NamedFile, bounds_of, joined, widened

ROWS = pa.table(
    {
        "number": pa.array([9, 10], pa.uint64()),
        "amount": pa.array([Decimal(-5), Decimal(7)], pa.decimal128(38, 0)),
        "address": pa.array([b"\x0a", b"\xf8"]).dictionary_encode(),
        "late": pa.array([None, None], pa.uint64()),
        "success": pa.array([True, True]),
    }
)
NAMED = {"number": ("9", "10"), "amount": ("-5", "7"), "address": ("0A", "F8")}


def test_verify__bounds_that_hold_all_values__passes():
    for truth in ("1", "true"):
        named = NAMED | {"other": ("x", "y"), "success": (truth, truth)}
        NamedFile(2, bounds=named).verify(2, bounds_of(ROWS))


@pytest.mark.parametrize(
    ("column", "low", "high"),
    [
        ("number", "10", "10"),
        ("number", "9", "9"),
        ("number", "9", "1x"),
        ("amount", "5", "7"),
        ("amount", "-5", "junk"),
        ("address", "0A", "F7"),
        ("address", "0B", "F8"),
        ("address", "0A", "text"),
        ("success", "0", "0"),
        ("success", "false", "false"),
        ("success", "1", "x"),
    ],
)
def test_verify__bound_that_hides_a_value_or_is_none__says_which(column, low, high):
    with pytest.raises(ValueError, match=r"a catalog that names|invalid literal|non-hexadecimal|not in tuple"):
        NamedFile(2, bounds=NAMED | {column: (low, high)}).verify(2, bounds_of(ROWS))


def test_verify__another_count_of_rows__says_so():
    with pytest.raises(ValueError, match="names 3 rows"):
        NamedFile(3, bounds=NAMED).verify(2, bounds_of(ROWS))


def test_joined__two_groups__the_bounds_of_both():
    one, other = {"a": (1, 5), "b": (b"x", b"y")}, {"a": (3, 9), "c": (0, 0)}
    assert joined(one, other) == {"a": (1, 9), "b": (b"x", b"y"), "c": (0, 0)}


def test_widened__numbers_bytes_and_what_is_none__holds_files_and_what_was_named():
    assert widened("uint64", ("3", "3"), [("9", "10"), ("2", "4")]) == ("2", "10")
    assert widened("decimal(38,0)", ("-9", "junk"), [("-10", "1"), ("", "0")]) == ("-10", "1")
    assert widened("uint64", ("x", "y"), [("z", "z")]) == ("x", "y")
    assert widened("blob", ("0A", "0B"), [("01", "FF")]) == ("01", "FF")
    assert widened("boolean", ("true", "true"), [("false", "true")]) == ("false", "true")
    assert widened("boolean", ("0", "true"), [("1", "1")]) == ("0", "true")


def test_verify_numbers__column_under_another_number_or_none__is_named(tmp_path):
    path = tmp_path / "rows.parquet"
    for number in (b"2", b"1", None):
        metadata = None if number is None else {b"PARQUET:field_id": number}
        own = pa.field("_ducklake_internal_row_id", pa.int64(), metadata={b"PARQUET:field_id": b"2147483540"})
        fields = pa.schema([pa.field("x", pa.int64(), metadata=metadata), own])
        pq.write_table(pa.table({"x": [1], own.name: [7]}, schema=fields), path)
        named = NamedFile(1, numbers={"x": 1})
        if number == b"1":
            named.verify_numbers(pq.read_metadata(path))
        else:
            with pytest.raises(ValueError, match=r"the column x under the number (2|none)"):
                named.verify_numbers(pq.read_metadata(path))
