"""Compiled sums of the second reading: over (app, account) pairs, and of each app. Importing it loads numba."""

import numpy as np
from numba import uint64

from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import load8, load32, load64
from indexer.rules.stored.row_hash_kernel import FACTORS, finish


@njit(inline="always")
def mixed(app: np.uint64, account: np.uint64) -> np.uint64:
    """Return what one (app, account) pair is weighted with, of the lanes of both."""
    return finish(app * uint64(0x9E3779B97F4A7C15) + account)


@njit(cache=True, nogil=True)
def sketch(app: np.ndarray, account: np.ndarray, weight: np.ndarray) -> np.uint64:
    """Return the sum of weight x mixed(app, account) modulo 2^64 over all rows; lanes and weights u64 (n,).

    Being linear in the weights it is the same over proofs as over their sums, and another one if two accounts of
    different weight are exchanged.
    """
    total = uint64(0)
    for row in range(len(app)):
        total += weight[row] * mixed(app[row], account[row])
    return total


@njit(cache=True, nogil=True)
def sketch_proofs(
    index: np.ndarray,
    apps: np.ndarray,
    miner: np.ndarray,
    user: np.ndarray,
    alphas: np.ndarray,
    scheme: np.ndarray,
    gates: np.ndarray,
    counts: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Add the sketches of the proofs that count to sums u64 (2,): of miners by their work, of users by their tasks.

    `index` says which of the lanes `apps` a proof is of, `miner` and `user` are lanes, `alphas` weights by scheme.
    """
    work, tasks = uint64(0), uint64(0)
    for row in range(len(gates)):
        if counts[row]:
            app = apps[index[row]]
            work += gates[row] * alphas[scheme[row]] * mixed(app, miner[row])
            tasks += mixed(app, user[row])
    sums[0] += work
    sums[1] += tasks


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


@njit(cache=True, nogil=True)
def read_addresses(address: int, offsets: np.ndarray, lanes: np.ndarray, first: np.ndarray) -> int:
    """Fill lanes u64 (n,) with the first lane of byte strings (`values_of`), first u8 (n,) with their first byte.

    String i lies at `address` + offsets[i] .. offsets[i + 1]. Returns how many have 20 bytes; others are not read.
    """
    factor, count = FACTORS[0], 0
    for row in range(len(lanes)):
        at = address + int64(offsets[row])
        if offsets[row + 1] - offsets[row] == 20:
            lane = (uint64(20) * factor + load64(at)) * factor + load64(at + 8)
            lanes[row] = lane * factor + uint64(load32(at + 16))
            first[row] = load8(at)
            count += 1
    return count


@njit(cache=True, nogil=True)
def sort_out(
    index: np.ndarray,
    approved: np.ndarray,
    block: np.ndarray,
    epoch: np.ndarray,
    bounds: np.ndarray,
    counts: np.ndarray,
    suspects: np.ndarray,
) -> int:
    """Say of each proof whether it counts and whether it is suspect; return how many are suspect.

    `bounds` u64 are the epoch, its first and its last block, and the first block that is not before genesis. `approved`
    says so of each app, `index` which app a proof is of.
    """
    wanted, first, last, genesis = bounds[0], bounds[1], bounds[2], bounds[3]
    found = 0
    for row in range(len(block)):
        fits = approved[index[row]] and epoch[row] == wanted
        inside = first <= block[row] <= last
        counts[row] = inside and fits
        suspects[row] = (inside and not fits) or (block[row] <= last and block[row] < genesis)
        found += suspects[row]
    return found
