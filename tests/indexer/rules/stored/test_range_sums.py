import pyarrow as pa
import pytest

from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.stored.range_sums import RangeSums, joined, read_range, replaced, rows_within, sum_tables
from indexer.words.blocks import block_range

pytestmark = pytest.mark.slow  # calls compiled kernels


def rows(*numbers):
    return {
        "emission_set": pa.table(
            {
                "block_number": pa.array(numbers, pa.uint64()),
                "log_index": pa.array([0] * len(numbers)),
                "tx_index": pa.array([0] * len(numbers)),
                "tx_hash": [bytes([number]) * 32 for number in numbers],
                "address": [bytes(20)] * len(numbers),
                "from_epoch": pa.array(list(numbers)),
                "amount": pa.array([number + 1 for number in numbers], pa.decimal128(38, 0)),
            }
        )
    }


def sums(low, high, *numbers):
    return RangeSums(block_range(low, high), sum_tables(REFERENCE, rows(*numbers)))


def test_read_range__what_was_written__the_same():
    written = sums(3, 9, 3, 4, 9)
    assert read_range(3, 9, written.text()) == written
    assert sums(0, 5).text() == "{}"


def test_replaced__first_part_of_a_range__the_rest_keeps_its_sums():
    ledger = [sums(0, 9, 1, 2, 8)]
    assert replaced(REFERENCE, ledger, block_range(0, 4), rows(1, 2)) == [sums(0, 4, 1, 2), sums(5, 9, 8)]
    assert replaced(REFERENCE, ledger, block_range(5, 9), rows(8)) == [sums(0, 4, 1, 2), sums(5, 9, 8)]


def test_replaced__whole_ranges_and_none__the_rows_alone():
    assert replaced(REFERENCE, [sums(0, 4, 1), sums(5, 6)], block_range(0, 6), rows(3)) == [sums(0, 6, 3)]
    assert replaced(REFERENCE, [], block_range(2, 3), rows(2)) == [sums(2, 3, 2)]


def test_replaced__inside_of_a_range__refused():
    with pytest.raises(ValueError, match="begins there"):
        replaced(REFERENCE, [sums(0, 9, 1)], block_range(3, 4), rows())


def test_joined__many_ranges__as_long_as_allowed():
    ledger = [sums(place, place, place) for place in range(7)]
    assert joined(ledger, 3) == [sums(0, 2, 0, 1, 2), sums(3, 5, 3, 4, 5), sums(6, 6, 6)]


def test_rows_within__a_range__those_of_its_blocks():
    assert rows_within(REFERENCE, "emission_set", rows(1, 5, 9)["emission_set"], block_range(2, 9))[
        "block_number"
    ].to_pylist() == [5, 9]
