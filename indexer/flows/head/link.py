"""The stored chain tied by parent hashes to the agreed head; what does not hang on it is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from indexer.flows.ranges.piece import Piece
from indexer.flows.ranges.quorum import fetch_links
from indexer.flows.storing.batch import store_finality
from indexer.flows.storing.stored import stored_hashes
from indexer.ports.chain import Chain, Node
from indexer.ports.lake import LakeStore
from indexer.rules.consensus.header import HeaderColumns
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.proof.reorg import FinalReorgFault
from indexer.words.blocks import BlockRange, BlockRef, next_block
from indexer.words.errors import RetryLaterError
from indexer.words.faults import NodeFault, WrongAnswerFault
from indexer.words.quantities import BlockNumber, to_hex

_WINDOW_BLOCKS, _SHORT_BLOCKS = 200, 2
_ROUNDS_WHOLE = 2
_NEAR_BLOCKS = 100_000  # a tail this far below the head is tied to it by headers alone; else by the blocks to come


class BrokenLinkError(RetryLaterError):
    """What is stored or was just fetched does not hang together: some node has lied, or the chain was reorganised."""

    def __init__(self, pieces: Sequence[Piece] = ()) -> None:
        super().__init__("a block does not follow its parent", remedy="start again")
        self.pieces = tuple(pieces)


class HeadLink:
    """The chain below the agreed head, walked down as far as needed and never twice: its window tops are kept."""

    def __init__(self, chain: Chain, lake: LakeStore, settings: IngestSettings, head: BlockRef) -> None:
        self._chain, self._lake, self._settings, self.head = chain, lake, settings, head
        self._tops = [head]

    def walk_down(self, start: BlockNumber, low: BlockNumber) -> Iterator[HeaderColumns]:
        """Yield linked windows of headers, the uppermost with block `start` in it, down to `low`."""
        top = min((top for top in self._tops if top.number >= start), key=lambda top: top.number)
        for window in walk_down(self._chain, self._settings, top, low):
            if window.number[0] < self._tops[-1].number:
                self._tops.append(window.head(0).ref)
            yield window

    def tie_tail(self) -> None:
        """Note the stored tail as final as far as the head proves it; BrokenLinkError where the head disproves it."""
        cursor = self._lake.last_block()
        if cursor is None:
            return
        self._verify_stored_checkpoints(cursor)
        if cursor.number >= self.head.number:
            if stored_hashes(self._lake, self.head.number, self.head.number).get(self.head.number) != self.head.hash:
                raise BrokenLinkError
            self._note(self.head)

    def tie_end(self) -> bool:
        """Tie what a run that ended below the head has stored to the head by headers; return whether that is near."""
        self.tie_tail()
        cursor, known = self._lake.last_block(), self._lake.finalized_head()
        if cursor is None or cursor.number >= self.head.number or cursor == known:
            return True
        if self.head.number - cursor.number > _NEAR_BLOCKS:
            return False
        if self._find_ancestor(cursor, {}) != cursor:
            raise BrokenLinkError
        self._note(cursor)
        return True

    def mend(self, broken: BrokenLinkError, given: Sequence[tuple[BlockRange, str]] = ()) -> int:
        """Take back the stored blocks that do not lead up to the head; return how many.

        Accused is who gave blocks below that head: `given` are the ranges of this run, each with its nodes' names. What
        was stored before may have been a newest block that was reorganised away, which is no lie.
        FinalReorgFault if a final block is among them, unless a checkpoint says that it is wrong.
        """
        cursor = self._lake.last_block()
        truth: dict[int, bytes] = {piece.blocks.to_block: b"" for piece in broken.pieces}
        ancestor = self._find_ancestor(cursor, truth)
        _accuse_pieces(self._chain, broken.pieces, truth)
        if cursor is None or cursor == ancestor:
            return 0
        lost = self._settings.start_block if ancestor is None else next_block(ancestor.number)
        self._verify_may_fall(ancestor)
        self._accuse_sources(lost, truth[lost], [source for blocks, source in given if lost in blocks])
        with self._lake.transaction():
            self._lake.roll_back(ancestor)
            self._lake.ensure_writer()
        return len(BlockRange(lost, cursor.number))

    def _find_ancestor(self, cursor: BlockRef | None, truth: dict[int, bytes]) -> BlockRef | None:
        """Return the last stored block below the head, None if there is none, by walking down to it.

        `truth` gets the true hashes of the numbers in it, and of the block after the one that is found.
        """
        start = max([cursor.number if cursor else self._settings.start_block, *truth])
        wanted, above = set(truth), b""
        lowest = min([cursor.number if cursor else start, *wanted])
        for window in self.walk_down(BlockNumber(min(start, self.head.number)), self._settings.start_block):
            numbers = window.number.tolist()
            truth.update({n: window.hash[row].tobytes() for row, n in enumerate(numbers) if n in wanted})
            row = _last_shared(window, stored_hashes(self._lake, numbers[0], numbers[-1]) if cursor else {})
            if row is not None:
                if row + 1 < len(window):
                    above = window.hash[row + 1].tobytes()
                truth[next_block(BlockNumber(numbers[row]))] = above
                return window.head(row).ref
            above = window.hash[0].tobytes()
            if cursor is None and numbers[0] <= lowest:
                return None
        truth[self._settings.start_block] = above
        return None

    def _verify_stored_checkpoints(self, cursor: BlockRef) -> None:
        for checkpoint in self._settings.checkpoints:
            if self._settings.start_block <= checkpoint.number <= cursor.number:
                stored = stored_hashes(self._lake, checkpoint.number, checkpoint.number).get(checkpoint.number)
                if stored != checkpoint.hash:
                    raise BrokenLinkError

    def _verify_may_fall(self, ancestor: BlockRef | None) -> None:
        """Raise FinalReorgFault if a final block would be taken back that no checkpoint contradicts."""
        known = self._lake.finalized_head()
        if known is None or (ancestor is not None and ancestor.number >= known.number):
            return
        reach = -1 if ancestor is None else ancestor.number
        if any(reach < checkpoint.number <= known.number for checkpoint in self._settings.checkpoints):
            return  # it lies on the chain walked down, so what is stored there is wrong by the operator's word
        at = min(known.number, self.head.number)  # what nodes call final may be below what they called final before
        stored = stored_hashes(self._lake, at, at).get(at, known.hash)
        truth = next(iter(self.walk_down(at, at)))
        faults = [
            FinalReorgFault(
                "a block that was final has been replaced",
                kind="final",
                node=node.name,
                block=at,
                expected=to_hex(stored),
                got=to_hex(truth.hash[0].tobytes()),
                remedy="stop, find out which chain is right, and name one of its blocks in chain.checkpoints",
            )
            for node in self._chain.nodes
        ]
        for fault in faults:
            self._chain.accuse(fault)
        raise faults[0]

    def _accuse_sources(self, number: BlockNumber, true_hash: bytes, sources: Sequence[str]) -> None:
        stored = stored_hashes(self._lake, number, number).get(number, b"")
        for name in {name for source in sources for name in source.split()}:
            self._chain.accuse(_lie(name, number, true_hash, stored))

    def _note(self, final: BlockRef) -> None:
        known = self._lake.finalized_head()
        if known is None or known.number < final.number:
            with self._lake.transaction():
                store_finality(self._lake, final)
                self._lake.ensure_writer()


def walk_down(chain: Chain, settings: IngestSettings, top: BlockRef, low: BlockNumber) -> Iterator[HeaderColumns]:
    """Yield windows of headers from `top` down to `low`, each tied by its last hash to the one above it.

    A window that no node gives whole is asked for in shorter ones: what fails in many blocks need not in a few.
    """
    most = min(_WINDOW_BLOCKS, settings.max_range)
    size = most
    while True:
        blocks = BlockRange(max(low, BlockNumber(max(0, top.number - size))), top.number)
        is_short = len(blocks) <= _SHORT_BLOCKS
        work: Callable[[Node], HeaderColumns] = partial(fetch_links, chain, blocks=blocks, settings=settings, final=top)
        try:
            window = chain.attempt(work, None if is_short else _ROUNDS_WHOLE)
        except NodeFault as fault:
            if is_short or not fault.worth_a_retry:
                raise
            size = max(1, len(blocks) // 4)
            continue
        yield window
        if blocks.from_block <= low:
            return
        top = window.head(0).ref  # in both windows, so that its hash ties them
        size = min(most, 2 * size)


def _last_shared(window: HeaderColumns, stored: dict[int, bytes]) -> int | None:
    same = [stored.get(number) == window.hash[row].tobytes() for row, number in enumerate(window.number.tolist())]
    rows = np.flatnonzero(same)
    return int(rows[-1]) if len(rows) else None


def _accuse_pieces(chain: Chain, pieces: Sequence[Piece], truth: dict[int, bytes]) -> None:
    for piece in pieces:
        number, said = piece.blocks.to_block, piece.headers.hash[-1].tobytes()
        if truth.get(number) and said != truth[number]:
            for name in piece.source.split():
                chain.accuse(_lie(name, number, truth[number], said))


def _lie(node: str, number: int, true_hash: bytes, said: bytes) -> WrongAnswerFault:
    return WrongAnswerFault(
        "node gave a block that does not lead up to the agreed head",
        kind="link",
        node=node,
        block=number,
        expected=to_hex(true_hash),
        got=to_hex(said),
    )
