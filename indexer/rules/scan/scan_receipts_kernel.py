"""Compiled scan of a batch of receipts answers: fields, numbers and logs into column buffers."""

import numpy as np

from indexer.rules.columns.arrays import I64, U64
from indexer.rules.kernels.compiled import njit
from indexer.rules.kernels.hex_kernel import load8, store64
from indexer.rules.scan.field_names import field, is_named
from indexer.rules.scan.json_kernel import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    FAIL,
    NO_ID,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    RESULT,
    after_item,
    after_name,
    is_null,
    is_result,
    read_bloom,
    read_id,
    read_number,
    read_word,
    skip_field,
    skip_member,
    skip_space,
)
from indexer.rules.scan.scan_logs_kernel import (
    OFFSETS,
    SAW_ADDRESS,
    SAW_DATA,
    SAW_TOPICS,
    TX_HASH,
    Places,
    read_logs,
)

BLOOM_AT, ROOT_AT, TX_HASH_AT, RECEIPT_BYTES = 0, 256, 288, 320
"""Where a receipt's fixed fields lie in its row."""
TYPE_AT, STATUS_AT, GAS_AT, NONCE_AT, VERSION_AT, SEEN_AT, LOGS_AT, RECEIPT_NUMBERS = 0, 1, 2, 3, 4, 5, 6, 7
"""Where its numbers lie; SEEN_AT holds a bit for each field, LOGS_AT the number of logs up to its last one."""
SAW_GAS, SAW_BLOOM, SAW_LOGS, SAW_TX_HASH, SAW_STATUS, SAW_ROOT, SAW_NONCE, SAW_VERSION = 1, 2, 4, 8, 16, 32, 64, 128
SAW_TYPE = 256
_NULL = 9  # shifted by this, a bit says that its member was there and null: of two of one name the last would count
_NEEDED = 15
_LOG_NEEDED = SAW_ADDRESS | SAW_TOPICS | SAW_DATA

LOGS, STATUS, TYPE, ROOT = field("logs"), field("status"), field("type"), field("root")
BLOOM, GAS = field("logsBloom"), field("cumulativeGasUsed")
NONCE, VERSION = field("depositNonce"), field("depositReceiptVersion")


@njit(cache=True, nogil=True)
def _number_into(at: int, values: U64, place: int) -> int:
    """Read a number behind a name into its place."""
    at = after_name(at)
    if at != FAIL:
        at, values[place] = read_number(at)
    return at


@njit(cache=True, nogil=True)
def _number_or_null(at: int, values: U64, place: int, bit: int) -> tuple[int, int]:
    """Read a number, or skip null where a field of some other fork is named; return address and bit."""
    value = after_name(at)
    if value != FAIL and is_null(value):
        return value + 4, bit << _NULL
    return _number_into(at, values, place), bit


@njit(cache=True, nogil=True)
def _read_optional(at: int, base: int, values: U64, place: int) -> tuple[int, int]:
    """Read a field that not every receipt has, from its name's first letter on; return address and its bit."""
    if is_named(at, STATUS):
        return _number_or_null(at + STATUS.length, values, place + STATUS_AT, SAW_STATUS)
    if is_named(at, TYPE):
        return _number_or_null(at + TYPE.length, values, place + TYPE_AT, SAW_TYPE)
    if is_named(at, NONCE):
        return _number_or_null(at + NONCE.length, values, place + NONCE_AT, SAW_NONCE)
    if is_named(at, VERSION):
        return _number_or_null(at + VERSION.length, values, place + VERSION_AT, SAW_VERSION)
    if is_named(at, ROOT):
        value = after_name(at + ROOT.length)
        if value != FAIL and is_null(value):
            return value + 4, SAW_ROOT << _NULL
        return (read_word(value, base + ROOT_AT) if value != FAIL else FAIL), SAW_ROOT
    return skip_field(at - 1), 0


@njit(cache=True, nogil=True)
def _read_field(at: int, row: int, receipts: int, values: U64) -> tuple[int, int]:
    """Read a field of a receipt that is no list of logs, from its name's first letter on; return address and bit."""
    base, place = receipts + row * RECEIPT_BYTES, row * RECEIPT_NUMBERS
    if is_named(at, BLOOM):
        at = after_name(at + BLOOM.length)
        return (read_bloom(at, base + BLOOM_AT) if at != FAIL else FAIL), SAW_BLOOM
    if is_named(at, TX_HASH):
        at = after_name(at + TX_HASH.length)
        return (read_word(at, base + TX_HASH_AT) if at != FAIL else FAIL), SAW_TX_HASH
    if is_named(at, GAS):
        return _number_into(at + GAS.length, values, place + GAS_AT), SAW_GAS
    return _read_optional(at, base, values, place)


@njit(cache=True, nogil=True)
def _read_receipt(
    at: int, row: int, receipts: int, values: U64, count: int, most: int, logs: Places
) -> tuple[int, int]:
    """Read one receipt into row `row`; return address and logs so far."""
    if load8(at) != OPEN_OBJECT:
        return FAIL, count
    values[row * RECEIPT_NUMBERS + TYPE_AT] = 0
    seen = 0
    at += 1
    more = True
    while more:
        at = skip_space(at)
        if load8(at) == QUOTE and is_named(at + 1, LOGS):
            bit = SAW_LOGS
            at = after_name(at + 1 + LOGS.length)
            if at != FAIL:
                at, count = read_logs(at, count, most, _LOG_NEEDED, logs)
        elif load8(at) == QUOTE:
            at, bit = _read_field(at + 1, row, receipts, values)
        else:
            return FAIL, count
        if at == FAIL or (seen | seen >> _NULL | seen << _NULL) & bit:
            return FAIL, count
        seen |= bit
        at, more = after_item(at, CLOSE_OBJECT)
        if at == FAIL:
            return FAIL, count
    values[row * RECEIPT_NUMBERS + SEEN_AT] = seen
    values[row * RECEIPT_NUMBERS + LOGS_AT] = count
    whole = seen & _NEEDED == _NEEDED and seen & (SAW_STATUS | SAW_ROOT)
    return (at if whole else FAIL), count


@njit(cache=True, nogil=True)
def _read_list(
    at: int, rows: int, receipts: int, values: U64, count: int, most: int, logs: Places
) -> tuple[int, int, int]:
    """Read the receipts of one block; return address, receipts and logs so far."""
    if load8(at) != OPEN_LIST:
        return FAIL, rows, count
    at = skip_space(at + 1)
    if load8(at) == CLOSE_LIST:
        return at + 1, rows, count
    more = True
    while more:
        if (rows + 1) * RECEIPT_NUMBERS > len(values):
            return FAIL, rows, count
        at, count = _read_receipt(skip_space(at), rows, receipts, values, count, most, logs)
        if at == FAIL:
            return FAIL, rows, count
        rows += 1
        at, more = after_item(at, CLOSE_LIST)
        if at == FAIL:
            return FAIL, rows, count
    return at, rows, count


@njit(cache=True, nogil=True)
def _read_answer(
    at: int, number: int, rows: int, receipts: int, values: U64, count: int, most: int, logs: Places
) -> tuple[int, int, int]:
    """Read the answer with the id `number`; return address, receipts and logs so far."""
    if load8(at) != OPEN_OBJECT:
        return FAIL, rows, count
    at += 1
    more, has_result, has_id = True, False, False
    while more:
        at = skip_space(at)
        if is_result(at):
            at = after_name(at + 1 + RESULT.length) if not has_result else FAIL
            has_result = True
            if at != FAIL:
                at, rows, count = _read_list(at, rows, receipts, values, count, most, logs)
        else:
            found = read_id(at)
            if found != NO_ID and (has_id or found != number):
                return FAIL, rows, count
            has_id |= found != NO_ID
            at = skip_member(at)
        if at == FAIL:
            return FAIL, rows, count
        at, more = after_item(at, CLOSE_OBJECT)
        if at == FAIL:
            return FAIL, rows, count
    return (at if has_result and has_id else FAIL), rows, count


@njit(cache=True, nogil=True)
def scan_receipts(text: int, size: int, bounds: I64, receipts: int, values: U64, most: int, logs: Places) -> int:
    """Read a batch of answers with ids 0, 1, 2 ..; write to `bounds` the receipts up to each block's last.

    `text`, of `size` bytes, and `receipts` are addresses, `most` and `logs` those of scan_logs. Return the number of
    answers, or FAIL.
    """
    at = skip_space(text)
    if load8(at) != OPEN_LIST:
        return FAIL
    at += 1
    answers, rows, count = 0, 0, 0
    bounds[0] = 0
    store64(logs[OFFSETS], np.uint64(0))
    more = True
    while more:
        if answers + 1 >= len(bounds):
            return FAIL
        at, rows, count = _read_answer(skip_space(at), answers, rows, receipts, values, count, most, logs)
        if at == FAIL:
            return FAIL
        answers += 1
        bounds[answers] = rows
        at, more = after_item(at, CLOSE_LIST)
        if at == FAIL:
            return FAIL
    return answers if skip_space(at) == text + size else FAIL
