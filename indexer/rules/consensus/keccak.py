"""Keccak-256: one message, or a batch of them by a compiled kernel."""

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from Crypto.Hash import keccak as _keccak

from indexer.rules.columns.arrays import I64, U8

_FEW = 256  # below this, loading the compiled kernel costs more than it saves
_FEW_AT_ALL = 8  # where what loads kernels is loaded already
_ROWS_PER_THREAD = 16_384  # below this, starting threads costs more than it saves


def keccak256(data: bytes) -> bytes:
    """Return the 32 bytes of Keccak-256 of one message."""
    return _keccak.new(digest_bits=256, data=data).digest()


def keccak_ragged(buffer: U8, offsets: I64) -> U8:
    """Hash messages of any lengths: message i is `buffer[offsets[i]:offsets[i+1]]`; returns uint8 (n, 32).

    `buffer` is uint8, `offsets` int64 of n + 1 ascending positions; ValueError if they leave the buffer.
    """
    data = np.ascontiguousarray(buffer, dtype=np.uint8)
    bounds = np.ascontiguousarray(offsets, dtype=np.int64)
    if len(bounds) == 0 or bounds[0] < 0 or bounds[-1] > len(data) or (np.diff(bounds) < 0).any():
        raise ValueError(f"expected ascending offsets within 0..{len(data)}, got {bounds[:1]}..{bounds[-1:]}")
    if len(bounds) <= (_FEW_AT_ALL if "numba" in sys.modules else _FEW):
        return _one_by_one([data[low:high].tobytes() for low, high in pairwise(bounds.tolist())])
    from indexer.rules.consensus.keccak_eight_kernel import hash_ragged

    out = np.empty((len(bounds) - 1, 32), dtype=np.uint8)
    _in_threads(len(out), lambda first, last: hash_ragged(data, bounds, out, first, last))
    return out


def _one_by_one(messages: Sequence[bytes]) -> U8:
    return np.frombuffer(b"".join(map(keccak256, messages)), dtype=np.uint8).reshape(-1, 32)


def _in_threads(count: int, work: Callable[[int, int], None]) -> None:
    """Call `work(first, last)` over 0..count in slices; the kernels release the interpreter lock."""
    threads = min(os.cpu_count() or 1, max(1, count // _ROWS_PER_THREAD))
    if threads == 1:
        work(0, count)
        return
    edges = [count * part // threads for part in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, edges[:-1], edges[1:]))
