"""Compiled scan of receipts answers, and the consensus encoding of what it read."""

import numpy as np
from numba import njit

from indexer.rules.scan_kernel import (
    FAIL,
    FIXED_BYTES,
    NUMBERS,
    TOPIC_COUNT_AT,
    TOPICS_AT,
    after_item,
    is_key,
    next_key,
    read_fixed,
    read_log,
    read_number,
    skip_space,
    skip_value,
)
from indexer.rules.trie_kernel import prefix_size, put_prefix

BLOOM_AT, ROOT_AT, TX_HASH_AT, RECEIPT_BYTES = 0, 256, 288, 320
"""Where a receipt's fixed fields lie in its row."""
TYPE_AT, STATUS_AT, GAS_AT, NONCE_AT, VERSION_AT, SEEN_AT, LOGS_AT, RECEIPT_NUMBERS = 0, 1, 2, 3, 4, 5, 6, 7
"""Where its numbers lie; SEEN_AT holds a bit for each field, LOGS_AT the number of logs up to its last one."""
SAW_GAS, SAW_BLOOM, SAW_LOGS, SAW_TX_HASH, SAW_STATUS, SAW_ROOT, SAW_NONCE, SAW_VERSION = 1, 2, 4, 8, 16, 32, 64, 128
SAW_TYPE = 256
_NEEDED, _LOG_NEEDED = 15, 7
_QUOTE, _OPEN_OBJECT, _OPEN_LIST = 0x22, 0x7B, 0x5B
_CLOSE_OBJECT, _CLOSE_LIST = 0x7D, 0x5D

GAS, BLOOM, LOGS, TX_HASH, STATUS = b"cumulativeGasUsed", b"logsBloom", b"logs", b"transactionHash", b"status"
ROOT, NONCE, VERSION, TYPE = b"root", b"depositNonce", b"depositReceiptVersion", b"type"
RESULT, ID = b"result", b"id"


@njit(cache=True, nogil=True)
def _read_logs(buffer, at, count, fixed, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read a receipt's list of logs into the rows from `count` on; return position and new count."""
    if buffer[at] != _OPEN_LIST:
        return FAIL, count
    at = skip_space(buffer, at + 1)
    if buffer[at] == _CLOSE_LIST:
        return at + 1, count
    more = True
    while more:
        if count + 1 >= len(offsets):
            return FAIL, count
        used = offsets[count]
        at, used, seen = read_log(buffer, skip_space(buffer, at), count, fixed, numbers, data, used)
        if at == FAIL or seen & _LOG_NEEDED != _LOG_NEEDED:
            return FAIL, count
        count += 1
        offsets[count] = used
        at, more = after_item(buffer, at, _CLOSE_LIST)
        if at == FAIL:
            return FAIL, count
    return at, count


@njit(cache=True, nogil=True)
def _read_field(buffer, start, stop, at, row, receipts, values):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read a field of a receipt that is no list of logs; return position and its bit."""
    base, place = row * RECEIPT_BYTES, row * RECEIPT_NUMBERS
    if is_key(buffer, start, stop, BLOOM):
        return read_fixed(buffer, at, receipts, base + BLOOM_AT, 256), SAW_BLOOM
    if is_key(buffer, start, stop, TX_HASH):
        return read_fixed(buffer, at, receipts, base + TX_HASH_AT, 32), SAW_TX_HASH
    if is_key(buffer, start, stop, GAS):
        at, values[place + GAS_AT] = read_number(buffer, at)
        return at, SAW_GAS
    if buffer[at] != _QUOTE:  # null, where a field of some other fork is named
        return skip_value(buffer, at), 0
    if is_key(buffer, start, stop, STATUS):
        at, values[place + STATUS_AT] = read_number(buffer, at)
        return at, SAW_STATUS
    if is_key(buffer, start, stop, TYPE):
        at, values[place + TYPE_AT] = read_number(buffer, at)
        return at, SAW_TYPE
    if is_key(buffer, start, stop, ROOT):
        return read_fixed(buffer, at, receipts, base + ROOT_AT, 32), SAW_ROOT
    if is_key(buffer, start, stop, NONCE):
        at, values[place + NONCE_AT] = read_number(buffer, at)
        return at, SAW_NONCE
    if is_key(buffer, start, stop, VERSION):
        at, values[place + VERSION_AT] = read_number(buffer, at)
        return at, SAW_VERSION
    return skip_value(buffer, at), 0


@njit(cache=True, nogil=True)
def _read_receipt(buffer, at, row, receipts, values, logs, fixed, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read one receipt into row `row`; return position and the number of logs so far."""
    if buffer[at] != _OPEN_OBJECT:
        return FAIL, logs
    values[row * RECEIPT_NUMBERS + TYPE_AT] = 0
    seen = 0
    at += 1
    more = True
    while more:
        start, stop, at = next_key(buffer, at)
        if at == FAIL:
            return FAIL, logs
        if is_key(buffer, start, stop, LOGS):
            bit = SAW_LOGS
            at, logs = _read_logs(buffer, at, logs, fixed, numbers, data, offsets)
        else:
            at, bit = _read_field(buffer, start, stop, at, row, receipts, values)
        if at == FAIL or seen & bit:
            return FAIL, logs
        seen |= bit
        at, more = after_item(buffer, at, _CLOSE_OBJECT)
        if at == FAIL:
            return FAIL, logs
    values[row * RECEIPT_NUMBERS + SEEN_AT] = seen
    values[row * RECEIPT_NUMBERS + LOGS_AT] = logs
    whole = seen & _NEEDED == _NEEDED and (seen & SAW_STATUS or seen & SAW_ROOT)
    return (at if whole else FAIL), logs


@njit(cache=True, nogil=True)
def _read_list(buffer, at, count, receipts, values, logs, fixed, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Read the receipts of one block; return position, receipts and logs so far."""
    if buffer[at] != _OPEN_LIST:
        return FAIL, count, logs
    at = skip_space(buffer, at + 1)
    if buffer[at] == _CLOSE_LIST:
        return at + 1, count, logs
    more = True
    while more:
        if (count + 1) * RECEIPT_NUMBERS > len(values):
            return FAIL, count, logs
        at, logs = _read_receipt(
            buffer, skip_space(buffer, at), count, receipts, values, logs, fixed, numbers, data, offsets
        )
        if at == FAIL:
            return FAIL, count, logs
        count += 1
        at, more = after_item(buffer, at, _CLOSE_LIST)
        if at == FAIL:
            return FAIL, count, logs
    return at, count, logs


@njit(cache=True, nogil=True)
def _read_id(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the decimal number at `at`, -1 if there is none; the caller skips it."""
    value = 0 if 0x30 <= buffer[at] <= 0x39 else -1
    while 0x30 <= buffer[at] <= 0x39:
        value = 10 * value + (buffer[at] - 0x30)
        at += 1
    return value


@njit(cache=True, nogil=True)
def scan_receipts(buffer, bounds, receipts, values, fixed, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read a batch of answers with ids 0, 1, 2 ..; write to `bounds` the receipts up to each block's last.

    Return the number of answers, or FAIL.
    """
    at = skip_space(buffer, 0)
    if buffer[at] != _OPEN_LIST:
        return FAIL
    at += 1
    answers, count, logs = 0, 0, 0
    bounds[0] = 0
    offsets[0] = 0
    more_answers = True
    while more_answers:
        at = skip_space(buffer, at)
        if buffer[at] != _OPEN_OBJECT or answers + 1 >= len(bounds):
            return FAIL
        at += 1
        more, has_result, has_id = True, False, False
        while more:
            start, stop, at = next_key(buffer, at)
            if at == FAIL:
                return FAIL
            if is_key(buffer, start, stop, RESULT) and not has_result:
                has_result = True
                at, count, logs = _read_list(buffer, at, count, receipts, values, logs, fixed, numbers, data, offsets)
            else:
                if is_key(buffer, start, stop, ID):
                    has_id = _read_id(buffer, at) == answers
                at = skip_value(buffer, at)
            if at == FAIL:
                return FAIL
            at, more = after_item(buffer, at, _CLOSE_OBJECT)
            if at == FAIL:
                return FAIL
        if not has_result or not has_id:
            return FAIL
        answers += 1
        bounds[answers] = count
        at, more_answers = after_item(buffer, at, _CLOSE_LIST)
        if at == FAIL:
            return FAIL
    return answers if buffer[skip_space(buffer, at)] == 0 else FAIL


@njit(cache=True, nogil=True)
def _number_bytes(value):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    size = 0
    while value > np.uint64(0):
        size += 1
        value >>= np.uint64(8)
    return size


@njit(cache=True, nogil=True)
def _number_size(value):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    return 1 if value < np.uint64(0x80) else 1 + _number_bytes(value)


@njit(cache=True, nogil=True)
def _put_number(out, at, value):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    if value == np.uint64(0):
        out[at] = 0x80
        return at + 1
    if value < np.uint64(0x80):
        out[at] = value
        return at + 1
    size = _number_bytes(value)
    out[at] = 0x80 + size
    for index in range(size):
        out[at + 1 + index] = (value >> np.uint64(8 * (size - 1 - index))) & np.uint64(0xFF)
    return at + 1 + size


@njit(cache=True, nogil=True)
def _log_body(row, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the size of a log's payload and of its topics' payload."""
    topics = 33 * np.int64(numbers[row * NUMBERS + TOPIC_COUNT_AT])
    size = offsets[row + 1] - offsets[row]
    whole = size == 1 and data[offsets[row]] < 0x80
    return 21 + prefix_size(topics) + topics + size + (0 if whole else prefix_size(size)), topics


@njit(cache=True, nogil=True)
def _put_log(out, at, row, fixed, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    body, topics = _log_body(row, numbers, data, offsets)
    at = put_prefix(out, at, body, 0xC0)
    base = row * FIXED_BYTES
    out[at] = 0x80 + 20
    out[at + 1 : at + 21] = fixed[base : base + 20]
    at = put_prefix(out, at + 21, topics, 0xC0)
    for topic in range(topics // 33):
        out[at] = 0x80 + 32
        start = base + TOPICS_AT + 32 * topic
        out[at + 1 : at + 33] = fixed[start : start + 32]
        at += 33
    low, high = offsets[row], offsets[row + 1]
    if high - low != 1 or data[low] >= 0x80:
        at = put_prefix(out, at, high - low, 0x80)
    out[at : at + high - low] = data[low:high]
    return at + high - low


@njit(cache=True, nogil=True)
def _receipt_body(row, first, last, values, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the size of a receipt's payload and of its logs' payload."""
    place = row * RECEIPT_NUMBERS
    seen = values[place + SEEN_AT]
    logs = 0
    for log in range(first, last):
        body, _ = _log_body(log, numbers, data, offsets)
        logs += prefix_size(body) + body
    outcome = _number_size(values[place + STATUS_AT]) if seen & SAW_STATUS else 33
    size = outcome + _number_size(values[place + GAS_AT]) + 259 + prefix_size(logs) + logs
    if values[place + TYPE_AT] == np.uint64(0x7E):
        size += _number_size(values[place + NONCE_AT]) if seen & SAW_NONCE else 0
        size += _number_size(values[place + VERSION_AT]) if seen & SAW_VERSION else 0
    return size, logs


@njit(cache=True, nogil=True)
def _put_receipt(out, at, row, first, last, receipts, values, fixed, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    place, base = row * RECEIPT_NUMBERS, row * RECEIPT_BYTES
    size, logs = _receipt_body(row, first, last, values, numbers, data, offsets)
    kind, seen = values[place + TYPE_AT], values[place + SEEN_AT]
    if kind != np.uint64(0):
        out[at] = kind
        at += 1
    at = put_prefix(out, at, size, 0xC0)
    if seen & SAW_STATUS:
        at = _put_number(out, at, values[place + STATUS_AT])
    else:
        out[at] = 0xA0
        out[at + 1 : at + 33] = receipts[base + ROOT_AT : base + ROOT_AT + 32]
        at += 33
    at = put_prefix(out, _put_number(out, at, values[place + GAS_AT]), 256, 0x80)
    out[at : at + 256] = receipts[base + BLOOM_AT : base + BLOOM_AT + 256]
    at = put_prefix(out, at + 256, logs, 0xC0)
    for log in range(first, last):
        at = _put_log(out, at, log, fixed, numbers, data, offsets)
    if kind == np.uint64(0x7E):
        if seen & SAW_NONCE:
            at = _put_number(out, at, values[place + NONCE_AT])
        if seen & SAW_VERSION:
            at = _put_number(out, at, values[place + VERSION_AT])
    return at


@njit(cache=True, nogil=True)
def encode_receipts(count, receipts, values, fixed, numbers, data, offsets, ends):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the consensus bytes of `count` receipts in one buffer; write to `ends` (count + 1) where each lies."""
    ends[0] = 0
    first = 0
    for row in range(count):
        last = int(values[row * RECEIPT_NUMBERS + LOGS_AT])
        size, _ = _receipt_body(row, first, last, values, numbers, data, offsets)
        typed = 1 if values[row * RECEIPT_NUMBERS + TYPE_AT] != np.uint64(0) else 0
        ends[row + 1] = ends[row] + typed + prefix_size(size) + size
        first = last
    out = np.empty(ends[count], dtype=np.uint8)
    first = 0
    for row in range(count):
        last = int(values[row * RECEIPT_NUMBERS + LOGS_AT])
        _put_receipt(out, ends[row], row, first, last, receipts, values, fixed, numbers, data, offsets)
        first = last
    return out
