import hashlib
import random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from settlement.rules.epoch.digests import (
    arrange_rows,
    digest_by_group,
    digest_events,
    digest_rows,
    find_first_difference,
)


def naive_digest(rows, groups):
    outer = hashlib.sha256()
    for group in range(256):
        inside = sorted(row for row, of in zip(rows, groups, strict=True) if of == group)
        outer.update(hashlib.sha256(b"".join(inside)).digest())
    return outer.digest()


def columns(rows, groups):
    flat = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(len(rows), -1 if rows else 4)
    return flat, np.array(groups, dtype=np.uint8)


@given(st.lists(st.tuples(st.binary(min_size=4, max_size=4), st.integers(0, 255)), max_size=60))
def test_digest_rows__any_rows__equals_the_definition_in_any_order(pairs):
    rows, groups = [row for row, _ in pairs], [group for _, group in pairs]
    expected = naive_digest(rows, groups)
    shuffled = random.Random(1).sample(pairs, len(pairs))
    for listed in (pairs, shuffled, sorted(pairs, key=lambda pair: (pair[1], pair[0]))):
        digest = digest_rows(arrange_rows(*columns([row for row, _ in listed], [group for _, group in listed])))
        assert (digest.count, digest.sha256) == (len(rows), expected)
        flat, group = columns([row for row, _ in listed], [group for _, group in listed])
        assert digest_by_group(group, lambda at, flat=flat, group=group: arrange_rows(flat[at], group[at])) == digest


def test_digest_events__two_blocks__hashes_number_hash_and_count():
    numbers, counts = np.array([3, 2**40], dtype=np.uint64), np.array([1, 70000], dtype=np.uint32)
    hashes = np.arange(64, dtype=np.uint8).reshape(2, 32)
    digest = digest_events(numbers, hashes, counts)
    expected = b"".join(
        number.to_bytes(8, "big") + bytes(range(32 * place, 32 * place + 32)) + count.to_bytes(4, "big")
        for place, (number, count) in enumerate([(3, 1), (2**40, 70000)])
    )
    assert digest.sha256 == hashlib.sha256(expected).digest()
    assert digest.count == 70001


def test_find_first_difference__changed_missing_and_equal_rows__says_which():
    rows = [bytes([1, 0, 0, 0]), bytes([2, 0, 0, 0]), bytes([3, 0, 0, 0])]
    whole = arrange_rows(*columns(rows, [1, 2, 3]))
    changed = arrange_rows(*columns([rows[0], bytes([2, 9, 0, 0]), rows[2]], [1, 2, 3]))
    shorter = arrange_rows(*columns(rows[:2], [1, 2]))
    assert find_first_difference(whole, whole) is None
    assert find_first_difference(whole, changed) == (rows[1], bytes([2, 9, 0, 0]))
    assert find_first_difference(whole, shorter) == (rows[2], None)
    assert find_first_difference(shorter, whole) == (None, rows[2])
