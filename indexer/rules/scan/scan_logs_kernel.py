"""Compiled scan of logs as JSON-RPC writes them: hex straight from the response into column buffers.

Names not listed here are skipped with their values.
"""

import numpy as np

from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import load8, load64, store8, store32, store64
from indexer.rules.scan.field_names import field, is_named
from indexer.rules.scan.json_kernel import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    FAIL,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    after_item,
    after_name,
    ends_answer,
    find_result,
    is_false,
    read_address,
    read_bytes,
    read_number,
    read_word,
    skip_field,
    skip_space,
)

ADDRESS, DATA, TOPICS, REMOVED = field("address"), field("data"), field("topics"), field("removed")
BLOCK_HASH, BLOCK_NUMBER = field("blockHash"), field("blockNumber")
TX_HASH, TX_INDEX, LOG_INDEX = field("transactionHash"), field("transactionIndex"), field("logIndex")
SAW_ADDRESS, SAW_TOPICS, SAW_DATA, SAW_BLOCK_HASH, SAW_TX_HASH = 1, 2, 4, 8, 16
SAW_BLOCK_NUMBER, SAW_TX_INDEX, SAW_LOG_INDEX = 32, 64, 128
ALL_LOG_FIELDS = 0xFF
NUMBERS, BLOCK_HASHES, LOG_INDEXES, TX_INDEXES, TX_HASHES = 0, 1, 2, 3, 4
ADDRESSES, WORDS, TOPIC_COUNTS, DATA_BYTES, OFFSETS = 5, 6, 7, 8, 9
"""Which column of LogColumns an address in a tuple of ten is that of."""
Places = tuple[int, ...]
"""Where those columns lie."""
_MOST_INDEX = np.uint64(0xFFFFFFFF)


@njit(cache=True, nogil=True)
def read_topics(at: int, target: int) -> tuple[int, int]:
    """Read a list of at most 4 words into 128 bytes, zeros behind the last; return address and their number."""
    if load8(at) != OPEN_LIST:
        return FAIL, 0
    at = skip_space(at + 1)
    count = 0
    more = load8(at) != CLOSE_LIST
    if not more:
        at += 1
    while more:
        if count == 4:
            return FAIL, 0
        at = read_word(skip_space(at), target + 32 * count)
        if at == FAIL:
            return FAIL, 0
        count += 1
        at, more = after_item(at, CLOSE_LIST)
        if at == FAIL:
            return FAIL, 0
    for word in range(4 * count, 16):
        store64(target + 8 * word, np.uint64(0))
    return at, count


@njit(cache=True, nogil=True)
def _read_index(at: int, target: int) -> int:
    """Read a number of at most 32 bits."""
    at, value = read_number(at)
    if value > _MOST_INDEX:
        return FAIL
    store32(target, np.uint32(value))
    return at


@njit(cache=True, nogil=True)
def read_place(at: int, row: int, logs: Places) -> tuple[int, int]:
    """Read a field that says where a log stands, from its name's first letter on; return address and its bit."""
    if is_named(at, BLOCK_HASH):
        at = after_name(at + BLOCK_HASH.length)
        return (read_word(at, logs[BLOCK_HASHES] + 32 * row) if at != FAIL else FAIL), SAW_BLOCK_HASH
    if is_named(at, BLOCK_NUMBER):
        at = after_name(at + BLOCK_NUMBER.length)
        if at != FAIL:
            at, value = read_number(at)
            store64(logs[NUMBERS] + 8 * row, value)
        return at, SAW_BLOCK_NUMBER
    if is_named(at, TX_HASH):
        at = after_name(at + TX_HASH.length)
        return (read_word(at, logs[TX_HASHES] + 32 * row) if at != FAIL else FAIL), SAW_TX_HASH
    if is_named(at, TX_INDEX):
        at = after_name(at + TX_INDEX.length)
        return (_read_index(at, logs[TX_INDEXES] + 4 * row) if at != FAIL else FAIL), SAW_TX_INDEX
    if is_named(at, LOG_INDEX):
        at = after_name(at + LOG_INDEX.length)
        return (_read_index(at, logs[LOG_INDEXES] + 4 * row) if at != FAIL else FAIL), SAW_LOG_INDEX
    return skip_field(at - 1), 0


@njit(cache=True, nogil=True)
def read_log_field(at: int, row: int, logs: Places, end: int) -> tuple[int, int, int]:
    """Read one field from the opening quote of its name on; return address, end of the data, and the field's bit."""
    if load8(at) != QUOTE:
        return FAIL, end, 0
    at += 1
    if is_named(at, ADDRESS):
        at = after_name(at + ADDRESS.length)
        return (read_address(at, logs[ADDRESSES] + 20 * row) if at != FAIL else FAIL), end, SAW_ADDRESS
    if is_named(at, TOPICS):
        at = after_name(at + TOPICS.length)
        if at != FAIL:
            at, count = read_topics(at, logs[WORDS] + 128 * row)
            store8(logs[TOPIC_COUNTS] + row, np.uint8(count))
        return at, end, SAW_TOPICS
    if is_named(at, DATA):
        at = after_name(at + DATA.length)
        if at != FAIL:
            at, end = read_bytes(at, end)
        return at, end, SAW_DATA
    if is_named(at, REMOVED):
        value = after_name(at + REMOVED.length)
        return (value + 5 if value != FAIL and is_false(value) else FAIL), end, 0
    at, bit = read_place(at, row, logs)
    return at, end, bit


@njit(cache=True, nogil=True)
def read_log(at: int, row: int, logs: Places, end: int) -> tuple[int, int, int]:
    """Read one log object into row `row`; return address, end of the data, and a bit for each field seen."""
    seen = 0
    if load8(at) != OPEN_OBJECT:
        return FAIL, end, seen
    at += 1
    more = True
    while more:
        at, end, bit = read_log_field(skip_space(at), row, logs, end)
        if at == FAIL or seen & bit:
            return FAIL, end, seen
        seen |= bit
        at, more = after_item(at, CLOSE_OBJECT)
        if at == FAIL:
            return FAIL, end, seen
    return at, end, seen


@njit(cache=True, nogil=True)
def read_logs(at: int, count: int, most: int, needed: int, logs: Places) -> tuple[int, int]:
    """Read a list of logs into the rows from `count` on, each with fields `needed`; return address and count."""
    if load8(at) != OPEN_LIST:
        return FAIL, count
    at = skip_space(at + 1)
    if load8(at) == CLOSE_LIST:
        return at + 1, count
    end = logs[DATA_BYTES] + int64(load64(logs[OFFSETS] + 8 * count))
    more = True
    while more:
        if count == most:
            return FAIL, count
        at, end, seen = read_log(skip_space(at), count, logs, end)
        if at == FAIL or seen & needed != needed:
            return FAIL, count
        count += 1
        store64(logs[OFFSETS] + 8 * count, np.uint64(end - logs[DATA_BYTES]))
        at, more = after_item(at, CLOSE_LIST)
        if at == FAIL:
            return FAIL, count
    return at, count


@njit(cache=True, nogil=True)
def scan_logs(text: int, size: int, most: int, logs: Places) -> int:
    """Read a whole answer to eth_getLogs of `size` bytes at the address `text`; return the number of logs or FAIL.

    `logs` holds the addresses of the columns of LogColumns, in order, with room for `most` rows.
    """
    store64(logs[OFFSETS], np.uint64(0))
    at = find_result(text)
    if at == FAIL:
        return FAIL
    at, count = read_logs(at, 0, most, ALL_LOG_FIELDS, logs)
    return count if at != FAIL and ends_answer(at, text + size) else FAIL
