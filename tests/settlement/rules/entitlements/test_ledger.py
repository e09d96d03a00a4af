"""Entitlements accumulate, exactly and in order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.words.errors import UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT
from settlement.rules.columns.conversions import (
    addresses_from_bytes,
    addresses_to_bytes,
    amounts_from_ints,
    amounts_to_ints,
)
from settlement.rules.entitlements.ledger import Credits, Leaves, merge_entitlements, no_leaves, rows_above, sum_credits
from tests.settlement.rules.epoch_inputs import seeded

pytestmark = pytest.mark.slow  # calls compiled kernels

KEY = st.sampled_from([bytes([n]) * 20 for n in (0, 1, 2, 255)])
CREDITS = st.lists(st.tuples(KEY, KEY, st.integers(0, 10**37)), max_size=8)


def credits_of(rows):
    """Return (token, account, amount) rows as columns."""
    return Credits(
        addresses_from_bytes([row[0] for row in rows]),
        addresses_from_bytes([row[1] for row in rows]),
        amounts_from_ints(row[2] for row in rows),
    )


def as_rows(leaves):
    """Return leaves as (account, token, cumulative)."""
    columns = (addresses_to_bytes(leaves.account), addresses_to_bytes(leaves.token), amounts_to_ints(leaves.cumulative))
    return list(zip(*columns, strict=True))


@given(st.lists(CREDITS, max_size=3))
def test_merge_entitlements__epoch_after_epoch__sums_every_credit(epochs):
    leaves, expected = no_leaves(), {}
    for rows in epochs:
        for token, account, amount in rows:
            expected[account, token] = expected.get((account, token), 0) + amount
        leaves = merge_entitlements(leaves, credits_of(rows))
    assert as_rows(leaves) == sorted((*key, total) for key, total in expected.items() if total)


@given(CREDITS, CREDITS)
def test_merge_entitlements__credits_of_two_epochs_at_once__equal_one_after_the_other(first, second):
    apart = merge_entitlements(merge_entitlements(no_leaves(), credits_of(first)), credits_of(second))
    together = merge_entitlements(no_leaves(), credits_of(first + second))
    assert as_rows(apart) == as_rows(together)


@given(CREDITS, CREDITS)
def test_rows_above__any_leaves__are_those_with_more_than_was_paid(rows, paid_rows):
    leaves, paid = sum_credits(credits_of(rows)), sum_credits(credits_of(paid_rows))
    known = {(account, token): amount for account, token, amount in as_rows(paid)}
    expected = [n for n, (*key, amount) in enumerate(as_rows(leaves)) if amount > known.get(tuple(key), 0)]
    assert rows_above(leaves, paid).tolist() == expected


def test_rows_above__thousands__are_matched_by_key():
    source = seeded(12)
    rows = [(bytes(20), source.randbytes(20), source.randrange(1, 10**30)) for _ in range(2000)]
    paid = [(token, account, amount - (n % 3 == 0)) for n, (token, account, amount) in enumerate(rows) if n % 5]
    leaves = sum_credits(credits_of(rows))
    open_keys = {account for n, (_, account, _) in enumerate(rows) if n % 3 == 0 or n % 5 == 0}
    assert {leaves.account[row].tobytes() for row in rows_above(leaves, sum_credits(credits_of(paid)))} == open_keys


def test_merge_entitlements__a_sum_above_the_limit__is_refused():
    one = [(bytes(20), bytes(20), AMOUNT_LIMIT)]
    leaves = merge_entitlements(no_leaves(), credits_of(one))
    assert as_rows(leaves) == [(bytes(20), bytes(20), AMOUNT_LIMIT)]
    with pytest.raises(UnsoundError, match="out of range"):
        merge_entitlements(leaves, credits_of([(bytes(20), bytes(20), 1)]))
    with pytest.raises(UnsoundError, match="out of range"):
        merge_entitlements(leaves, credits_of(one * 7))


def test_sum_credits__that_ascend__are_held_against_the_limit_too():
    rows = [(bytes(20), bytes([n]) * 20, 5 + n) for n in range(3)]
    assert as_rows(sum_credits(credits_of(rows))) == [(account, token, amount) for token, account, amount in rows]
    above = credits_of(rows)
    above.amount[1] = 2**64 - 1
    with pytest.raises(UnsoundError, match="out of range"):
        sum_credits(above)


@pytest.mark.parametrize("places", [[1, 0], [0, 0]])
def test_merge_entitlements__prior_not_sorted_or_not_unique__is_refused(places):
    accounts = np.stack([np.full(20, place, dtype=np.uint8) for place in places])
    prior = Leaves(accounts, np.zeros((2, 20), dtype=np.uint8), amounts_from_ints([1, 1]))
    with pytest.raises(UnsoundError, match="not sorted"):
        merge_entitlements(prior, credits_of([(bytes(20), bytes(20), 1)]))


def test_merge_entitlements__thousands_of_leaves__are_the_sums():
    source = seeded(11)
    keys = [(source.randbytes(20), bytes([source.randrange(3)]) * 20) for _ in range(1500)]
    expected, leaves = {}, no_leaves()
    for _ in range(3):
        rows = [(token, account, source.randrange(10**30)) for account, token in source.sample(keys, 900)]
        for token, account, amount in rows:
            expected[account, token] = expected.get((account, token), 0) + amount
        leaves = merge_entitlements(leaves, credits_of(rows))
    assert as_rows(leaves) == sorted((*key, total) for key, total in expected.items() if total)
    account, token = leaves.account[5].tobytes(), leaves.token[5].tobytes()
    with pytest.raises(UnsoundError, match="out of range"):
        merge_entitlements(leaves, credits_of([(token, account, AMOUNT_LIMIT)]))
    swapped = Leaves(leaves.account[::-1], leaves.token[::-1], leaves.cumulative[::-1])
    with pytest.raises(UnsoundError, match="not sorted"):
        merge_entitlements(swapped, credits_of([(token, account, 1)]))
