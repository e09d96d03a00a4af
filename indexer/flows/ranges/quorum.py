"""A range at the level that the settings ask for; by a quorum where a chain cannot be proven."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

from indexer.flows.ranges.dispute import block_digests, contradiction, decide_by_receipts
from indexer.flows.ranges.doubt import resolve_doubts
from indexer.flows.ranges.piece import Piece, as_smallest_question, fetch_piece, fetch_window
from indexer.ports.chain import Chain, Node
from indexer.rules.consensus.header import HeaderColumns
from indexer.rules.proof.answer_checks import LogFilter
from indexer.rules.proof.checkpoints import verify_checkpoints
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.faults import MissingFault, NodeFault, RangeFault, WrongAnswerFault
from indexer.words.levels import NONE

_NOTHING = LogFilter((), ())


def fetch_at_level(chain: Chain, node: Node, blocks: BlockRange, settings: IngestSettings, final: BlockRef) -> Piece:
    """Return `blocks`, which end at or below `final`, from `node`, and for quorum:N as N nodes agree on it.

    Raises a NodeFault where the answers are missing, wrong or too few of them agree.
    """
    ours = settings.log_filter()
    with as_smallest_question() if len(blocks) == 1 else nullcontext():
        if settings.level.quorum is None:
            piece = resolve_doubts(chain, node, fetch_piece(node, blocks, settings.level, ours, final), ours)
        else:
            piece = _fetch_by_quorum(chain, node, blocks, settings, final, settings.level.quorum, ours)
    verify_checkpoints(piece.headers, settings.checkpoints, node.name)
    return piece


def fetch_links(
    chain: Chain, node: Node, blocks: BlockRange, settings: IngestSettings, final: BlockRef
) -> HeaderColumns:
    """Return the linked headers of `blocks`, the last of which is `final`, without a look at logs."""
    with as_smallest_question():
        if settings.level.quorum is None:
            headers = fetch_window(node, blocks, final, hashed=settings.level.is_hashed)
        else:
            headers = _fetch_by_quorum(chain, node, blocks, settings, final, settings.level.quorum, _NOTHING).headers
    verify_checkpoints(headers, settings.checkpoints, node.name)
    return headers


def _fetch_by_quorum(
    chain: Chain,
    node: Node,
    blocks: BlockRange,
    settings: IngestSettings,
    final: BlockRef,
    needed: int,
    ours: LogFilter,
) -> Piece:
    """Ask one node after the other until `needed` say the same; where all have spoken, receipts decide."""
    votes: dict[tuple[bytes, ...], list[Piece]] = {}
    for each in (node, *(other for other in chain.nodes if other is not node)):
        try:
            piece = fetch_piece(each, blocks, NONE, ours, final)
        except RangeFault:
            if len(blocks) > 1:
                raise
        except WrongAnswerFault as fault:
            chain.accuse(fault)
        except NodeFault:
            continue
        else:
            agreeing = votes.setdefault(tuple(block_digests(piece)), [])
            agreeing.append(piece)
            if len(agreeing) == needed:
                _accuse_others(chain, votes, agreeing)
                return _agreed(piece, agreeing, settings)
    spoken = [piece for pieces in votes.values() for piece in pieces]
    if len(spoken) < needed:
        raise MissingFault(
            "too few nodes answer",
            expected=f"{needed} nodes",
            got=str(len(spoken)),
            where=str(blocks),
            remedy="add nodes to chain.rpc or wait",
        )
    return _agreed(decide_by_receipts(chain, spoken, ours), spoken, settings)


def _agreed(piece: Piece, sources: list[Piece], settings: IngestSettings) -> Piece:
    names = " ".join(sorted(source.source for source in sources))
    return replace(piece, level=settings.level, source=names)


def _accuse_others(chain: Chain, votes: dict[tuple[bytes, ...], list[Piece]], agreeing: list[Piece]) -> None:
    """Keep as evidence which nodes said something else than the quorum, and of which block."""
    for pieces in votes.values():
        for piece in pieces:
            if pieces is not agreeing:
                chain.accuse(contradiction(piece, agreeing[0], "quorum"))
