"""The ascending order of hashes: evenly spread words, which a bucket for every few of them sorts in linear time."""

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64
from settlement.rules.columns.ordering import SMALL_ROWS, address_order

CROWDED = 4096
"""Hashes in one bucket from which on the words are taken not to be spread evenly."""


def hash_order(hashes: NDArray[np.uint8]) -> I64:
    """Return the stable ascending order of u8 (n, 32), whatever the words are; fast if they are hashes."""
    if len(hashes) <= SMALL_ROWS:
        return address_order(hashes)
    from settlement.rules.columns import ordering_kernel

    words = np.ascontiguousarray(hashes).view(np.uint64)
    bits = max(1, len(hashes).bit_length() - 5)  # 16 to 32 hashes a bucket
    order = np.empty(len(hashes), dtype=np.int64)
    spread = ordering_kernel.sort_hashes(words, bits, CROWDED, order)
    return order if spread else address_order(hashes)
