"""The newest blocks, which may yet be replaced: appended, or after a reorganisation replaced in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from indexer.flows.head.claims import note_claims
from indexer.flows.head.head import fetch_agreed_head, verify_not_ahead
from indexer.flows.head.link import BrokenLinkError, HeadLink
from indexer.flows.ranges.piece import Piece, fetch_window
from indexer.flows.ranges.quorum import fetch_at_level
from indexer.flows.storing.batch import Batch, append_evidence, append_rows, decoded_rows, keeping_evidence
from indexer.flows.storing.stored import stored_hashes
from indexer.ports.chain import Chain, Node
from indexer.ports.lake import LakeStore
from indexer.rules.proof.checkpoints import verify_reached
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.proof.reorg import common_ancestor
from indexer.words.blocks import BlockRange, BlockRef, next_block
from indexer.words.errors import RetryLaterError
from indexer.words.faults import NodeFault, WrongAnswerFault
from indexer.words.finality import Finality
from indexer.words.quantities import BlockNumber, to_hex

NEWEST = Finality(0)  # no confirmations: the node's newest block


@dataclass(frozen=True, slots=True)
class FollowReport:
    """What one step did: the newest stored block, how many blocks came and how many were replaced."""

    head: BlockRef
    added: int
    replaced: int


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the lake holds from its greatest final block to its last one, with the hashes by number."""

    final: BlockRef
    cursor: BlockRef
    hashes: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class _HeadChange:
    """Verified blocks to put behind the stored block `ancestor`, in place of whatever follows it."""

    ancestor: BlockRef
    piece: Piece


def follow_once(chain: Chain, lake: LakeStore, settings: IngestSettings) -> FollowReport:
    """Bring the lake from its final blocks to the newest ones; call it after `ingest`, again and again.

    A node that lags changes nothing. Raises FinalReorgFault (exit code 1) where the final block itself was replaced.
    """
    with keeping_evidence(chain, partial(append_evidence, lake)):
        known = lake.finalized_head()
        agreement = fetch_agreed_head(chain, settings, settings.start_block if known is None else known.number)
        verify_reached(settings.checkpoints, agreement.head)
        link = HeadLink(chain, lake, settings, agreement.head)
        repaired = _repair_tail(link)
        report = _follow(chain, lake, settings)
        link.tie_tail()
        note_claims(chain, lake, agreement, known)
        lake.merge_small_files()
        return replace(report, replaced=report.replaced + repaired)


def follow(
    chain: Chain,
    lake: LakeStore,
    settings: IngestSettings,
    *,
    wait: Callable[[], bool],
    step: Callable[[FollowReport], None] | None = None,
    trouble: Callable[[RetryLaterError], None] | None = None,
) -> None:
    """Follow until `wait`, called between the steps, returns False.

    Nodes that fail for a while are waited for: `trouble` is told; UnsoundError and wrong settings are raised.
    """
    while True:
        try:
            report = follow_once(chain, lake, settings)
        except RetryLaterError as error:
            if error.exit_code != RetryLaterError.exit_code:
                raise
            if trouble is not None:
                trouble(error)
        else:
            if step is not None:
                step(report)
        if not wait():
            return


def _repair_tail(link: HeadLink) -> int:
    """Take back stored blocks that the final block shows to be orphans; return how many."""
    try:
        link.tie_tail()
    except BrokenLinkError as broken:
        return link.mend(broken)
    return 0


def _follow(chain: Chain, lake: LakeStore, settings: IngestSettings) -> FollowReport:
    stored = _load_stored(lake)
    if stored is None:
        raise RetryLaterError("the lake has no final block to follow from", remedy="run pozk index first")
    change = chain.attempt(lambda node: _newest(chain, node, settings, stored)) or _newer(chain, settings, stored)
    if change is None:
        return FollowReport(stored.cursor, 0, 0)
    _commit(lake, change, settings)
    newest = change.piece.headers.head(len(change.piece.headers) - 1).ref
    return FollowReport(newest, len(change.piece.blocks), stored.cursor.number - change.ancestor.number)


def _newer(chain: Chain, settings: IngestSettings, stored: _Stored) -> _HeadChange | None:
    """Return what any node has that is new, where the healthiest had nothing: it may lag for ever."""
    for node in chain.nodes if len(chain.nodes) > 1 else ():
        try:
            change = _newest(chain, node, settings, stored)
        except WrongAnswerFault as fault:
            chain.accuse(fault)
        except NodeFault:
            continue
        else:
            if change is not None:
                return change
    return None


def _load_stored(lake: LakeStore) -> _Stored | None:
    final, cursor = lake.finalized_head(), lake.last_block()
    if final is None or cursor is None:
        return None
    return _Stored(final, cursor, stored_hashes(lake, final.number, cursor.number))


def _newest(chain: Chain, node: Node, settings: IngestSettings, stored: _Stored) -> _HeadChange | None:
    """Compare what is stored with one node's newest block; head, headers and logs are all this node's."""
    head = node.fetch_head(NEWEST)
    if head.ref.number <= stored.final.number:
        return None
    verify_not_ahead(head, settings, time.time(), node.name)
    return _compare(chain, node, settings, stored, head.ref)


def _compare(
    chain: Chain, node: Node, settings: IngestSettings, stored: _Stored, target: BlockRef
) -> _HeadChange | None:
    """Return what has to change so that the lake ends in `target`, or in a block on the way to it.

    None where the node says nothing new: its head is a stored block, or its fork is shorter than what is stored.
    """
    end = min(target.number, BlockNumber(stored.cursor.number + settings.max_range))
    window = fetch_window(node, BlockRange(stored.final.number, end), target, hashed=settings.level.is_hashed)
    ancestor = common_ancestor(stored.hashes, window, stored.final, node.name)
    if ancestor.number == end or end < stored.cursor.number:
        return None
    blocks = BlockRange(next_block(ancestor.number), end)
    last = window.head(len(window) - 1).ref
    piece = fetch_at_level(chain, node, blocks, settings, last)
    parent = piece.headers.head(0).parent_hash
    if parent != ancestor.hash:
        raise WrongAnswerFault(
            "block does not follow its parent",
            kind="parent",
            node=node.name,
            block=blocks.from_block,
            expected=f"parent hash {to_hex(ancestor.hash)}",
            got=to_hex(parent),
        )
    return _HeadChange(ancestor, piece)


def _commit(lake: LakeStore, change: _HeadChange, settings: IngestSettings) -> None:
    """Take back what follows the ancestor and put the verified piece there, in one transaction."""
    cursor = lake.last_block()
    rows = decoded_rows(Batch((change.piece,)), settings)
    with lake.transaction():
        if cursor is not None and cursor.number > change.ancestor.number:
            lake.roll_back(change.ancestor)
        append_rows(lake, rows)
        lake.ensure_writer()
