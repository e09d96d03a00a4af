"""Which rows of a column are among a few known values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64, U8, Mask


def index_among(rows: U8, known: U8) -> I64:
    """Return for each row uint8 (n, w) its position in `known` (k, w), or -1; w is a multiple of 4.

    Rows are found by their first word and then compared whole; values that share those are tried in turn.
    """
    found = np.full(len(rows), -1, dtype=np.int64)
    if not len(rows) or not len(known):
        return found
    words, targets = _words_of(rows), _words_of(known)
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


def _words_of(rows: U8) -> NDArray[np.unsignedinteger]:
    """Return rows uint8 (n, w) as words of 8 bytes, of 4 where w is no multiple of 8."""
    return rows.view(np.uint64 if rows.shape[1] % 8 == 0 else np.uint32)


def is_one_of(rows: U8, known: U8) -> Mask:
    """Return which rows uint8 (n, w) equal one of the rows of `known` (k, w)."""
    among: Mask = index_among(rows, known) >= 0
    return among
