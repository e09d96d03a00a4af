"""From the chain into the lake: ranges fetched ahead, verified, and committed in order with their cursor."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from indexer.flows.head.claims import note_claims
from indexer.flows.head.head import fetch_agreed_head
from indexer.flows.head.link import BrokenLinkError, HeadLink
from indexer.flows.ranges.piece import Piece, split_range
from indexer.flows.ranges.quorum import fetch_at_level
from indexer.flows.runs.kinds import complete_kinds, store_kinds
from indexer.flows.start.start import Start, verify_start, verify_stored_start
from indexer.flows.storing.batch import Batch, commit_batch, keeping_evidence
from indexer.ports.chain import Chain
from indexer.ports.consensus import Consensus
from indexer.ports.lake import LakeStore
from indexer.rules.nodes.sizing import RangeSize, after_answer, after_refusal
from indexer.rules.proof.checkpoints import verify_reached
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange, BlockRef, next_block, range_after
from indexer.words.errors import RetryLaterError
from indexer.words.faults import NodeFault, RangeFault
from indexer.words.quantities import BlockNumber

_FIRST_SIZE = 32  # blocks; it doubles with every small answer
_MOST_BLOCKS = 200  # of one piece: more pieces at a time hide a node's latency better than longer ones
_MOST_LIES = 20  # of one run: each one costs its node its turn
_ROUNDS_WHOLE = 2  # then in parts: what fails in one of many blocks need not fail in a few


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one run added: the closed block range, our logs in it, and how many of them are quarantined.

    `is_final` says whether the last block is tied to the agreed head, and so may be settled; `lag` whether some node
    is far ahead of that head.
    """

    from_block: int
    to_block: int
    logs: int
    quarantined: int
    is_final: bool = True
    lag: str = ""


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
    consensus: Consensus | None = None,
) -> IngestReport:
    """Ingest every final block after the cursor, up to `to_block` if given.

    Killed at any moment it goes on where the last commit was. What does not lead up to the agreed head is taken back,
    and whoever gave it is accused. `say` is told of kinds that stored blocks lacked. Raises InputError for settings the
    lake was not started with, RetryLaterError for nodes or a database that fail, UnsoundError for a chain that is not
    the one stored.
    """
    with keeping_evidence(chain, lake):
        is_new = verify_start(chain, lake, settings)
        known = lake.finalized_head()
        low = settings.start_block if known is None else known.number
        agreement = fetch_agreed_head(chain, settings, low, consensus)
        verify_reached(settings.checkpoints, agreement.head)
        link = HeadLink(chain, lake, settings, agreement.head)
        verify_stored_start(chain, lake, settings)
        start = Start(chain, lake, settings, agreement, link) if is_new else None
        if not is_new:
            complete_kinds(chain, lake, settings, say)
        store_kinds(lake, settings)
        report = _ingest(_Run(chain, lake, settings, link, start), to_block, progress)
        note_claims(chain, lake, agreement, known)
        return replace(report, lag=agreement.lag)


def _ingest(run: _Run, to_block: BlockNumber | None, progress: Callable[[Progress], None] | None) -> IngestReport:
    first: BlockRange | None = None
    for _ in range(_MOST_LIES):
        try:
            wanted = run.begin(to_block)
            first = first or wanted
            if wanted is not None:
                run.advance(wanted, progress)
            is_tied = run.link.tie_end()
        except BrokenLinkError as broken:
            run.mend(broken)
        else:
            return run.report(first, is_final=is_tied)
    raise RetryLaterError(
        "the chain does not hang together",
        expected="blocks that lead up to the agreed head",
        got=f"{_MOST_LIES} times others",
        remedy="see lake.evidence, and use other nodes",
    )


class _Run:
    """Ranges in flight, taken out in order, and committed."""

    def __init__(
        self, chain: Chain, lake: LakeStore, settings: IngestSettings, link: HeadLink, start: Start | None
    ) -> None:
        self._chain, self._lake, self._settings = chain, lake, settings
        self.link, self._head, self._start = link, link.head, start
        most = min(settings.max_range, _MOST_BLOCKS)
        self._size = RangeSize(min(_FIRST_SIZE, most), most)
        self._lock = threading.Lock()
        self._done: list[IngestReport] = []
        self._given: list[tuple[BlockRange, str]] = []

    def begin(self, to_block: BlockNumber | None) -> BlockRange | None:
        """Tie what is stored to the head, and return what is still to be read; None if nothing."""
        self.link.tie_tail()
        cursor = self._lake.last_block()
        last = self._head.number if to_block is None else min(self._head.number, to_block)
        wanted = range_after(cursor.number if cursor else None, self._settings.start_block, BlockNumber(last))
        if wanted is None and cursor is None:
            raise RetryLaterError(
                "the chain has no final block to start from",
                expected=f"block {self._settings.start_block}",
                got=f"final block {self._head.number}",
                remedy="wait for it, or lower chain.start_block",
            )
        return wanted

    def advance(self, wanted: BlockRange, progress: Callable[[Progress], None] | None) -> None:
        """Fetch, verify and commit `wanted`. BrokenLinkError where a block does not follow the one before."""
        cursor = self._lake.last_block()
        before = self._start.prove() if self._start is not None and cursor is None else cursor
        for batch in self.batches(wanted, before):
            is_new = self._start is not None and cursor is None
            founding = self._start.founding() if self._start is not None else {}
            done = commit_batch(self._lake, batch, self._settings, self._head, is_new=is_new, founding=founding)
            self._given += [(piece.blocks, piece.source) for piece in batch.pieces]
            cursor = batch.last
            self._done.append(IngestReport(batch.blocks.from_block, batch.blocks.to_block, done.logs, done.quarantined))
            if progress is not None:
                logs = sum(each.logs for each in self._done)
                progress(Progress(wanted.from_block, batch.blocks.to_block, wanted.to_block, logs))
        self._lake.merge_small_files()

    def mend(self, broken: BrokenLinkError) -> None:
        """Take back what does not lead up to the head, here and in the lake."""
        self.link.mend(broken, self._given)
        cursor = self._lake.last_block()
        last = -1 if cursor is None else cursor.number
        self._done = [each for each in self._done if each.to_block <= last]
        self._given = [(blocks, source) for blocks, source in self._given if blocks.to_block <= last]

    def report(self, wanted: BlockRange | None, *, is_final: bool) -> IngestReport:
        """Return what was added to the lake."""
        cursor = self._lake.last_block()
        last = 0 if cursor is None else cursor.number
        return IngestReport(
            last if wanted is None else wanted.from_block,
            last,
            sum(each.logs for each in self._done),
            sum(each.quarantined for each in self._done),
            is_final,
        )

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
