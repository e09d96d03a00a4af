"""The compiled making of proofs, one that is verified or many at once. Importing this module loads numba."""

import numpy as np

from indexer.rules.columns.arrays import I64, U8, U64
from indexer.rules.consensus.keccak_kernel import hash_at
from indexer.rules.kernels.compiled import njit
from indexer.rules.kernels.hex_kernel import load8, load64, store64

MOST_SIBLINGS = 64
"""A path is never longer: nodes are counted by 64 bits."""


@njit(cache=True, nogil=True)
def count_siblings(positions: I64, starts: I64) -> None:
    """Write the running number of siblings to `starts` (n + 1,): a node at depth d has d."""
    starts[0] = 0
    for row in range(len(positions)):
        depth, at = 0, positions[row] + 1
        while at > 1:
            at >>= 1
            depth += 1
        starts[row + 1] = starts[row] + depth


@njit(cache=True, nogil=True)
def copy_siblings(nodes: U64, positions: I64, starts: I64, siblings: U64) -> None:
    """Write the siblings of every row, leaf first, to `siblings` (starts[n], 4); nodes are (2k - 1, 4)."""
    for row in range(len(positions)):
        at, place = positions[row], starts[row]
        while at > 0:
            sibling = at + 1 if at & 1 else at - 1
            for lane in range(4):
                siblings[place, lane] = nodes[sibling, lane]
            place += 1
            at = (at - 1) >> 1


@njit(cache=True, nogil=True)
def find_account(accounts: U8, wanted: U8) -> tuple[int, int]:
    """Return the first row of an account and the one after its last, in accounts (n, 20) that ascend."""
    text, column = wanted.ctypes.data, accounts.ctypes.data
    low, high = 0, len(accounts)
    while low < high:
        middle = (low + high) >> 1
        if _is_less(column + 20 * middle, text, 20):
            low = middle + 1
        else:
            high = middle
    stop = low
    while stop < len(accounts) and not _is_less(text, column + 20 * stop, 20):
        stop += 1
    return low, stop


@njit(cache=True, nogil=True)
def prove_leaf(accounts: U8, tokens: U8, cumulative: U64, position: I64, nodes: U8, row: int, path: U8) -> int:
    """Write the siblings of a row, leaf first, and the root that they lead to; return how many siblings there are.

    Columns as in a tree's file; `path` has room for MOST_SIBLINGS nodes and one more.
    """
    pair, state = np.zeros(128, dtype=np.uint8), np.empty(25, dtype=np.uint64)
    text, tree, out = pair.ctypes.data, nodes.ctypes.data, path.ctypes.data
    for byte in range(20):
        pair[12 + byte], pair[44 + byte] = accounts[row, byte], tokens[row, byte]
    for byte in range(8):
        shift = np.uint64(8 * byte)
        pair[95 - byte], pair[87 - byte] = (cumulative[row, 0] >> shift) & 255, (cumulative[row, 1] >> shift) & 255
    node = text + 96
    hash_at(text, 96, state, node)
    hash_at(node, 32, state, node)
    at, count = position[row], 0
    while at > 0:
        sibling = tree + 32 * (at + 1 if at & 1 else at - 1)
        first, second = (node, sibling) if _is_less(node, sibling, 32) else (sibling, node)
        _copy_node(first, text)
        _copy_node(second, text + 32)
        _copy_node(sibling, out + 32 * count)
        hash_at(text, 64, state, node)
        at, count = (at - 1) >> 1, count + 1
    _copy_node(node, out + 32 * count)
    return count


@njit(nogil=True)
def _copy_node(source: int, target: int) -> None:
    for lane in range(0, 32, 8):
        store64(target + lane, load64(source + lane))


@njit(nogil=True)
def _is_less(one: int, other: int, size: int) -> bool:
    """Return whether the bytes at one address stand before those at another."""
    for byte in range(size):
        if load8(one + byte) != load8(other + byte):
            return bool(load8(one + byte) < load8(other + byte))
    return False
