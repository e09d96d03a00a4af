"""Keccak-256 of eight short messages at once, for trees of many leaves. Importing this module loads numba.

The state is uint64 (200,): lane i of message v stands at 8 i + v, so that the loop over v compiles to vector
instructions wherever the machine has them. It must start at a multiple of 64 bytes (`aligned_state`): a vector
that straddles two cache lines makes the permutation ten times slower. Messages are shorter than one block of
136 bytes, so each costs one permutation.
"""

import numpy as np
from numpy.typing import NDArray

from indexer.rules.compiled import njit
from indexer.rules.keccak_kernel import ROUND_CONSTANTS
from settlement.rules.wide_words import Word, swap_bytes

State = NDArray[np.uint64]
Lanes = NDArray[np.uint64]
Halves = NDArray[np.uint32]

WIDTH = 8

_FIRST_PAD = Word(1)
_LAST_PAD = Word(1 << 63)
_LAST_LANE = 16  # of a block of 136 bytes


def aligned_state() -> State:
    """Return scratch for the kernels, on a boundary of 64 bytes."""
    raw = np.zeros(25 * WIDTH + 8, dtype=np.uint64)
    skip = -raw.ctypes.data // 8 % 8
    return raw[skip : skip + 25 * WIDTH]


@njit(nogil=True)
def _rotate(lane: Word, by: int) -> Word:
    return (lane << Word(by)) | (lane >> Word(64 - by))


@njit(nogil=True)
def _chi(b0: Word, b1: Word, b2: Word, b3: Word, b4: Word) -> tuple[Word, Word, Word, Word, Word]:
    return (b0 ^ (~b1 & b2), b1 ^ (~b2 & b3), b2 ^ (~b3 & b4), b3 ^ (~b4 & b0), b4 ^ (~b0 & b1))


@njit(cache=True, nogil=True)
def permute_eight(state: State) -> None:
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
            d0 = c4 ^ _rotate(c1, 1)
            d1 = c0 ^ _rotate(c2, 1)
            d2 = c1 ^ _rotate(c3, 1)
            d3 = c2 ^ _rotate(c4, 1)
            d4 = c3 ^ _rotate(c0, 1)
            b0 = a0 ^ d0
            b1 = _rotate(a6 ^ d1, 44)
            b2 = _rotate(a12 ^ d2, 43)
            b3 = _rotate(a18 ^ d3, 21)
            b4 = _rotate(a24 ^ d4, 14)
            b5 = _rotate(a3 ^ d3, 28)
            b6 = _rotate(a9 ^ d4, 20)
            b7 = _rotate(a10 ^ d0, 3)
            b8 = _rotate(a16 ^ d1, 45)
            b9 = _rotate(a22 ^ d2, 61)
            b10 = _rotate(a1 ^ d1, 1)
            b11 = _rotate(a7 ^ d2, 6)
            b12 = _rotate(a13 ^ d3, 25)
            b13 = _rotate(a19 ^ d4, 8)
            b14 = _rotate(a20 ^ d0, 18)
            b15 = _rotate(a4 ^ d4, 27)
            b16 = _rotate(a5 ^ d0, 36)
            b17 = _rotate(a11 ^ d1, 10)
            b18 = _rotate(a17 ^ d2, 15)
            b19 = _rotate(a23 ^ d3, 56)
            b20 = _rotate(a2 ^ d2, 62)
            b21 = _rotate(a8 ^ d3, 55)
            b22 = _rotate(a14 ^ d4, 39)
            b23 = _rotate(a15 ^ d0, 41)
            b24 = _rotate(a21 ^ d1, 2)
            state[0 + v], state[8 + v], state[16 + v], state[24 + v], state[32 + v] = _chi(b0, b1, b2, b3, b4)
            state[40 + v], state[48 + v], state[56 + v], state[64 + v], state[72 + v] = _chi(b5, b6, b7, b8, b9)
            state[80 + v], state[88 + v], state[96 + v], state[104 + v], state[112 + v] = _chi(b10, b11, b12, b13, b14)
            state[120 + v], state[128 + v], state[136 + v], state[144 + v], state[152 + v] = _chi(
                b15, b16, b17, b18, b19
            )
            state[160 + v], state[168 + v], state[176 + v], state[184 + v], state[192 + v] = _chi(
                b20, b21, b22, b23, b24
            )
            state[0 + v] ^= constant


@njit(cache=True, nogil=True)
def _pad(state: State, lanes: int) -> None:
    """Pad eight messages of `lanes` whole lanes."""
    for place in range(8 * lanes, 200):
        state[place] = Word(0)
    for v in range(8):
        state[8 * lanes + v] = _FIRST_PAD
        state[8 * _LAST_LANE + v] ^= _LAST_PAD


@njit(cache=True, nogil=True)
def hash_leaves(accounts: Halves, tokens: Halves, cumulative: Lanes, out: Lanes, state: State) -> None:
    """Write keccak256(keccak256(abi.encode(account, token, cumulative))) of every row to `out` (n, 4).

    The columns are the bytes of (n, 20), (n, 20), (n, 32) seen as (n, 5), (n, 5) uint32 and (n, 4) uint64.
    """
    count = len(accounts)
    for first in range(0, count, 8):
        filled = min(8, count - first)
        for place in range(64):
            state[place] = Word(0)
        for v in range(filled):
            row = first + v
            state[8 + v] = Word(accounts[row, 0]) << Word(32)
            state[16 + v] = Word(accounts[row, 1]) | Word(accounts[row, 2]) << Word(32)
            state[24 + v] = Word(accounts[row, 3]) | Word(accounts[row, 4]) << Word(32)
            state[40 + v] = Word(tokens[row, 0]) << Word(32)
            state[48 + v] = Word(tokens[row, 1]) | Word(tokens[row, 2]) << Word(32)
            state[56 + v] = Word(tokens[row, 3]) | Word(tokens[row, 4]) << Word(32)
            for lane in range(4):
                state[8 * (8 + lane) + v] = cumulative[row, lane]
        _pad(state, 12)
        permute_eight(state)
        _pad(state, 4)
        permute_eight(state)
        for v in range(filled):
            for lane in range(4):
                out[first + v, lane] = state[8 * lane + v]


@njit(cache=True, nogil=True)
def hash_parents(nodes: Lanes, leaves: int, state: State) -> None:
    """Fill the nodes above the last `leaves` ones: `nodes` is (2 * leaves - 1, 4), node i hashes 2i + 1 and 2i + 2.

    Parents are hashed from the last to the first, eight at a time while no child of the eight is among them:
    for the eight up to `last`, the lowest child 2 (last - 7) + 1 is above `last` when last > 13.
    """
    last = leaves - 2
    while last >= 0:
        filled = 8 if last > 13 else 1
        for v in range(filled):
            left = 2 * (last - v) + 1
            right = left + 1
            if not _is_ascending(nodes, left, right):
                left, right = right, left
            for lane in range(4):
                state[8 * lane + v] = nodes[left, lane]
                state[8 * (4 + lane) + v] = nodes[right, lane]
        _pad(state, 8)
        permute_eight(state)
        for v in range(filled):
            for lane in range(4):
                nodes[last - v, lane] = state[8 * lane + v]
        last -= filled


@njit(nogil=True)
def _is_ascending(nodes: Lanes, left: int, right: int) -> bool:
    for lane in range(4):
        if nodes[left, lane] != nodes[right, lane]:
            return bool(swap_bytes(nodes[left, lane]) < swap_bytes(nodes[right, lane]))
    return True
