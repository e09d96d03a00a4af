"""The answer to eth_getLogs as columns, in one pass over its bytes."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.rules.logs import I64, U8, U64, LogColumns

_SHORTEST_LOG = 300  # bytes; names, address and two hashes alone take more
_scratch = threading.local()
_MARGIN = 4096  # zero bytes behind the answer: no fixed field reads beyond them


def scan_logs(body: bytes) -> LogColumns | None:
    """Return the logs of a whole JSON-RPC answer; None where its shape is not the usual one.

    None is no error: the answer may hold an error object, escapes or another order of nesting, and has to be
    decoded by type.
    """
    from indexer.rules import scan_kernel

    buffer = padded(body)
    most = len(body) // _SHORTEST_LOG + 1
    fixed = scratch("fixed", most * scan_kernel.FIXED_BYTES, np.uint8)
    numbers = scratch("numbers", most * scan_kernel.NUMBERS, np.uint64)
    data = scratch("data", len(body) // 2 + 1, np.uint8)
    offsets = scratch("offsets", most + 1, np.int64)
    count = scan_kernel.scan_logs(buffer, fixed, numbers, data, offsets)
    if count == scan_kernel.FAIL:
        return None
    fixed, numbers = fixed[: count * scan_kernel.FIXED_BYTES], numbers[: count * scan_kernel.NUMBERS]
    return columns_of(fixed, numbers, data, offsets[: count + 1])


def columns_of(fixed: U8, numbers: U64, data: U8, offsets: I64) -> LogColumns | None:
    """Return copies of what a scan wrote, row by row, as columns; None where an index does not fit 32 bits."""
    from indexer.rules import scan_kernel as at

    rows = fixed.reshape(-1, at.FIXED_BYTES)
    values = numbers.reshape(-1, at.NUMBERS)
    if (values[:, at.LOG_INDEX_AT : at.TOPIC_COUNT_AT] >> np.uint64(32)).any():
        return None
    return LogColumns(
        block_number=values[:, at.NUMBER_AT].copy(),
        block_hash=rows[:, at.BLOCK_HASH_AT : at.TX_HASH_AT].copy(),
        log_index=values[:, at.LOG_INDEX_AT].astype(np.uint32),
        tx_index=values[:, at.TX_INDEX_AT].astype(np.uint32),
        tx_hash=rows[:, at.TX_HASH_AT : at.TOPICS_AT].copy(),
        address=rows[:, at.ADDRESS_AT : at.BLOCK_HASH_AT].copy(),
        topics=rows[:, at.TOPICS_AT :].copy().reshape(-1, 4, 32),
        topic_count=values[:, at.TOPIC_COUNT_AT].astype(np.uint8),
        data=data[: int(offsets[-1])].copy(),  # the rest of the buffer is let go
        data_offsets=offsets.copy(),
    )


def padded(body: bytes) -> U8:
    """Return the bytes with zeros behind them, so that a kernel stops there without asking for the length.

    The array is the thread's own scratch: it is good until the next call.
    """
    buffer = scratch("body", len(body) + _MARGIN, np.uint8)
    buffer[: len(body)] = np.frombuffer(body, dtype=np.uint8)
    buffer[len(body) :] = 0
    return buffer


def scratch(name: str, size: int, kind: type[np.generic]) -> NDArray[Any]:
    """Return `size` numbers of this thread's buffer of that name; memory that is asked for anew has to be zeroed."""
    held: NDArray[Any] | None = getattr(_scratch, name, None)
    if held is None or len(held) < size:
        held = np.empty(size + size // 4, dtype=kind)
        setattr(_scratch, name, held)
    return held[:size]
