"""The compiled collection of many proofs at once. Importing this module loads numba."""

from indexer.rules.columns.arrays import I64, U64
from indexer.rules.kernels.compiled import njit


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
