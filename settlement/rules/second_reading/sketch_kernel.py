"""Compiled sums of the second reading: over (app, account) pairs, and of each app. Importing it loads numba."""

import numpy as np
from numba import uint64

from indexer.rules.kernels.compiled import njit
from indexer.rules.stored.row_hash_kernel import finish


@njit(cache=True, nogil=True)
def sketch(app: np.ndarray, account: np.ndarray, weight: np.ndarray, counts: np.ndarray) -> np.uint64:
    """Return the sum of weight x mixed(app, account) modulo 2^64 over the rows that count; lanes and weights u64 (n,).

    Being linear in the weights it is the same over proofs as over their sums, and another one if two accounts of
    different weight are exchanged.
    """
    total = uint64(0)
    for row in range(len(app)):
        if counts[row]:
            total += weight[row] * finish(app[row] * uint64(0x9E3779B97F4A7C15) + account[row])
    return total


@njit(cache=True, nogil=True)
def tally(
    app: np.ndarray, scheme: np.ndarray, gates: np.ndarray, counts: np.ndarray, schemes: int, sums: np.ndarray
) -> None:
    """Add the rows that count to sums u64 (k, 3) at `app x schemes + scheme`: rows, low and high half of the gates."""
    for row in range(len(gates)):
        if counts[row]:
            place = np.int64(app[row]) * schemes + np.int64(scheme[row])
            total = sums[place, 1] + gates[row]
            sums[place, 2] += uint64(total < gates[row])
            sums[place, 1] = total
            sums[place, 0] += uint64(1)
