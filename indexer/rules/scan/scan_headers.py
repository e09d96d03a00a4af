"""A batch of headers as columns, in one pass over the bytes."""

from __future__ import annotations

import numpy as np

from indexer.rules.consensus.header import HeaderColumns
from indexer.rules.scan.body import Body, scratch


def scan_headers(body: Body, count: int) -> HeaderColumns | None:
    """Return the headers in the answer to one batch of `count` calls with ids from 0 on.

    None where the answer is not of the usual shape: it has to be decoded by type, which names what is wrong.
    """
    from indexer.rules.scan import scan_headers_kernel as kernel

    columns = (
        np.empty(count, dtype=np.uint64),
        np.empty((count, 32), dtype=np.uint8),
        np.empty((count, 32), dtype=np.uint8),
        np.empty(count, dtype=np.uint64),
        np.empty((count, 256), dtype=np.uint8),
        np.empty((count, 32), dtype=np.uint8),
    )
    encoded = scratch("encoded", (len(body) // 2 + 64,), np.uint8)
    offsets = np.empty(count + 1, dtype=np.int64)
    slots = scratch("slots", (kernel.COUNT * kernel.SLOT,), np.uint8)
    if not kernel.scan_headers(body.address, len(body), count, slots.ctypes.data, columns, encoded, offsets):
        return None
    number, digest, parent, timestamp, bloom, root = columns
    return HeaderColumns(number, digest, parent, timestamp, bloom, root, encoded[: int(offsets[-1])].copy(), offsets)
