"""A batch of receipts answers as columns, with the receipts root of each block, in one pass over the bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from indexer.rules.columns.arrays import I64, U8
from indexer.rules.columns.logs import LogColumns
from indexer.rules.consensus.receipt import MOST_TYPE, ReceiptLogs
from indexer.rules.scan.body import Body, scratch
from indexer.rules.scan.scan_logs import addresses_of, cut_logs, log_scratch
from indexer.words.blocks import BlockRef

_SHORTEST_LOG, _SHORTEST_RECEIPT = 150, 700  # bytes of JSON: names, address and data; a bloom alone has 512 digits


def scan_receipts(body: Body, blocks: Sequence[BlockRef]) -> ReceiptLogs | None:
    """Return the receipts of `blocks` out of the answer to one batch with ids from 0 on.

    None where the answer is not of the usual shape, or has a receipt type that no type byte can name: it has to be
    decoded by type, which names what is wrong.
    """
    from indexer.rules.consensus.trie_kernel import list_roots
    from indexer.rules.scan import scan_receipts_kernel as kernel
    from indexer.rules.scan.encode_receipts_kernel import encode_receipts
    from indexer.rules.scan.json_kernel import FAIL

    most = len(body) // _SHORTEST_RECEIPT + 1
    bounds = np.zeros(len(blocks) + 1, dtype=np.int64)
    receipts = scratch("receipts", (most * kernel.RECEIPT_BYTES,), np.uint8)
    values = scratch("values", (most * kernel.RECEIPT_NUMBERS,), np.uint64)
    most_logs = len(body) // _SHORTEST_LOG + 1
    columns = log_scratch(most_logs, len(body))
    at, places = receipts.ctypes.data, addresses_of(columns)
    answers = kernel.scan_receipts(body.address, len(body), bounds, at, values, most_logs, places)
    count = int(bounds[-1])
    table = values.reshape(-1, kernel.RECEIPT_NUMBERS)[:count]
    if answers == FAIL or answers != len(blocks) or (table[:, kernel.TYPE_AT] > MOST_TYPE).any():
        return None
    ends = np.zeros(count + 1, dtype=np.int64)
    encoded = encode_receipts(count, at, values, places, ends)
    roots = np.empty((len(blocks), 32), dtype=np.uint8)
    list_roots(encoded, ends, bounds, roots)
    log_ends = np.concatenate([[0], table[:, kernel.LOGS_AT].astype(np.int64)])
    logs = cut_logs(columns, int(log_ends[-1]))
    hashes = receipts.reshape(-1, kernel.RECEIPT_BYTES)[:count, kernel.TX_HASH_AT :]
    return ReceiptLogs(_placed(logs, blocks, bounds, log_ends, hashes), roots)


def _placed(logs: LogColumns, blocks: Sequence[BlockRef], bounds: I64, log_ends: I64, tx_hashes: U8) -> LogColumns:
    """Return the logs with their places counted, not as the node says: only positions are in the root."""
    per_block = np.diff(log_ends[bounds])
    per_receipt = np.diff(log_ends)
    block_of = np.repeat(np.arange(len(blocks)), per_block)
    receipt_of = np.repeat(np.arange(len(per_receipt)), per_receipt)
    hashes = np.frombuffer(b"".join(block.hash for block in blocks), dtype=np.uint8).reshape(-1, 32)
    return replace(
        logs,
        block_number=np.array([block.number for block in blocks], dtype=np.uint64)[block_of],
        block_hash=hashes[block_of],
        log_index=(np.arange(len(logs)) - log_ends[bounds[block_of]]).astype(np.uint32),
        tx_index=(receipt_of - bounds[block_of]).astype(np.uint32),
        tx_hash=np.ascontiguousarray(tx_hashes[receipt_of]),
    )
