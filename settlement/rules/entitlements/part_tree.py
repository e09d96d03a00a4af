"""The tree of leaves that lie in parts: their order found by ranges of hashes, its nodes hashed subtree by subtree.

A complete tree of k leaves has 2k - 1 nodes, and below each node lies a complete tree again, whose levels are ranges of
the nodes of the whole. So the leaves are put in order range by range, each subtree is hashed where its leaves are, and
what is above the subtrees' roots is hashed last.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.rules.columns.arrays import I64, U8, U32
from settlement.rules.columns.conversions import Words, words_from_amounts
from settlement.rules.columns.hash_order import hash_order
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.merkle import hash_parents, leaf_hashes

MOST_DEPTH = 8
"""Of the roots of subtrees: there are at most 256."""


@dataclass(frozen=True, slots=True)
class PartHashes:
    """The leaf hashes of a part ascending, u8 (m, 32), and the row of each, (m,)."""

    hashes: Words
    row: I64

    def count_by_range(self) -> tuple[U8, U32]:
        """Return the bytes that they begin with, ascending, and how many begin with each."""
        first, counts = np.unique(self.hashes[:, 0], return_counts=True)
        return first, counts.astype(np.uint32)


@dataclass(frozen=True, slots=True)
class SubtreeLevel:
    """Nodes of a subtree on one level: their places in the whole tree and in the subtree itself, and how many."""

    first: int
    own: int
    count: int


def hash_part(leaves: Leaves) -> PartHashes:
    """Return the leaf hashes of a part in their order."""
    hashes = leaf_hashes(leaves.account, leaves.token, words_from_amounts(leaves.cumulative))
    order = hash_order(hashes)
    return PartHashes(np.ascontiguousarray(hashes[order]), order)


def order_range(parts: Sequence[Words], first: int, leaves: int) -> tuple[Words, I64]:
    """Return the hashes of a range, descending, and the node of each in the order of the parts.

    `first` is how many of all the `leaves` have smaller hashes.
    """
    hashes = np.concatenate(parts)
    order = hash_order(hashes)
    node = np.empty(len(hashes), dtype=np.int64)
    node[order] = 2 * leaves - 2 - first - np.arange(len(hashes), dtype=np.int64)
    return np.ascontiguousarray(hashes[order[::-1]]), node


def depth_of_subtrees(leaves: int) -> int:
    """Return on which depth the subtrees begin: each has a leaf."""
    return min(MOST_DEPTH, max(leaves, 1).bit_length() - 1)


def levels_of(subtree: int, depth: int, leaves: int) -> list[SubtreeLevel]:
    """Return the levels of a subtree whose root is the node `subtree` of its depth, from the root down.

    Worked: of 3 leaves, nodes 0..4, subtree 0 of depth 1 has node 1, then nodes 3 and 4.
    """
    nodes, found, first, width, own = 2 * leaves - 1, list[SubtreeLevel](), (1 << depth) - 1 + subtree, 1, 0
    while first < nodes:
        found.append(SubtreeLevel(first, own, min(width, nodes - first)))
        first, own, width = 2 * first + 1, 2 * own + 1, 2 * width
    return found


def hash_subtree(levels: Sequence[SubtreeLevel], leaves: int, load_nodes: Callable[[int, int], Words]) -> Words:
    """Return the nodes of a subtree, whose leaves `load_nodes(first, count)` gives by places in the whole tree."""
    nodes = np.zeros((sum(level.count for level in levels), 32), dtype=np.uint8)
    for level in levels:
        inner = inner_nodes(level, leaves)
        nodes[level.own + inner : level.own + level.count] = load_nodes(level.first + inner, level.count - inner)
    hash_parents(nodes, (len(nodes) + 1) // 2)
    return nodes


def inner_nodes(level: SubtreeLevel, leaves: int) -> int:
    """Return how many nodes of a level are above others; those behind them are leaves."""
    return min(max(leaves - 1 - level.first, 0), level.count)


def join_subtrees(roots: Sequence[bytes]) -> Words:
    """Return the nodes down to the roots of all subtrees of one depth, which come last."""
    nodes = np.zeros((2 * len(roots) - 1, 32), dtype=np.uint8)
    nodes[len(roots) - 1 :] = np.frombuffer(b"".join(roots), dtype=np.uint8).reshape(-1, 32)
    hash_parents(nodes, len(roots))
    return nodes
