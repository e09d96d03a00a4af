"""From the chain into the lake: ranges fetched ahead, verified, and committed in order with their cursor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from indexer.flows.head.claims import note_claims
from indexer.flows.head.head import fetch_agreed_head
from indexer.flows.head.link import BrokenLinkError, HeadLink
from indexer.flows.runs.fetch_ahead import FetchAhead
from indexer.flows.runs.kinds import complete_kinds, store_kinds
from indexer.flows.start.start import Start, verify_start, verify_stored_start
from indexer.flows.storing.batch import append_evidence, commit_rows, decoded_rows, follows, keeping_evidence
from indexer.flows.storing.identity import store_identity
from indexer.ports.backfill import NO_PLAN, BrokenRangeError, RangePlan
from indexer.ports.chain import Chain
from indexer.ports.consensus import Consensus
from indexer.ports.lake import LakeStore
from indexer.rules.proof.checkpoints import verify_reached
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.stored.batch_rows import BatchRows
from indexer.words.blocks import BlockRange, next_block, part_before, range_after
from indexer.words.errors import RetryLaterError
from indexer.words.quantities import BlockNumber

_MOST_LIES = 20  # of one run: each one costs its node its turn


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
    plan: RangePlan = NO_PLAN,
) -> IngestReport:
    """Ingest every final block after the cursor, up to `to_block` if given; ranges of workers are taken out of `plan`.

    Killed at any moment it goes on where the last commit was. What does not lead up to the agreed head is taken back,
    and whoever gave it is accused. `say` is told of kinds that stored blocks lacked. Raises InputError for settings the
    lake was not started with, RetryLaterError for nodes or a database that fail, UnsoundError for a chain that is not
    the one stored.
    """
    with keeping_evidence(chain, partial(append_evidence, lake)):
        is_new = verify_start(chain, lake, settings)
        known = lake.finalized_head()
        low = settings.start_block if known is None else known.number
        agreement = fetch_agreed_head(chain, settings, low, consensus)
        verify_reached(settings.checkpoints, agreement.head)
        link = HeadLink(chain, lake, settings, agreement.head)
        verify_stored_start(chain, lake, settings)
        start = Start(chain, lake, settings, agreement, link) if is_new else None
        if start is not None and lake.last_block() is not None:  # what the lake was filled for was lost with its file
            start.prove()
            with lake.transaction():
                store_identity(lake, settings, start.founding())
            start = None
        if start is None:
            complete_kinds(chain, lake, settings, say)
        store_kinds(lake, settings)
        report = _ingest(_Ingestion(chain, lake, settings, link, start, plan), to_block, progress)
        note_claims(chain, lake, agreement, known)
        return replace(report, lag=agreement.lag)


def _ingest(run: _Ingestion, to_block: BlockNumber | None, progress: Callable[[Progress], None] | None) -> IngestReport:
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


class _Ingestion:
    """Ranges, fetched here or taken from workers, committed in their order."""

    def __init__(
        self,
        chain: Chain,
        lake: LakeStore,
        settings: IngestSettings,
        link: HeadLink,
        start: Start | None,
        plan: RangePlan,
    ) -> None:
        self._lake, self._settings, self._plan = lake, settings, plan
        self.link, self._head, self._start = link, link.head, start
        self._fetch = FetchAhead(chain, settings, link.head)
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
        """Fetch, verify and commit `wanted`, of which workers may have done parts.

        BrokenLinkError where a block does not follow the one before.
        """
        rest: BlockRange | None = wanted
        while rest is not None:
            planned = self._plan.next_from(rest.from_block)
            if planned is not None and planned.from_block == rest.from_block and planned.to_block <= rest.to_block:
                self._take(planned, wanted, progress)
            else:
                self._fetch_until_planned(rest, wanted, progress)
            cursor = self._lake.last_block()
            rest = range_after(cursor.number if cursor else None, wanted.from_block, wanted.to_block)
        self._lake.merge_small_files()

    def _fetch_until_planned(
        self, rest: BlockRange, wanted: BlockRange, progress: Callable[[Progress], None] | None
    ) -> None:
        """Fetch and commit here what lies before the next range of a worker, also of one that begins meanwhile."""
        cursor = self._lake.last_block()
        before = self._start.prove() if self._start is not None and cursor is None else cursor
        planned = self._plan.next_from(rest.from_block)
        own = rest if planned is None else part_before(rest, planned.from_block) or rest
        for batch in self._fetch.batches(own, before):
            self._given += [(piece.blocks, piece.source) for piece in batch.pieces]
            self._commit(decoded_rows(batch, self._settings), wanted, progress)
            end = batch.blocks.to_block
            if end < own.to_block and self._plan.next_from(next_block(end)) != planned:
                return

    def _take(self, planned: BlockRange, wanted: BlockRange, progress: Callable[[Progress], None] | None) -> None:
        """Commit what a worker has proven of a range, if it follows what is stored; else it is fetched here."""
        try:
            for rows in self._plan.take(planned, self._settings):
                cursor = self._lake.last_block()
                if cursor is not None and not follows(rows, cursor):
                    raise BrokenRangeError("a worker's blocks do not follow what is stored", where=str(rows.blocks))
                if " " not in rows.source:  # of several nodes nobody knows here which one gave which block
                    self._given.append((rows.blocks, rows.source))
                self._commit(rows, wanted, progress)
        except BrokenRangeError:
            self._drop(planned)
            cursor = self._lake.last_block()
            rest = range_after(cursor.number if cursor else None, planned.from_block, planned.to_block)
            if rest is not None:
                self._fetch_until_planned(rest, wanted, progress)
        else:
            self._drop(planned)

    def _drop(self, planned: BlockRange) -> None:
        evidence = self._plan.drop(planned)
        if evidence:
            append_evidence(self._lake, evidence)

    def _commit(self, rows: BatchRows, wanted: BlockRange, progress: Callable[[Progress], None] | None) -> None:
        is_new = self._start is not None and self._lake.last_block() is None
        founding = self._start.founding() if self._start is not None else {}
        commit_rows(self._lake, rows, self._settings, self._head, is_new=is_new, founding=founding)
        self._done.append(IngestReport(rows.blocks.from_block, rows.blocks.to_block, rows.logs, rows.quarantined))
        if progress is not None:
            logs = sum(each.logs for each in self._done)
            progress(Progress(wanted.from_block, rows.blocks.to_block, wanted.to_block, logs))

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
