"""Compiled recursive length prefix encoding into a buffer."""

import numpy as np

from indexer.rules.columns.arrays import U8
from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import copy_bytes


@njit(cache=True, nogil=True)
def put_prefix(out: U8, at: int, size: int, base: int) -> int:
    """Write the RLP prefix of a payload of `size` bytes; return the position behind it."""
    if size < 56:
        out[at] = base + size
        return at + 1
    length = 0
    rest = size
    while rest > 0:
        length += 1
        rest >>= 8
    out[at] = base + 55 + length
    for index in range(length):
        out[at + 1 + index] = (size >> (8 * (length - 1 - index))) & 0xFF
    return at + 1 + length


@njit(cache=True, nogil=True)
def prefix_size(size: int) -> int:
    """Return the size of the RLP prefix of a payload."""
    if size < 56:
        return 1
    length = 1
    while size > 0:
        length += 1
        size >>= 8
    return length


@njit(cache=True, nogil=True)
def _number_bytes(value: np.uint64) -> int:
    size = 0
    while value > np.uint64(0):
        size += 1
        value >>= np.uint64(8)
    return size


@njit(cache=True, nogil=True)
def number_size(value: np.uint64) -> int:
    """Return the size of the RLP of a number."""
    return 1 if value < np.uint64(0x80) else 1 + _number_bytes(value)


@njit(cache=True, nogil=True)
def put_number(out: U8, at: int, value: np.uint64) -> int:
    """Write the RLP of a number; return the position behind it."""
    if value == np.uint64(0):
        out[at] = 0x80
        return at + 1
    if value < np.uint64(0x80):
        out[at] = value
        return at + 1
    size = _number_bytes(value)
    out[at] = 0x80 + size
    for index in range(size):
        out[at + 1 + index] = (value >> np.uint64(8 * (size - 1 - index))) & np.uint64(0xFF)
    return at + 1 + size


@njit(cache=True, nogil=True)
def put_bytes(out: U8, at: int, source: int, size: int) -> int:
    """Copy bytes from an address; return the position behind them."""
    copy_bytes(int64(out.ctypes.data) + at, source, size)
    return at + size
