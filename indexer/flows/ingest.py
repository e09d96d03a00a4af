"""From the chain into the lake: ranges fetched ahead, verified, and committed in order with their cursor."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from indexer.flows.batch import Batch, commit_batch, keeping_evidence
from indexer.flows.follow import note_finality, repair_tail
from indexer.flows.head import fetch_agreed_head
from indexer.flows.identity import IngestSettings
from indexer.flows.kinds import complete_kinds, store_kinds
from indexer.flows.piece import Piece, split_range
from indexer.flows.quorum import fetch_at_level
from indexer.flows.start import check_start
from indexer.ports.chain import Chain
from indexer.ports.lake import LakeStore
from indexer.rules.sizing import RangeSize, after_answer, after_refusal
from indexer.words.blocks import BlockRange, BlockRef, next_block, range_after
from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault, RangeFault
from indexer.words.quantities import BlockNumber, to_hex

_FIRST_SIZE = 32  # blocks; it doubles with every small answer
_MOST_BLOCKS = 200  # of one piece: more pieces at a time hide a node's latency better than longer ones
_ROUNDS_WHOLE = 2  # then in parts: what fails in one of many blocks need not fail in a few


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one run added: the closed block range, our logs in it, and how many of them are quarantined."""

    from_block: int
    to_block: int
    logs: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the last committed block of `to_block`, and the logs committed in this run."""

    from_block: int
    block: int
    to_block: int
    logs: int


def ingest(
    chain: Chain,
    lake: LakeStore,
    settings: IngestSettings,
    to_block: BlockNumber | None = None,
    progress: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] | None = None,
) -> IngestReport:
    """Ingest every final block after the cursor, up to `to_block` if given.

    Killed at any moment it goes on where the last commit was. `say` is told of kinds that stored blocks lacked.
    Raises InputError for settings the lake was not started with, RetryLaterError for nodes or a database that fail,
    UnsoundError for a chain that is not the one stored.
    """
    with keeping_evidence(chain, lake):
        return _ingest(chain, lake, settings, to_block, progress, say)


def _ingest(
    chain: Chain,
    lake: LakeStore,
    settings: IngestSettings,
    to_block: BlockNumber | None,
    progress: Callable[[Progress], None] | None,
    say: Callable[[str], None] | None,
) -> IngestReport:
    is_new = check_start(chain, lake, settings)
    head = fetch_agreed_head(chain, settings)
    if not is_new:
        repair_tail(chain, lake, settings, head)
        note_finality(lake, head)
        complete_kinds(chain, lake, settings, say)
    store_kinds(lake, settings)
    cursor = lake.last_block()
    last = head.number if to_block is None else min(head.number, to_block)
    wanted = range_after(cursor.number if cursor else None, settings.start_block, BlockNumber(last))
    if wanted is None:
        return _nothing_to_do(cursor, head, settings)
    run = _Run(chain, settings, head)
    logs = quarantined = 0
    final: BlockRef | None = head
    for batch in run.batches(wanted, cursor):
        done = commit_batch(lake, batch, settings, final, is_new=is_new)
        is_new, final = False, None
        logs, quarantined = logs + done.logs, quarantined + done.quarantined
        if progress is not None:
            progress(Progress(wanted.from_block, batch.blocks.to_block, wanted.to_block, logs))
    lake.merge_small_files()
    return IngestReport(wanted.from_block, wanted.to_block, logs, quarantined)


def _nothing_to_do(cursor: BlockRef | None, head: BlockRef, settings: IngestSettings) -> IngestReport:
    """Report an empty run, unless the chain has not come to the start or the final block is not ours."""
    if cursor is None:
        raise RetryLaterError(
            "the chain has no final block to start from",
            expected=f"block {settings.start_block}",
            got=f"final block {head.number}",
            remedy="wait for it, or lower chain.start_block",
        )
    return IngestReport(cursor.number, cursor.number, 0, 0)


def _other_chain(stored: BlockRef, found: str) -> UnsoundError:
    return UnsoundError(
        "a block that was final has been replaced",
        expected=f"block {stored.number} {to_hex(stored.hash)}",
        got=found,
        remedy="stop, find out which chain is right, and fill another data_dir",
    )


class _Run:
    """Ranges in flight, taken out in order."""

    def __init__(self, chain: Chain, settings: IngestSettings, head: BlockRef) -> None:
        self._chain, self._settings, self._head = chain, settings, head
        most = min(settings.max_range, _MOST_BLOCKS)
        self._size = RangeSize(min(_FIRST_SIZE, most), most)
        self._lock = threading.Lock()

    def batches(self, wanted: BlockRange, cursor: BlockRef | None) -> Iterator[Batch]:
        """Yield consecutive batches that together cover `wanted`, each linked to the block before it."""
        held: list[Piece] = []
        for piece in self._pieces(wanted):
            linked = self._linked(piece, cursor)
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

    def _linked(self, piece: Piece, before: BlockRef | None) -> Piece:
        """Return the piece if it follows `before`; else fetch it once more, and stop if it still does not."""
        if before is None or piece.headers.head(0).parent_hash == before.hash:
            return piece
        again = self._attempt(piece.blocks, None)
        if again.headers.head(0).parent_hash != before.hash:
            raise _other_chain(before, f"parent hash {to_hex(again.headers.head(0).parent_hash)} of the next block")
        return again
