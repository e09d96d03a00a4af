"""Blocks whose bloom admits our logs more often than chance explains, although the node has none: somebody decides."""

from __future__ import annotations

from dataclasses import replace

from indexer.flows.ranges.piece import Piece, fetch_page
from indexer.flows.ranges.receipts import proven_logs
from indexer.ports.chain import Chain, Node
from indexer.rules.columns.logs import LogColumns
from indexer.rules.proof.answer_checks import LogFilter
from indexer.words.blocks import BlockRange
from indexer.words.faults import NodeFault, WrongAnswerFault
from indexer.words.levels import NONE


def resolve_doubts(chain: Chain, node: Node, piece: Piece, ours: LogFilter) -> Piece:
    """Return the piece if receipts or another node confirm that its doubtful blocks hold no log of ours.

    WrongAnswerFault against `node` if one does. Where nobody can say, the piece is of level none: it is not proven.
    """
    if not piece.doubtful:
        return piece
    others = [other for other in chain.nodes if other is not node]
    for each in (node, *others):
        try:
            logs = proven_logs(each, piece.headers, piece.doubtful, ours)
        except WrongAnswerFault as fault:
            if each is node:
                raise
            chain.accuse(fault)
        except NodeFault:  # it has no receipts of those blocks any more
            continue
        else:
            _refuse_omission(node, logs, "the receipts")
            return piece
    confirmed = [_confirms(other, node, piece, ours) for other in others]
    return piece if any(confirmed) else replace(piece, level=NONE)


def _confirms(other: Node, node: Node, piece: Piece, ours: LogFilter) -> bool:
    """Return whether another node has no log of the doubtful blocks either; False if it does not answer."""
    try:
        pages = [fetch_page(other, _alone(piece, row), ours) for row in piece.doubtful]
    except NodeFault:
        return False
    for page in pages:
        _refuse_omission(node, page, other.name)
    return True


def _alone(piece: Piece, row: int) -> BlockRange:
    number = piece.headers.head(row).ref.number
    return BlockRange(number, number)


def _refuse_omission(node: Node, logs: LogColumns, source: str) -> None:
    if len(logs):
        raise WrongAnswerFault(
            "node left out logs of a block",
            kind="omission",
            node=node.name,
            block=int(logs.block_number[0]),
            expected=f"logs as {source} has them",
            got="none",
        )
