"""Logs as JSON-RPC writes them, decoded by type and turned into columns: hex to bytes once for a column."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from indexer.rules.columns.arrays import U8
from indexer.rules.columns.logs import LogColumns
from indexer.words.quantities import parse_quantity


class WireLog(msgspec.Struct, rename="camel"):
    """One log of an `eth_getLogs` answer."""

    address: str
    topics: list[str]
    data: str
    block_number: str
    block_hash: str
    transaction_hash: str
    transaction_index: str
    log_index: str
    removed: bool = False


def log_columns(logs: Sequence[WireLog]) -> LogColumns:
    """Return the logs as columns; ValueError for hex of a wrong length, too many topics or a removed log."""
    if any(log.removed for log in logs):
        raise ValueError("a removed log in the answer")
    counts = np.array([len(log.topics) for log in logs], dtype=np.uint8)
    if len(counts) and counts.max() > 4:
        raise ValueError("a log of more than 4 topics")
    topics = np.zeros((len(logs), 4, 32), dtype=np.uint8)
    topics[np.arange(4) < counts[:, None]] = _fixed([topic for log in logs for topic in log.topics], 32)
    data = [_digits(log.data) for log in logs]
    sizes = np.array([len(each) for each in data], dtype=np.int64)
    if (sizes % 2).any():
        raise ValueError("an odd number of hex digits in data")
    raw = bytes.fromhex("".join(data))
    if 2 * len(raw) != sizes.sum():
        raise ValueError("a space among hex digits")
    return LogColumns(
        block_number=np.array([parse_quantity(log.block_number) for log in logs], dtype=np.uint64),
        block_hash=_fixed([log.block_hash for log in logs], 32),
        log_index=np.array([parse_quantity(log.log_index) for log in logs], dtype=np.uint32),
        tx_index=np.array([parse_quantity(log.transaction_index) for log in logs], dtype=np.uint32),
        tx_hash=_fixed([log.transaction_hash for log in logs], 32),
        address=_fixed([log.address for log in logs], 20),
        topics=topics,
        topic_count=counts,
        data=np.frombuffer(raw, dtype=np.uint8),
        data_offsets=np.concatenate([[0], np.cumsum(sizes // 2)]).astype(np.int64),
    )


def _fixed(values: Sequence[str], size: int) -> U8:
    digits = [_digits(value) for value in values]
    if any(len(each) != 2 * size for each in digits):
        raise ValueError(f"expected {size} bytes of hex")
    raw = bytes.fromhex("".join(digits))
    if len(raw) != size * len(values):
        raise ValueError("a space among hex digits")
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, size)


def _digits(text: str) -> str:
    if text[:2] != "0x":
        raise ValueError(f"expected hex with 0x, got {text[:20]!r}")
    return text[2:]
