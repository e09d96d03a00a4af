"""Keccak-256 of eight short messages at once, for trees of many leaves. Importing this module loads numba.

Messages are shorter than one block of 136 bytes, so each costs one permutation; the state is that of
`indexer.rules.consensus.keccak_eight_kernel`.
"""

from indexer.rules.columns.arrays import U32, U64, Word
from indexer.rules.consensus.keccak_eight_kernel import permute_eight
from indexer.rules.kernels.compiled import njit
from settlement.rules.columns.wide_words import swap_bytes

_FIRST_PAD = Word(1)
_LAST_PAD = Word(1 << 63)
_LAST_LANE = 16  # of a block of 136 bytes


@njit(cache=True, nogil=True)
def _pad(state: U64, lanes: int) -> None:
    """Pad eight messages of `lanes` whole lanes."""
    for place in range(8 * lanes, 200):
        state[place] = Word(0)
    for v in range(8):
        state[8 * lanes + v] = _FIRST_PAD
        state[8 * _LAST_LANE + v] ^= _LAST_PAD


@njit(cache=True, nogil=True)
def hash_leaves(accounts: U32, tokens: U32, cumulative: U64, out: U64, state: U64) -> None:
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
def hash_parents(nodes: U64, leaves: int, state: U64) -> None:
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
def _is_ascending(nodes: U64, left: int, right: int) -> bool:
    for lane in range(4):
        if nodes[left, lane] != nodes[right, lane]:
            return bool(swap_bytes(nodes[left, lane]) < swap_bytes(nodes[right, lane]))
    return True
