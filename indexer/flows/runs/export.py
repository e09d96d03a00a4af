"""Receipts of stored blocks into a bundle for a peer, each proven before it is written."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from indexer.flows.ranges.piece import fetch_window
from indexer.flows.storing.stored import stored_hashes
from indexer.ports.chain import Chain, Node, Receipts
from indexer.ports.lake import LakeStore
from indexer.rules.consensus.receipt import gather_receipts
from indexer.rules.proof.answer_checks import verify_receipts_roots
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.errors import RetryLaterError
from indexer.words.quantities import Hash32


class ReceiptSink(Protocol):
    """Where the receipts go."""

    def add(self, block: BlockRef, receipts: Receipts) -> None:
        """Take the receipts of one block."""


def export_receipts(
    chain: Chain,
    lake: LakeStore,
    settings: IngestSettings,
    blocks: BlockRange,
    sink: ReceiptSink,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write the receipts of every block of `blocks` whose bloom admits our logs; return how many blocks those are.

    The blocks must be stored. What is written has been checked against header and receipts root.
    """
    written = 0
    for part in blocks.chunks(settings.max_range):
        end = stored_hashes(lake, part.to_block, part.to_block).get(part.to_block)
        if end is None:
            raise RetryLaterError("the range is not stored", where=str(part), remedy="run pozk index first")
        final = BlockRef(part.to_block, Hash32(end))
        for block, receipts in chain.attempt(partial(_fetch, blocks=part, settings=settings, final=final)):
            sink.add(block, receipts)
            written += 1
        if progress is not None:
            progress(part.to_block)
    return written


def _fetch(
    node: Node, blocks: BlockRange, settings: IngestSettings, final: BlockRef
) -> list[tuple[BlockRef, Receipts]]:
    headers = fetch_window(node, blocks, final, hashed=True)
    found = []
    for row in np.flatnonzero(settings.log_filter().candidates(headers)).tolist():
        block = headers.head(row).ref
        receipts = node.fetch_raw_receipts(block)
        verify_receipts_roots(gather_receipts([receipts], [block]).roots, headers, [row], node.name)
        found.append((block, receipts))
    return found
