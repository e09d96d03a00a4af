"""Compiled consensus encoding of scanned receipts: what the receipts trie holds for each."""

import numpy as np

from indexer.rules.columns.arrays import I64, U8, U64
from indexer.rules.consensus.rlp_kernel import number_size, prefix_size, put_bytes, put_number, put_prefix
from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import load8, load64
from indexer.rules.scan.scan_logs_kernel import ADDRESSES, DATA_BYTES, OFFSETS, TOPIC_COUNTS, WORDS, Places
from indexer.rules.scan.scan_receipts_kernel import (
    BLOOM_AT,
    GAS_AT,
    LOGS_AT,
    NONCE_AT,
    RECEIPT_BYTES,
    RECEIPT_NUMBERS,
    ROOT_AT,
    SAW_NONCE,
    SAW_STATUS,
    SAW_VERSION,
    SEEN_AT,
    STATUS_AT,
    TYPE_AT,
    VERSION_AT,
)

DEPOSIT = np.uint64(0x7E)
_VERSIONED = SAW_NONCE | SAW_VERSION


@njit(cache=True, nogil=True)
def _log_body(row: int, logs: Places) -> tuple[int, int]:
    """Return the size of a log's payload and of its topics' payload."""
    topics = 33 * int64(load8(logs[TOPIC_COUNTS] + row))
    start = int64(load64(logs[OFFSETS] + 8 * row))
    size = int64(load64(logs[OFFSETS] + 8 * row + 8)) - start
    whole = size == 1 and load8(logs[DATA_BYTES] + start) < 0x80
    return 21 + prefix_size(topics) + topics + size + (0 if whole else prefix_size(size)), topics


@njit(cache=True, nogil=True)
def _put_log(out: U8, at: int, row: int, logs: Places) -> int:
    body, topics = _log_body(row, logs)
    at = put_prefix(out, at, body, 0xC0)
    out[at] = 0x80 + 20
    at = put_bytes(out, at + 1, logs[ADDRESSES] + 20 * row, 20)
    at = put_prefix(out, at, topics, 0xC0)
    for topic in range(topics // 33):
        out[at] = 0x80 + 32
        at = put_bytes(out, at + 1, logs[WORDS] + 128 * row + 32 * topic, 32)
    start = int64(load64(logs[OFFSETS] + 8 * row))
    size = int64(load64(logs[OFFSETS] + 8 * row + 8)) - start
    if size != 1 or load8(logs[DATA_BYTES] + start) >= 0x80:
        at = put_prefix(out, at, size, 0x80)
    return put_bytes(out, at, logs[DATA_BYTES] + start, size)


@njit(cache=True, nogil=True)
def _receipt_body(row: int, first: int, last: int, values: U64, logs: Places) -> tuple[int, int]:
    """Return the size of a receipt's payload and of its logs' payload."""
    place = row * RECEIPT_NUMBERS
    seen = values[place + SEEN_AT]
    inner = 0
    for log in range(first, last):
        body, _ = _log_body(log, logs)
        inner += prefix_size(body) + body
    outcome = number_size(values[place + STATUS_AT]) if seen & SAW_STATUS else 33
    size = outcome + number_size(values[place + GAS_AT]) + 259 + prefix_size(inner) + inner
    if values[place + TYPE_AT] == DEPOSIT and seen & _VERSIONED == _VERSIONED:
        size += number_size(values[place + NONCE_AT]) + number_size(values[place + VERSION_AT])
    return size, inner


@njit(cache=True, nogil=True)
def _put_receipt(out: U8, at: int, row: int, first: int, last: int, receipts: int, values: U64, logs: Places) -> int:
    place, base = row * RECEIPT_NUMBERS, receipts + row * RECEIPT_BYTES
    size, inner = _receipt_body(row, first, last, values, logs)
    kind, seen = values[place + TYPE_AT], values[place + SEEN_AT]
    if kind != np.uint64(0):
        out[at] = kind
        at += 1
    at = put_prefix(out, at, size, 0xC0)
    if seen & SAW_STATUS:
        at = put_number(out, at, values[place + STATUS_AT])
    else:
        out[at] = 0xA0
        at = put_bytes(out, at + 1, base + ROOT_AT, 32)
    at = put_prefix(out, put_number(out, at, values[place + GAS_AT]), 256, 0x80)
    at = put_prefix(out, put_bytes(out, at, base + BLOOM_AT, 256), inner, 0xC0)
    for log in range(first, last):
        at = _put_log(out, at, log, logs)
    if kind == DEPOSIT and seen & _VERSIONED == _VERSIONED:
        at = put_number(out, put_number(out, at, values[place + NONCE_AT]), values[place + VERSION_AT])
    return at


@njit(cache=True, nogil=True)
def encode_receipts(count: int, receipts: int, values: U64, logs: Places, ends: I64) -> U8:
    """Return the consensus bytes of `count` receipts in one buffer; write to `ends` (count + 1) where each lies."""
    ends[0] = 0
    first = int64(0)
    for row in range(count):
        last = int64(values[row * RECEIPT_NUMBERS + LOGS_AT])
        size, _ = _receipt_body(row, first, last, values, logs)
        typed = 1 if values[row * RECEIPT_NUMBERS + TYPE_AT] != np.uint64(0) else 0
        ends[row + 1] = ends[row] + typed + prefix_size(size) + size
        first = last
    out = np.empty(ends[count], dtype=np.uint8)
    first = int64(0)
    for row in range(count):
        last = int64(values[row * RECEIPT_NUMBERS + LOGS_AT])
        _put_receipt(out, ends[row], row, first, last, receipts, values, logs)
        first = last
    return out
