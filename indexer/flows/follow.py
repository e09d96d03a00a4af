"""The newest blocks, which may yet be replaced: appended, or after a reorganisation replaced in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from indexer.flows.batch import Batch, append_batch, decode_batch, keeping_evidence, store_finality
from indexer.flows.head import fetch_agreed_head
from indexer.flows.identity import IngestSettings
from indexer.flows.piece import Piece, fetch_window
from indexer.flows.quorum import fetch_at_level
from indexer.ports.chain import Chain, Node
from indexer.ports.lake import LakeStore
from indexer.rules.reorg import FinalReorgFault, common_ancestor
from indexer.words.blocks import BlockRange, BlockRef, next_block
from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault, WrongAnswerFault
from indexer.words.quantities import BlockNumber, to_hex
from sql import load_sql

NEWEST = "0"  # no confirmations: the node's newest block


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
class _Change:
    """Verified blocks to put behind the stored block `ancestor`, in place of whatever follows it."""

    ancestor: BlockRef
    piece: Piece


def follow_once(chain: Chain, lake: LakeStore, settings: IngestSettings) -> FollowReport:
    """Bring the lake from its final blocks to the newest ones; call it after `ingest`, again and again.

    A node that lags changes nothing. Raises FinalReorgFault (exit code 1) where the final block itself was replaced.
    """
    with keeping_evidence(chain, lake):
        final = fetch_agreed_head(chain, settings)
        repaired = repair_tail(chain, lake, settings, final)
        report = _follow(chain, lake, settings)
        note_finality(lake, final)
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
        except FinalReorgFault:
            raise
        except RetryLaterError as error:
            if trouble is not None:
                trouble(error)
        else:
            if step is not None:
                step(report)
        if not wait():
            return


def repair_tail(chain: Chain, lake: LakeStore, settings: IngestSettings, final: BlockRef) -> int:
    """Replace stored blocks that the final block shows to be orphans; return how many of them there were."""
    stored = _load_stored(lake)
    if stored is None or stored.cursor == stored.final or final.number <= stored.final.number:
        return 0
    change = chain.attempt(lambda node: _compare(chain, node, settings, stored, final, is_final=True))
    if change is not None and change.ancestor.number < min(stored.cursor.number, final.number):
        _commit(lake, change, settings)
        return stored.cursor.number - change.ancestor.number
    return 0


def note_finality(lake: LakeStore, final: BlockRef) -> None:
    """Write down that a stored block has become final; UnsoundError if another one was final at its height."""
    known = lake.finalized_head()
    stored = stored_hashes(lake, final.number, final.number).get(final.number)
    if known is not None and final.number <= known.number and stored not in (None, final.hash):
        raise UnsoundError(
            "a block that was final has been replaced",
            expected=f"block {final.number} 0x{(stored or b'').hex()}",
            got=to_hex(final.hash),
            remedy="stop, find out which chain is right, and fill another data_dir",
        )
    if stored == final.hash and (known is None or known.number < final.number):
        with lake.transaction():
            store_finality(lake, final)
            lake.ensure_writer()


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


def _newer(chain: Chain, settings: IngestSettings, stored: _Stored) -> _Change | None:
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


def _newest(chain: Chain, node: Node, settings: IngestSettings, stored: _Stored) -> _Change | None:
    """Compare what is stored with one node's newest block; head, headers and logs are all this node's."""
    head = node.fetch_head(NEWEST).ref
    if head.number <= stored.final.number:
        return None
    return _compare(chain, node, settings, stored, head, is_final=False)


def _compare(
    chain: Chain, node: Node, settings: IngestSettings, stored: _Stored, target: BlockRef, *, is_final: bool
) -> _Change | None:
    """Return what has to change so that the lake ends in `target`, or in a block on the way to it.

    None where the node says nothing new: its head is a stored block, or its fork is shorter than what is stored.
    """
    end = min(target.number, BlockNumber(stored.cursor.number + settings.max_range))
    window = fetch_window(node, BlockRange(stored.final.number, end), target, hashed=settings.hashed)
    ancestor = common_ancestor(stored.hashes, window, stored.final, node.name)
    if ancestor.number == end or (end < stored.cursor.number and not is_final):
        return None
    blocks = BlockRange(next_block(ancestor.number), end)
    last = window.head(len(window) - 1).ref
    return _Change(ancestor, fetch_at_level(chain, node, blocks, settings, last))


def _commit(lake: LakeStore, change: _Change, settings: IngestSettings) -> None:
    """Take back what follows the ancestor and put the verified piece there, in one transaction."""
    cursor = lake.last_block()
    batch = Batch((change.piece,))
    decoded = decode_batch(batch, settings)
    with lake.transaction():
        if cursor is not None and cursor.number > change.ancestor.number:
            lake.roll_back(change.ancestor)
        append_batch(lake, batch, decoded, settings)
        lake.ensure_writer()


def stored_hashes(lake: LakeStore, low: int, high: int) -> dict[int, bytes]:
    """Return the hashes of the stored blocks from `low` to `high` by their numbers."""
    rows = lake.query(load_sql("lake/block_hashes"), {"low": low, "high": high}).to_pylist()
    return {row["number"]: row["hash"] for row in rows}
