"""The compiled collection of many proofs at once. Importing this module loads numba."""

import numpy as np
from numpy.typing import NDArray

from indexer.rules.kernels.compiled import njit

Lanes = NDArray[np.uint64]
Places = NDArray[np.int64]


@njit(cache=True, nogil=True)
def count_siblings(positions: Places, starts: Places) -> None:
    """Write the running number of siblings to `starts` (n + 1,): a node at depth d has d."""
    starts[0] = 0
    for row in range(len(positions)):
        depth, at = 0, positions[row] + 1
        while at > 1:
            at >>= 1
            depth += 1
        starts[row + 1] = starts[row] + depth


@njit(cache=True, nogil=True)
def copy_siblings(nodes: Lanes, positions: Places, starts: Places, siblings: Lanes) -> None:
    """Write the siblings of every row, leaf first, to `siblings` (starts[n], 4); nodes are (2k - 1, 4)."""
    for row in range(len(positions)):
        at, place = positions[row], starts[row]
        while at > 0:
            sibling = at + 1 if at & 1 else at - 1
            for lane in range(4):
                siblings[place, lane] = nodes[sibling, lane]
            place += 1
            at = (at - 1) >> 1
