"""Hashes in order, and words that are none."""

import numpy as np
import pytest

from settlement.rules.columns.hash_order import CROWDED, hash_order
from settlement.rules.columns.ordering import SMALL_ROWS
from tests.settlement.rules.epoch_inputs import seeded

pytestmark = pytest.mark.slow  # calls compiled kernels


def order_of(words):
    """Return the order of 32-byte words."""
    return hash_order(np.frombuffer(b"".join(words), dtype=np.uint8).reshape(-1, 32)).tolist()


@pytest.mark.parametrize("count", [0, 1, SMALL_ROWS, SMALL_ROWS + 1, 5000])
def test_hash_order__random_words__is_pythons(count):
    source = seeded(count)
    words = [source.randbytes(32) for _ in range(count)]
    assert order_of(words) == sorted(range(count), key=lambda row: words[row])


def test_hash_order__equal_prefixes__are_settled_by_the_last_byte_then_by_row():
    source = seeded(1)
    heads = [source.randbytes(31) for _ in range(300)]
    words = [source.choice(heads) + bytes([source.randrange(2)]) for _ in range(2000)]
    assert order_of(words) == sorted(range(2000), key=lambda row: words[row])


def test_hash_order__words_in_one_bucket__are_sorted_all_the_same():
    source = seeded(2)
    words = [bytes(20) + source.randbytes(12) for _ in range(CROWDED + 10)]
    assert order_of(words) == sorted(range(len(words)), key=lambda row: words[row])
