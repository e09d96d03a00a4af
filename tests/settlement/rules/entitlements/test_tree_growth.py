"""A tree grown out of the one before is the tree built anew, node for node."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.words.errors import UnsoundError
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.columns.ordering import SMALL_ROWS
from settlement.rules.entitlements.ledger import Credits, Leaves, merge_entitlements, no_leaves
from settlement.rules.entitlements.merkle import Tree
from settlement.rules.entitlements.tree_growth import grow_tree, tree_of
from tests.settlement.rules.epoch_inputs import seeded

pytestmark = pytest.mark.slow  # calls compiled kernels


def random_credits(source, keys, count):
    """Return `count` credits of random keys (account, token)."""
    rows = [source.choice(keys) for _ in range(count)]
    return Credits(
        addresses_from_bytes([token for _, token in rows]),
        addresses_from_bytes([account for account, _ in rows]),
        amounts_from_ints([source.randrange(1, 10 ** source.choice([3, 37])) for _ in rows]),
    )


def random_keys(source, count):
    """Return keys of accounts of which some share their first or last bytes, with one to three tokens."""
    accounts = [source.choice([bytes(10), source.randbytes(10)]) + source.randbytes(10) for _ in range(count)]
    return [(account, bytes([source.randrange(3)]) * 20) for account in accounts]


def assert_same(grown, built):
    assert (grown.nodes == built.nodes).all()
    assert (grown.position == built.position).all()


@given(
    st.integers(0, 2**32), st.sampled_from([0, 1, 5, 700, 3000]), st.lists(st.sampled_from([0, 1, 9, 900]), max_size=3)
)
@settings(max_examples=40)
def test_grow_tree__epoch_after_epoch__is_the_tree_built_anew(seed, first, epochs):
    source = seeded(seed)
    leaves = merge_entitlements(
        no_leaves(), random_credits(source, random_keys(source, first), first) if first else no_credits()
    )
    tree = tree_of(leaves)
    for active in epochs:
        old = [(a.tobytes(), t.tobytes()) for a, t in zip(leaves.account, leaves.token, strict=True)]
        keys = random_keys(source, active) + source.sample(old, min(len(old), active))
        after = merge_entitlements(leaves, random_credits(source, keys, active) if active else no_credits())
        grown = grow_tree(leaves, tree, after)
        assert_same(grown, tree_of(after))
        leaves, tree = after, grown


def test_grow_tree__without_a_tree__builds_it():
    leaves = some_leaves(SMALL_ROWS + 7)
    assert_same(grow_tree(no_leaves(), None, leaves), tree_of(leaves))
    assert_same(grow_tree(some_leaves(3), None, leaves), tree_of(leaves))


def test_grow_tree__a_leaf_gone_or_a_tree_of_others__is_refused():
    leaves = some_leaves(SMALL_ROWS + 7)
    fewer = Leaves(leaves.account[1:], leaves.token[1:], leaves.cumulative[1:])
    with pytest.raises(UnsoundError, match="vanished"):
        grow_tree(leaves, tree_of(leaves), fewer)
    with pytest.raises(UnsoundError, match="not of the prior leaves"):
        grow_tree(fewer, tree_of(leaves), leaves)


def test_grow_tree__unchanged_leaves__are_not_hashed_again():
    leaves = some_leaves(SMALL_ROWS + 7)
    tree = tree_of(leaves)
    marked = tree.nodes.copy()
    marked[-1] = 0  # the smallest leaf, at the end, becomes one that no row hashes to
    credit = Credits(leaves.token[:1], leaves.account[:1], amounts_from_ints([5]))
    grown = grow_tree(leaves, Tree(marked, tree.position), merge_entitlements(leaves, credit))
    assert not grown.nodes[-1].any()


def some_leaves(count):
    """Return leaves of one token, whose first row is not the smallest hash."""
    account = np.zeros((count, 20), dtype=np.uint8)
    account[:, :4] = np.arange(1, count + 1, dtype=">u4").view(np.uint8).reshape(-1, 4)
    return Leaves(account, np.full((count, 20), 7, dtype=np.uint8), amounts_from_ints([9] * count))


def no_credits():
    return Credits(no_leaves().token, no_leaves().account, no_leaves().cumulative)
