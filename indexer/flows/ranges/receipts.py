"""Our logs out of receipts that are proven by the receipts root of their block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexer.ports.chain import Node
from indexer.rules.columns.logs import LogColumns, concat_logs
from indexer.rules.consensus.header import OTHER_LEVELS, HeaderColumns
from indexer.rules.consensus.receipt import ReceiptLogs, receipt_logs, unknown_types
from indexer.rules.consensus.receipt_forms import find_rooted, unusual_types
from indexer.rules.proof.answer_checks import LogFilter, verify_receipts_roots
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
    except WrongAnswerFault as fault:
        roots = headers.receipts_root[list(rows)]
        logs = [_rooted(node, block, roots[at].tobytes(), ours, fault) for at, block in enumerate(blocks)]
        return ReceiptLogs(concat_logs(logs), roots)
    return receipts


def _rooted(node: Node, block: BlockRef, root: bytes, ours: LogFilter, fault: WrongAnswerFault) -> LogColumns:
    """Return the logs of the receipts that have the root in some form; `fault` where none do.

    UnprovableFault where there are types unknown here, or logs of ours in receipts beside the root.
    """
    where = f"{node.name} block {block.number}"
    try:
        receipts = node.fetch_raw_receipts(block)
        count = find_rooted(receipts, root)
        if count is None:
            kinds = unusual_types(receipts)
            raise unknown_types(kinds, block) if kinds else fault
        if {str(each["transactionHash"]) for each in receipts[:count]} & {
            str(each["transactionHash"]) for each in receipts[count:]
        }:
            raise fault  # one receipt twice is no event beside the transactions
        kept, beside = receipt_logs(receipts[:count], block), receipt_logs(receipts[count:], block)
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise UnreachableFault("malformed receipt", got=repr(error), where=where) from error
    if ours.mask(beside).any():
        raise UnprovableFault(
            "a log of ours is in no receipts root",
            expected="logs of transactions alone",
            got="a state-sync event",
            where=where,
            remedy=OTHER_LEVELS,
        )
    return kept
