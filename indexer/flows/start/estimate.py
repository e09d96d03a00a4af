"""What a run from the start to the final block will take, guessed from a few samples of one node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from indexer.ports.chain import Node
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.faults import MissingFault, NodeFault
from indexer.words.levels import RECEIPTS
from indexer.words.quantities import BlockNumber

_SAMPLES, _SAMPLE_BLOCKS = 5, 20
_HEADERS_PER_REQUEST, _RECEIPTS_PER_REQUEST = 100, 10
_HEADER_BYTES, _LOG_BYTES = 2_000, 900  # of JSON


@dataclass(frozen=True, slots=True)
class Estimate:
    """Blocks to read, HTTP requests, bytes and seconds for them, and whether old receipts are still served."""

    blocks: int
    requests: int
    bytes: int
    seconds: float
    serves_receipts: bool


def estimate(node: Node, settings: IngestSettings, clock: Callable[[], float], concurrency: int = 6) -> Estimate:
    """Sample headers and receipts between `start_block` and the final block. A NodeFault if the node is down."""
    final = node.fetch_head(settings.finality).ref.number
    total = BlockRange(min(settings.start_block, final), final)
    started = clock()
    blocks = candidates = receipt_logs = requests = 0
    for sample in _samples(total):
        headers = node.fetch_headers(sample)
        rows = np.flatnonzero(settings.log_filter().candidates(headers)).tolist()
        blocks, candidates, requests = blocks + len(headers), candidates + len(rows), requests + 1
        if rows and settings.level == RECEIPTS:
            receipt_logs += _logs_in_receipts(node, headers.head(rows[0]).ref)
            requests += 1
    pace = (clock() - started) / max(1, requests)
    share = candidates / max(1, blocks)
    logs = receipt_logs / max(1, min(candidates, _SAMPLES))
    needed = len(total) / _HEADERS_PER_REQUEST + len(total) * share / _RECEIPTS_PER_REQUEST
    size = len(total) * (_HEADER_BYTES + share * logs * _LOG_BYTES)
    return Estimate(
        blocks=len(total),
        requests=int(needed) + 1,
        bytes=int(size),
        seconds=pace * (needed + 1) / concurrency,
        serves_receipts=_serves_receipts(node, total.from_block),
    )


def _samples(total: BlockRange) -> list[BlockRange]:
    """Return a few short ranges, evenly spread."""
    step = max(1, len(total) // _SAMPLES)
    chunks = [next(part.chunks(_SAMPLE_BLOCKS)) for part in total.chunks(step)]
    return chunks[:_SAMPLES]


def _logs_in_receipts(node: Node, block: BlockRef) -> int:
    """Return how many logs a block's receipts hold; 0, for a guess, where the node has pruned them."""
    try:
        return len(node.fetch_receipts([block]).logs)
    except MissingFault:
        return 0


def _serves_receipts(node: Node, number: BlockNumber) -> bool:
    try:
        node.fetch_raw_receipts(node.fetch_headers(BlockRange(number, number)).head(0).ref)
    except NodeFault:
        return False
    return True
