"""Ranges fetched ahead of what is stored, several at a time, verified, and taken out in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from indexer.flows.head.link import BrokenLinkError
from indexer.flows.ranges.piece import Piece, split_range
from indexer.flows.ranges.quorum import fetch_at_level
from indexer.flows.storing.batch import Batch
from indexer.ports.chain import Chain
from indexer.rules.nodes.sizing import RangeSize, after_answer, after_refusal
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange, BlockRef, next_block
from indexer.words.faults import NodeFault, RangeFault
from indexer.words.quantities import BlockNumber

_FIRST_SIZE = 32  # blocks; it doubles with every small answer
_MOST_BLOCKS = 200  # of one piece: more pieces at a time hide a node's latency better than longer ones
_ROUNDS_WHOLE = 2  # then in parts: what fails in one of many blocks need not fail in a few


class FetchAhead:
    """Blocks below the final block `head`; how many are asked for at a time is learned and kept."""

    def __init__(self, chain: Chain, settings: IngestSettings, head: BlockRef) -> None:
        self._chain, self._settings, self._head = chain, settings, head
        most = min(settings.max_range, _MOST_BLOCKS)
        self._size = RangeSize(min(_FIRST_SIZE, most), most)
        self._lock = threading.Lock()

    def batches(self, wanted: BlockRange, cursor: BlockRef | None) -> Iterator[Batch]:
        """Yield consecutive batches that together cover `wanted`, each linked to the block before it."""
        held: list[Piece] = []
        for piece in self._pieces(wanted):
            linked = self._linked(piece, cursor, held)
            if held and held[0].level != linked.level:  # the ledger says of each range what it is
                yield Batch(tuple(held))
                held = []
            cursor = BlockRef(piece.blocks.to_block, linked.headers.head(len(linked.headers) - 1).ref.hash)
            held.append(linked)
            logs = sum(len(each.logs) for each in held)
            blocks = sum(len(each.blocks) for each in held)
            if logs >= self._settings.commit_logs or blocks >= self._settings.commit_blocks:
                yield Batch(tuple(held))
                held = []
        if held:
            yield Batch(tuple(held))

    def _pieces(self, wanted: BlockRange) -> Iterator[Piece]:
        """Fetch ahead, as many ranges at a time as the chain allows, and yield them in order."""
        start: BlockNumber | None = wanted.from_block
        pending: deque[Future[list[Piece]]] = deque()
        pool = ThreadPoolExecutor(self._chain.concurrency, thread_name_prefix="fetch")
        try:
            while pending or start is not None:
                while start is not None and len(pending) <= self._chain.concurrency:
                    blocks = next(BlockRange(start, wanted.to_block).chunks(self._size.blocks))
                    pending.append(pool.submit(self._fetch, blocks))
                    start = next_block(blocks.to_block) if blocks.to_block < wanted.to_block else None
                yield from pending.popleft().result()
        except BaseException as error:  # a signal does not wait for nodes
            pool.shutdown(wait=isinstance(error, Exception | GeneratorExit), cancel_futures=True)
            raise
        pool.shutdown()

    def _fetch(self, blocks: BlockRange) -> list[Piece]:
        """Fetch one range, in parts where the node refuses it whole."""
        rounds = None if len(blocks) == 1 else _ROUNDS_WHOLE
        try:
            piece = self._attempt(blocks, rounds)
        except NodeFault as fault:
            if len(blocks) == 1 or not fault.worth_a_retry:
                raise
            named = fault.max_blocks if isinstance(fault, RangeFault) else None
            with self._lock:
                self._size = after_refusal(self._size, len(blocks), named)
            return [piece for part in split_range(blocks, named) for piece in self._fetch(part)]
        with self._lock:
            self._size = after_answer(self._size, len(blocks), piece.weight)
        return [piece]

    def _attempt(self, blocks: BlockRange, rounds: int | None) -> Piece:
        chain, settings, head = self._chain, self._settings, self._head
        return chain.attempt(lambda node: fetch_at_level(chain, node, blocks, settings, head), rounds)

    def _linked(self, piece: Piece, before: BlockRef | None, held: Sequence[Piece]) -> Piece:
        """Return the piece if it follows `before`; else fetch it once more. BrokenLinkError if it still does not."""
        if before is None or piece.headers.head(0).parent_hash == before.hash:
            return piece
        again = self._attempt(piece.blocks, None)
        if again.headers.head(0).parent_hash != before.hash:
            raise BrokenLinkError((*held, again))
        return again
