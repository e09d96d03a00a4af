"""The compiled Keccak-256 kernel. Importing it loads numba; `indexer.rules.consensus.keccak` does so when it must."""

import numpy as np
from numba import uint64

from indexer.rules.columns.arrays import U64
from indexer.rules.kernels.compiled import njit
from indexer.rules.kernels.hex_kernel import load8, load64, store64

Lane = np.uint64
RATE_BYTES = 136
ROUND_CONSTANTS = np.array(
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
        0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
        0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
        0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ],
    dtype=np.uint64,
)  # fmt: skip


@njit(inline="always")
def rotate(lane: Lane, by: int) -> Lane:
    """Return a lane rotated left by 1 to 63 bits."""
    return (lane << uint64(by)) | (lane >> uint64(64 - by))


@njit(inline="always")
def chi(b0: Lane, b1: Lane, b2: Lane, b3: Lane, b4: Lane) -> tuple[Lane, Lane, Lane, Lane, Lane]:
    """Return one row of five lanes after Keccak's step of that name."""
    return (b0 ^ (~b1 & b2), b1 ^ (~b2 & b3), b2 ^ (~b3 & b4), b3 ^ (~b4 & b0), b4 ^ (~b0 & b1))


@njit(cache=True, nogil=True)
def permute(state: np.ndarray) -> None:
    """Apply Keccak-f[1600] in place to `state`: uint64 of shape (25,), lane (x, y) at x + 5y."""
    a0, a1, a2, a3, a4 = state[0], state[1], state[2], state[3], state[4]
    a5, a6, a7, a8, a9 = state[5], state[6], state[7], state[8], state[9]
    a10, a11, a12, a13, a14 = state[10], state[11], state[12], state[13], state[14]
    a15, a16, a17, a18, a19 = state[15], state[16], state[17], state[18], state[19]
    a20, a21, a22, a23, a24 = state[20], state[21], state[22], state[23], state[24]
    for constant in ROUND_CONSTANTS:
        c0, c1, c2 = a0 ^ a5 ^ a10 ^ a15 ^ a20, a1 ^ a6 ^ a11 ^ a16 ^ a21, a2 ^ a7 ^ a12 ^ a17 ^ a22
        c3, c4 = a3 ^ a8 ^ a13 ^ a18 ^ a23, a4 ^ a9 ^ a14 ^ a19 ^ a24
        d0, d1, d2 = c4 ^ rotate(c1, 1), c0 ^ rotate(c2, 1), c1 ^ rotate(c3, 1)
        d3, d4 = c2 ^ rotate(c4, 1), c3 ^ rotate(c0, 1)
        e0, e1, e2, e3, e4 = chi(
            a0 ^ d0, rotate(a6 ^ d1, 44), rotate(a12 ^ d2, 43), rotate(a18 ^ d3, 21), rotate(a24 ^ d4, 14)
        )
        e0 ^= constant
        e5, e6, e7, e8, e9 = chi(
            rotate(a3 ^ d3, 28), rotate(a9 ^ d4, 20), rotate(a10 ^ d0, 3), rotate(a16 ^ d1, 45),
            rotate(a22 ^ d2, 61)
        )  # fmt: skip
        e10, e11, e12, e13, e14 = chi(
            rotate(a1 ^ d1, 1), rotate(a7 ^ d2, 6), rotate(a13 ^ d3, 25), rotate(a19 ^ d4, 8),
            rotate(a20 ^ d0, 18)
        )  # fmt: skip
        e15, e16, e17, e18, e19 = chi(
            rotate(a4 ^ d4, 27), rotate(a5 ^ d0, 36), rotate(a11 ^ d1, 10), rotate(a17 ^ d2, 15),
            rotate(a23 ^ d3, 56)
        )  # fmt: skip
        e20, e21, e22, e23, e24 = chi(
            rotate(a2 ^ d2, 62), rotate(a8 ^ d3, 55), rotate(a14 ^ d4, 39), rotate(a15 ^ d0, 41),
            rotate(a21 ^ d1, 2)
        )  # fmt: skip
        a0, a1, a2, a3, a4, a5, a6, a7, a8, a9 = e0, e1, e2, e3, e4, e5, e6, e7, e8, e9
        a10, a11, a12, a13, a14, a15, a16, a17, a18, a19 = e10, e11, e12, e13, e14, e15, e16, e17, e18, e19
        a20, a21, a22, a23, a24 = e20, e21, e22, e23, e24
    state[0], state[1], state[2], state[3], state[4] = a0, a1, a2, a3, a4
    state[5], state[6], state[7], state[8], state[9] = a5, a6, a7, a8, a9
    state[10], state[11], state[12], state[13], state[14] = a10, a11, a12, a13, a14
    state[15], state[16], state[17], state[18], state[19] = a15, a16, a17, a18, a19
    state[20], state[21], state[22], state[23], state[24] = a20, a21, a22, a23, a24


@njit(cache=True, nogil=True)
def hash_at(text: int, size: int, state: U64, out: int) -> None:
    """Write Keccak-256 of the `size` bytes at address `text` to address `out`; `state` (uint64, 25) is scratch."""
    state[:] = 0
    left = size
    while left >= RATE_BYTES:
        for lane in range(RATE_BYTES // 8):
            state[lane] ^= load64(text + 8 * lane)
        permute(state)
        text += RATE_BYTES
        left -= RATE_BYTES
    whole = left >> 3
    for lane in range(whole):
        state[lane] ^= load64(text + 8 * lane)
    for index in range(8 * whole, left):
        state[index >> 3] ^= uint64(load8(text + index)) << uint64(8 * (index & 7))
    state[whole] ^= uint64(0x01) << uint64(8 * (left & 7))
    state[RATE_BYTES // 8 - 1] ^= uint64(0x80) << uint64(56)
    permute(state)
    for lane in range(4):
        store64(out + 8 * lane, state[lane])
