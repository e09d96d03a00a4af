"""Raw logs for tests, made with eth-abi, the reference the decoder is held against."""

import numpy as np
from eth_abi import encode

from indexer.rules.columns.logs import LogColumns
from indexer.rules.protocols.signatures import EventType


def encode_log(event: EventType, values: dict) -> tuple[list[bytes], bytes]:
    """Return the topics and the data section of one event."""
    topics = [event.topic0] + [encode([a.abi_type], [values[a.name]]) for a in event.indexed]
    return topics, encode([a.abi_type for a in event.plain], [values[a.name] for a in event.plain])


def log_columns(rows: list[tuple[list[bytes], bytes]], address: bytes = b"\x11" * 20, start: int = 7) -> LogColumns:
    """Return logs with one block each, numbered from `start`."""
    count = len(rows)
    topics = np.zeros((count, 4, 32), dtype=np.uint8)
    for row, (words, _) in enumerate(rows):
        for position, word in enumerate(words):
            topics[row, position] = np.frombuffer(word, dtype=np.uint8)
    numbers = np.arange(start, start + count, dtype=np.uint64)
    return LogColumns(
        block_number=numbers,
        block_hash=np.repeat(numbers.astype(np.uint8)[:, None], 32, axis=1),
        log_index=np.arange(count, dtype=np.uint32),
        tx_index=np.zeros(count, dtype=np.uint32),
        tx_hash=np.full((count, 32), 0x22, dtype=np.uint8),
        address=np.tile(np.frombuffer(address, dtype=np.uint8), (count, 1)),
        topics=topics,
        topic_count=np.array([len(words) for words, _ in rows], dtype=np.uint8),
        data=np.frombuffer(b"".join(data for _, data in rows), dtype=np.uint8),
        data_offsets=np.cumsum([0, *(len(data) for _, data in rows)]).astype(np.int64),
    )
