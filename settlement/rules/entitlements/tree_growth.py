"""The tree of an epoch's leaves, grown out of the tree of the epoch before.

An entitlement that did not change keeps its leaf hash and its place in the order of hashes. So only changed and new
leaves are hashed (two keccaks each) and sorted; they are merged into the order there was. Where a leaf comes in, all
that follow move by one place, so every node above the leaves is hashed again: k - 1 keccaks for k leaves is the limit.
"""

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from settlement.rules.columns.conversions import words_from_amounts
from settlement.rules.columns.hash_order import hash_order
from settlement.rules.columns.ordering import SMALL_ROWS
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.merkle import Tree, build_tree, hash_parents, leaf_hashes


def tree_of(leaves: Leaves) -> Tree:
    """Return the tree of leaves, every one hashed."""
    return build_tree(leaves.account, leaves.token, words_from_amounts(leaves.cumulative))


def grow_tree(prior: Leaves, tree: Tree | None, leaves: Leaves) -> Tree:
    """Return `tree_of(leaves)`, with what `tree`, that of the `prior` leaves, already knows; without it all is hashed.

    Both leaves ascend by (account, token); every prior one is still there, maybe with another amount, else
    UnsoundError: an entitlement never ends.
    """
    if tree is None or len(prior) == 0 or len(leaves) <= SMALL_ROWS:
        return tree_of(leaves)
    if len(tree) != len(prior):
        raise UnsoundError("a tree is not of the prior leaves", expected=f"{len(prior)} leaves", got=str(len(tree)))
    from settlement.rules.entitlements import tree_growth_kernel

    row_of_slot = np.full(len(prior), -1, dtype=np.int64)
    fresh = np.empty(len(leaves), dtype=np.int64)
    found, count = tree_growth_kernel.carry_leaves(*_lanes(prior), tree.position, *_lanes(leaves), row_of_slot, fresh)
    if found != len(prior):
        raise UnsoundError("an entitlement has vanished", expected=f"all {len(prior)} prior leaves", got=str(found))
    fresh = fresh[:count]
    hashes = leaf_hashes(leaves.account[fresh], leaves.token[fresh], words_from_amounts(leaves.cumulative[fresh]))
    nodes = np.empty((2 * len(leaves) - 1, 32), dtype=np.uint8)
    position = np.empty(len(leaves), dtype=np.int64)
    tree_growth_kernel.merge_hashes(
        tree.leaf_nodes.view(np.uint64),
        row_of_slot,
        hashes.view(np.uint64),
        np.ascontiguousarray(hash_order(hashes)[::-1]),
        fresh,
        nodes.view(np.uint64),
        position,
    )
    hash_parents(nodes, len(leaves))
    return Tree(nodes, position)


def _lanes(leaves: Leaves) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint64]]:
    """Return the columns as (n, 5) and (n, 5) u32 and (n, 2) u64."""
    account, token = (np.ascontiguousarray(column).view(np.uint32) for column in (leaves.account, leaves.token))
    return account, token, np.ascontiguousarray(leaves.cumulative)
