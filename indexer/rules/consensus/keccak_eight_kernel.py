"""Keccak-256 of eight messages at once. Importing this module loads numba.

The state is uint64 (200,): lane i of message v stands at 8 i + v, so that the loop over v compiles to vector
instructions wherever the machine has them. It must start at a multiple of 64 bytes (`aligned_state`): a vector
that straddles two cache lines makes the permutation ten times slower.
"""

import numpy as np

from indexer.rules.columns.arrays import I64, U8, U64, Word
from indexer.rules.consensus.keccak_kernel import RATE_BYTES, ROUND_CONSTANTS, chi, rotate
from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import load8, load64, store64

WORTH_EIGHT = 3
"""As many messages take less time together than one after the other."""


@njit(cache=True, nogil=True)
def aligned_state() -> U64:
    """Return a state on a boundary of 64 bytes."""
    raw = np.zeros(208, dtype=np.uint64)
    skip = -(raw.ctypes.data >> 3) & 7
    return raw[skip : skip + 200]


@njit(cache=True, nogil=True)
def permute_eight(state: U64) -> None:
    """Apply Keccak-f[1600] to each of the eight states in place."""
    for constant in ROUND_CONSTANTS:
        for v in range(8):
            a0, a1, a2, a3, a4 = state[0 + v], state[8 + v], state[16 + v], state[24 + v], state[32 + v]
            a5, a6, a7, a8, a9 = state[40 + v], state[48 + v], state[56 + v], state[64 + v], state[72 + v]
            a10, a11, a12, a13, a14 = state[80 + v], state[88 + v], state[96 + v], state[104 + v], state[112 + v]
            a15, a16, a17, a18, a19 = state[120 + v], state[128 + v], state[136 + v], state[144 + v], state[152 + v]
            a20, a21, a22, a23, a24 = state[160 + v], state[168 + v], state[176 + v], state[184 + v], state[192 + v]
            c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
            c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
            c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
            c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
            c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
            d0 = c4 ^ rotate(c1, 1)
            d1 = c0 ^ rotate(c2, 1)
            d2 = c1 ^ rotate(c3, 1)
            d3 = c2 ^ rotate(c4, 1)
            d4 = c3 ^ rotate(c0, 1)
            b0 = a0 ^ d0
            b1 = rotate(a6 ^ d1, 44)
            b2 = rotate(a12 ^ d2, 43)
            b3 = rotate(a18 ^ d3, 21)
            b4 = rotate(a24 ^ d4, 14)
            b5 = rotate(a3 ^ d3, 28)
            b6 = rotate(a9 ^ d4, 20)
            b7 = rotate(a10 ^ d0, 3)
            b8 = rotate(a16 ^ d1, 45)
            b9 = rotate(a22 ^ d2, 61)
            b10 = rotate(a1 ^ d1, 1)
            b11 = rotate(a7 ^ d2, 6)
            b12 = rotate(a13 ^ d3, 25)
            b13 = rotate(a19 ^ d4, 8)
            b14 = rotate(a20 ^ d0, 18)
            b15 = rotate(a4 ^ d4, 27)
            b16 = rotate(a5 ^ d0, 36)
            b17 = rotate(a11 ^ d1, 10)
            b18 = rotate(a17 ^ d2, 15)
            b19 = rotate(a23 ^ d3, 56)
            b20 = rotate(a2 ^ d2, 62)
            b21 = rotate(a8 ^ d3, 55)
            b22 = rotate(a14 ^ d4, 39)
            b23 = rotate(a15 ^ d0, 41)
            b24 = rotate(a21 ^ d1, 2)
            state[0 + v], state[8 + v], state[16 + v], state[24 + v], state[32 + v] = chi(b0, b1, b2, b3, b4)
            state[40 + v], state[48 + v], state[56 + v], state[64 + v], state[72 + v] = chi(b5, b6, b7, b8, b9)
            state[80 + v], state[88 + v], state[96 + v], state[104 + v], state[112 + v] = chi(b10, b11, b12, b13, b14)
            state[120 + v], state[128 + v], state[136 + v], state[144 + v], state[152 + v] = chi(
                b15, b16, b17, b18, b19
            )
            state[160 + v], state[168 + v], state[176 + v], state[184 + v], state[192 + v] = chi(
                b20, b21, b22, b23, b24
            )
            state[0 + v] ^= constant


@njit(cache=True, nogil=True)
def hash_eight(texts: I64, sizes: I64, outs: I64, count: int, state: U64) -> None:
    """Write Keccak-256 of the sizes[v] bytes at address texts[v] to address outs[v], for v < count <= 8.

    All three are int64 (8,); `state` (`aligned_state`) is scratch. It takes as long as the longest message.
    """
    most = 0
    for v in range(count):
        most = max(most, sizes[v] // RATE_BYTES + 1)
    state[:] = 0
    for block in range(most):
        for v in range(count):
            _absorb(texts[v] + RATE_BYTES * block, sizes[v] - RATE_BYTES * block, v, state)
        permute_eight(state)
        for v in range(count):
            if sizes[v] // RATE_BYTES == block:
                for lane in range(4):
                    store64(outs[v] + 8 * lane, state[8 * lane + v])


@njit(nogil=True)
def _absorb(text: int, left: int, v: int, state: U64) -> None:
    """Take one block of message v, the padded last one where `left` bytes are less; none of a message that is done."""
    if left < 0:
        return
    whole = min(left, RATE_BYTES) >> 3
    for lane in range(whole):
        state[8 * lane + v] ^= load64(text + 8 * lane)
    if left >= RATE_BYTES:
        return
    for index in range(8 * whole, left):
        state[8 * (index >> 3) + v] ^= Word(load8(text + index)) << Word(8 * (index & 7))
    state[8 * whole + v] ^= Word(0x01) << Word(8 * (left & 7))
    state[8 * (RATE_BYTES // 8 - 1) + v] ^= Word(0x80) << Word(56)


@njit(cache=True, nogil=True)
def hash_ragged(buffer: U8, offsets: I64, out: U8, first: int, last: int) -> None:
    """Write to `out[i]` the hash of `buffer[offsets[i]:offsets[i+1]]` for `first <= i < last`."""
    state = aligned_state()
    texts, sizes, outs = np.empty(8, np.int64), np.empty(8, np.int64), np.empty(8, np.int64)
    for start in range(first, last, 8):
        count = min(8, last - start)
        for v in range(count):
            texts[v] = int64(buffer.ctypes.data) + offsets[start + v]
            sizes[v] = offsets[start + v + 1] - offsets[start + v]
            outs[v] = int64(out.ctypes.data) + 32 * (start + v)
        hash_eight(texts, sizes, outs, count, state)
