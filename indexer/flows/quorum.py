"""A range at the level that the settings ask for; by a quorum where a chain cannot be proven."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from indexer.flows.identity import IngestSettings
from indexer.flows.piece import Piece, fetch_piece
from indexer.ports.chain import Chain, Node
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.faults import MissingFault, NodeFault, RangeFault, WrongAnswerFault


def fetch_at_level(chain: Chain, node: Node, blocks: BlockRange, settings: IngestSettings, final: BlockRef) -> Piece:
    """Return `blocks`, which end at or below `final`, from `node`, and for quorum:N as N nodes agree on it.

    Raises a NodeFault where the answers are missing, wrong or too few of them agree.
    """
    ours = settings.log_filter()
    needed = settings.quorum
    if needed is None:
        return fetch_piece(node, blocks, settings.verify, ours, final)
    votes: dict[bytes, list[Piece]] = {}
    for each in (node, *(other for other in chain.nodes if other is not node)):
        try:
            piece = fetch_piece(each, blocks, "none", ours, final)
        except RangeFault:
            raise
        except WrongAnswerFault as fault:
            chain.accuse(fault)
        except NodeFault:
            continue
        else:
            agreeing = votes.setdefault(content_digest(piece), [])
            agreeing.append(piece)
            if len(agreeing) == needed:
                _accuse_others(chain, votes, piece)
                names = " ".join(sorted(vote.source for vote in agreeing))
                return replace(piece, level=settings.verify, source=names)
    raise MissingFault(
        "too few nodes agree",
        expected=f"{needed} nodes",
        got=" against ".join(str(len(pieces)) for pieces in votes.values()) or "no answer",
        where=str(blocks),
        remedy="add nodes to chain.rpc or wait",
    )


def content_digest(piece: Piece) -> bytes:
    """Return a digest of a piece's block hashes and logs: equal for nodes that say the same."""
    digest = hashlib.sha256()
    headers, logs = piece.headers, piece.logs
    place: tuple[NDArray[Any], ...] = (headers.hash, headers.parent_hash, headers.timestamp, logs.block_number)
    content: tuple[NDArray[Any], ...] = (logs.log_index, logs.address, logs.topics, logs.topic_count)
    for column in (*place, *content, logs.data_offsets, logs.data):
        digest.update(column.tobytes())
    return digest.digest()


def _accuse_others(chain: Chain, votes: dict[bytes, list[Piece]], agreed: Piece) -> None:
    """Keep as evidence which nodes said something else than the quorum."""
    for digest, pieces in votes.items():
        for piece in pieces:
            if digest != content_digest(agreed):
                chain.accuse(
                    WrongAnswerFault(
                        "node contradicts the quorum",
                        kind="quorum",
                        node=piece.source,
                        block=piece.blocks.from_block,
                        expected=f"{len(agreed.logs)} logs as {agreed.source}",
                        got=f"{len(piece.logs)} logs in {piece.blocks}",
                    )
                )
