"""The answer to eth_getLogs as columns, in one pass over its bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.logs import PLAIN, LogColumns
from indexer.rules.kernels.memory import AHEAD
from indexer.rules.scan.body import Body, scratch

_SHORTEST_LOG = 300  # bytes; names, address and two hashes alone take more


def scan_logs(body: Body) -> LogColumns | None:
    """Return the logs of a whole JSON-RPC answer; None where its shape is not the usual one.

    None is no error: the answer may hold an error object, escapes or another order of nesting, and has to be
    decoded by type.
    """
    from indexer.rules.scan import scan_logs_kernel as kernel
    from indexer.rules.scan.json_kernel import FAIL

    most = len(body) // _SHORTEST_LOG + 1
    columns = log_scratch(most, len(body))
    count = kernel.scan_logs(body.address, len(body), most, addresses_of(columns))
    return None if count == FAIL else cut_logs(columns, count)


def log_scratch(most: int, size: int) -> tuple[NDArray[Any], ...]:
    """Return this thread's columns for up to `most` logs out of `size` bytes, in the order of LogColumns."""
    return (
        scratch("block_number", (most,), np.uint64),
        scratch("block_hash", (most, 32), np.uint8),
        scratch("log_index", (most,), np.uint32),
        scratch("tx_index", (most,), np.uint32),
        scratch("tx_hash", (most, 32), np.uint8),
        scratch("address", (most, 20), np.uint8),
        scratch("topics", (most, 4, 32), np.uint8),
        scratch("topic_count", (most,), np.uint8),
        scratch("data", (size // 2 + AHEAD,), np.uint8),
        scratch("offsets", (most + 1,), np.int64),
    )


def addresses_of(columns: tuple[NDArray[Any], ...]) -> tuple[int, ...]:
    """Return where the columns lie, for a kernel; they must outlive its call."""
    return tuple(column.ctypes.data for column in columns)


def cut_logs(columns: tuple[NDArray[Any], ...], count: int) -> LogColumns:
    """Return copies of the first `count` rows of scratch columns."""
    *plain, data, offsets = columns
    kept = {name: column[:count].copy() for name, column in zip(PLAIN, plain, strict=True)}
    return LogColumns(**kept, data=data[: int(offsets[count])].copy(), data_offsets=offsets[: count + 1].copy())
