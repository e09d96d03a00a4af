"""Which rows of a column are among a few known values."""

from __future__ import annotations

import numpy as np

from indexer.rules.logs import I64, U8, Mask


def index_among(rows: U8, known: U8) -> I64:
    """Return for each row uint8 (n, w) its position in `known` (k, w), or -1; w is a multiple of 4.

    Rows are found by their first 4 bytes and then compared whole; values that share those are tried in turn.
    """
    found = np.full(len(rows), -1, dtype=np.int64)
    if not len(rows) or not len(known):
        return found
    words = np.ascontiguousarray(rows).view(np.uint32).reshape(len(rows), -1)
    targets = np.ascontiguousarray(known).view(np.uint32).reshape(len(known), -1)
    order = np.argsort(targets[:, 0], kind="stable")
    keys = targets[order, 0]
    slot = np.searchsorted(keys, words[:, 0])
    for _ in range(int(np.unique(keys, return_counts=True)[1].max())):
        candidate = order[np.minimum(slot, len(keys) - 1)]
        same = found < 0
        for column in range(words.shape[1]):
            same &= words[:, column] == targets[candidate, column]
        found[same] = candidate[same]
        slot += 1
    return found


def is_one_of(rows: U8, known: U8) -> Mask:
    """Return which rows uint8 (n, w) equal one of the rows of `known` (k, w)."""
    among: Mask = index_among(rows, known) >= 0
    return among
