"""Our logs out of receipts that are proven by the receipts root of their block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexer.ports.chain import Node, Receipts
from indexer.rules.header import HeaderColumns
from indexer.rules.logs import LogColumns, concat_logs
from indexer.rules.receipt import ReceiptLogs, gather_receipts, receipt_logs
from indexer.rules.state_sync import without_state_sync
from indexer.rules.verify import LogFilter, verify_receipts_roots
from indexer.words.blocks import BlockRef
from indexer.words.faults import UnprovableFault, UnreachableFault, WrongAnswerFault

_BLOCKS_PER_PROOF = 50  # receipts in memory at a time


def logs_from_receipts(node: Node, headers: HeaderColumns, ours: LogFilter) -> tuple[LogColumns, int]:
    """Return our logs out of proven receipts, and how many logs those held altogether."""
    return _logs_of(node, headers, np.flatnonzero(ours.candidates(headers)).tolist(), ours)


def proven_logs(node: Node, headers: HeaderColumns, rows: Sequence[int], ours: LogFilter) -> LogColumns:
    """Return our logs out of the proven receipts of some rows of `headers`."""
    return _logs_of(node, headers, rows, ours)[0]


def _logs_of(node: Node, headers: HeaderColumns, rows: Sequence[int], ours: LogFilter) -> tuple[LogColumns, int]:
    found: list[LogColumns] = []
    weight = 0
    for start in range(0, len(rows), _BLOCKS_PER_PROOF):
        part = rows[start : start + _BLOCKS_PER_PROOF]
        receipts = _proven_receipts(node, headers, part, ours)
        weight += len(receipts.logs)
        found.append(receipts.logs.take(ours.mask(receipts.logs)))
    return concat_logs(found), weight


def _proven_receipts(node: Node, headers: HeaderColumns, rows: Sequence[int], ours: LogFilter) -> ReceiptLogs:
    """Return the receipts of some rows of `headers`, each proven by its root."""
    blocks = [headers.head(row).ref for row in rows]
    receipts = node.fetch_receipts(blocks)
    try:
        verify_receipts_roots(receipts.roots, headers, rows, node.name)
    except WrongAnswerFault:
        rooted = [_rooted(node, block, ours) for block in blocks]
        if not any(extra for _, extra in rooted):
            raise
        receipts = gather_receipts([kept for kept, _ in rooted], blocks)
        verify_receipts_roots(receipts.roots, headers, rows, node.name)
    return receipts


def _rooted(node: Node, block: BlockRef, ours: LogFilter) -> tuple[Receipts, Receipts]:
    """Return the receipts that the root can hold, and those beside it; UnprovableFault if those have logs of ours."""
    try:
        kept, extra = without_state_sync(node.fetch_raw_receipts(block))
        beside = receipt_logs(extra, block)
    except (KeyError, ValueError, TypeError) as error:
        raise UnreachableFault(
            "malformed receipt", got=repr(error), where=f"{node.name} block {block.number}"
        ) from error
    if ours.mask(beside).any():
        raise UnprovableFault(
            "a log of ours is in no receipts root",
            expected="logs of transactions alone",
            got="a state-sync event",
            where=f"{node.name} block {block.number}",
            remedy='set chain.verify = "quorum:2" with two or more nodes',
        )
    return kept, extra
