"""Raw logs as columns: numpy buffers that a scanner fills and the decoder views, no object per log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64, U8, U32, U64


@dataclass(frozen=True, slots=True)
class LogColumns:
    """n raw logs. Hashes are uint8 (n, 32), topics (n, 4, 32) with zeros above `topic_count`.

    The data section of log i is `data[data_offsets[i]:data_offsets[i+1]]`.
    """

    block_number: U64
    block_hash: U8
    log_index: U32
    tx_index: U32
    tx_hash: U8
    address: U8
    topics: U8
    topic_count: U8
    data: U8
    data_offsets: I64

    def __len__(self) -> int:
        return len(self.block_number)

    def data_of(self, row: int) -> bytes:
        """Return the data section of one log."""
        return bytes(self.data[self.data_offsets[row] : self.data_offsets[row + 1]])

    def take(self, rows: NDArray[Any]) -> LogColumns:
        """Return the logs at `rows` (positions, or a mask of n booleans), in that order."""
        if rows.dtype == np.bool_ and rows.all():
            return self
        picked = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64)
        if len(picked) == len(self) and (picked == np.arange(len(self))).all():
            return self
        starts, sizes = self.data_offsets[picked], np.diff(self.data_offsets)[picked]
        data, offsets = take_ragged(self.data, starts, sizes)
        plain = {name: getattr(self, name)[picked] for name in PLAIN}
        return LogColumns(**plain, data=data, data_offsets=offsets)

    def sorted(self) -> LogColumns:
        """Return the logs ascending by (block, log index)."""
        number, index = self.block_number, self.log_index
        ascending = (number[1:] > number[:-1]) | ((number[1:] == number[:-1]) & (index[1:] >= index[:-1]))
        return self if ascending.all() else self.take(np.lexsort((index, number)))


PLAIN = tuple(field.name for field in fields(LogColumns) if not field.name.startswith("data"))


def empty_logs(count: int = 0, data_size: int = 0) -> LogColumns:
    """Return `count` zeroed logs with room for `data_size` bytes of data, all of it the last log's."""
    offsets = np.zeros(count + 1, dtype=np.int64)
    if count:
        offsets[-1] = data_size
    return LogColumns(
        block_number=np.zeros(count, dtype=np.uint64),
        block_hash=np.zeros((count, 32), dtype=np.uint8),
        log_index=np.zeros(count, dtype=np.uint32),
        tx_index=np.zeros(count, dtype=np.uint32),
        tx_hash=np.zeros((count, 32), dtype=np.uint8),
        address=np.zeros((count, 20), dtype=np.uint8),
        topics=np.zeros((count, 4, 32), dtype=np.uint8),
        topic_count=np.zeros(count, dtype=np.uint8),
        data=np.zeros(data_size, dtype=np.uint8),
        data_offsets=offsets,
    )


def concat_logs(parts: Sequence[LogColumns]) -> LogColumns:
    """Return all logs of `parts` in order."""
    parts = [part for part in parts if len(part)]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return empty_logs()
    plain = {name: np.concatenate([getattr(part, name) for part in parts]) for name in PLAIN}
    data, offsets = concat_ragged([part.data for part in parts], [part.data_offsets for part in parts])
    return LogColumns(**plain, data=data, data_offsets=offsets)


def concat_ragged(buffers: Sequence[U8], offsets: Sequence[I64]) -> tuple[U8, I64]:
    """Join ragged byte columns, each a buffer and its n + 1 offsets, into one."""
    bases = np.cumsum([0, *(int(each[-1]) for each in offsets)])
    shifted = [each[:-1] + base for each, base in zip(offsets, bases[:-1], strict=True)]
    joined = np.concatenate([*shifted, bases[-1:]]).astype(np.int64)
    return np.concatenate([b[: int(o[-1])] for b, o in zip(buffers, offsets, strict=True)]), joined


def take_ragged(buffer: U8, starts: I64, sizes: I64) -> tuple[U8, I64]:
    """Copy the slices `starts[i]` of `sizes[i]` bytes one after another; return buffer and n + 1 offsets."""
    offsets = np.zeros(len(starts) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    total = int(offsets[-1])
    if len(starts) and starts[0] + total == starts[-1] + sizes[-1] and (starts[:-1] + sizes[:-1] == starts[1:]).all():
        return buffer[int(starts[0]) : int(starts[0]) + total], offsets
    positions = np.repeat(starts - offsets[:-1], sizes) + np.arange(total, dtype=np.int64)
    return buffer[positions], offsets
