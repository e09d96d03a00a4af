"""Where nodes say different things of one range: which blocks, and what the receipts prove of those."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from indexer.flows.ranges.piece import Piece, fetch_piece
from indexer.ports.chain import Chain
from indexer.rules.columns.arrays import I64
from indexer.rules.columns.logs import concat_logs
from indexer.rules.consensus.header import HeaderColumns
from indexer.rules.proof.answer_checks import LogFilter
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.faults import MissingFault, NodeFault, WrongAnswerFault
from indexer.words.levels import RECEIPTS
from indexer.words.quantities import BlockNumber, to_hex

_BY_BLOCK = ("number", "hash", "parent_hash", "timestamp", "bloom", "receipts_root")


def decide_by_receipts(chain: Chain, pieces: Sequence[Piece], ours: LogFilter) -> Piece:
    """Return what nodes say of one range, and of the blocks on which they differ what their receipts prove.

    A block is proven if its header hashes to the hash that all nodes give it, or leads up to a block of which that
    is so, and its receipts have the header's root. Whoever said something else is accused. MissingFault, with every
    node's word as evidence, where a block that differs cannot be proven.
    """
    agreed = pieces[0]
    for rows in _runs(_differing_rows(pieces)):
        proven = _prove(chain, pieces, rows, ours)
        for piece in pieces:
            _accuse_if_wrong(chain, piece, proven)
        agreed = _with(agreed, proven)
    return agreed


def block_digests(piece: Piece) -> list[bytes]:
    """Return for each block of a piece a digest of its hash, parent, time and our logs."""
    headers, logs = piece.headers, piece.logs
    ends = np.searchsorted(logs.block_number, headers.number, side="right").tolist()
    starts = np.searchsorted(logs.block_number, headers.number, side="left").tolist()
    found = []
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        digest = hashlib.sha256(headers.hash[row].tobytes() + headers.parent_hash[row].tobytes())
        digest.update(headers.timestamp[row].tobytes())
        for column in (logs.log_index, logs.address, logs.topics, logs.topic_count, np.diff(logs.data_offsets)):
            digest.update(column[start:end].tobytes())
        digest.update(logs.data[int(logs.data_offsets[start]) : int(logs.data_offsets[end])].tobytes())
        found.append(digest.digest())
    return found


def contradiction(said: Piece, other: Piece, kind: str) -> WrongAnswerFault:
    """Return the fault of a node that says `said` where `other` is right, about the first block that differs."""
    row = int(_differing_rows([said, other])[0])
    return WrongAnswerFault(
        "node contradicts what is proven" if kind == "dispute" else "node contradicts the quorum",
        kind=kind,
        node=said.source,
        block=int(said.headers.number[row]),
        expected=f"{_word(other, row)} as {other.source}",
        got=_word(said, row),
    )


def _differing_rows(pieces: Sequence[Piece]) -> I64:
    digests = [block_digests(piece) for piece in pieces]
    return np.flatnonzero([len(set(words)) > 1 for words in zip(*digests, strict=True)])


def _runs(rows: I64) -> list[I64]:
    """Return rows that follow each other as one array each."""
    return np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)


def _prove(chain: Chain, pieces: Sequence[Piece], rows: I64, ours: LogFilter) -> Piece:
    """Return the proven blocks of `rows`, and of the block after them where that is what they hang on."""
    first, last = (pieces[0].headers.head(int(rows[edge])).ref.number for edge in (0, -1))
    anchor = _anchor(pieces, rows)
    reason = "the block that they lead up to is not agreed on"
    if anchor is not None:
        blocks = BlockRange(first, anchor.number)
        for node in chain.nodes:
            try:
                return fetch_piece(node, blocks, RECEIPTS, ours, anchor)
            except NodeFault as fault:
                reason = fault.line()
                if isinstance(fault, WrongAnswerFault):
                    chain.accuse(fault)
    for said, other in pairwise([*pieces, pieces[0]]):
        if len(_differing_rows([said, other])):
            chain.accuse(contradiction(said, other, "quorum"))
    raise MissingFault(
        "nodes disagree and receipts do not decide it",
        expected="one answer, or receipts that prove one",
        got=reason,
        where=str(BlockRange(first, last)),
        remedy="add nodes to chain.rpc",
    )


def _anchor(pieces: Sequence[Piece], rows: I64) -> BlockRef | None:
    """Return the first block, the last of `rows` or the one after it, on whose hash all agree; None if neither."""
    for row in (int(rows[-1]), int(rows[-1]) + 1):
        hashes = {piece.headers.hash[row].tobytes() for piece in pieces if row < len(piece.headers)}
        if len(hashes) == 1:
            return pieces[0].headers.head(row).ref
    return None


def _accuse_if_wrong(chain: Chain, piece: Piece, proven: Piece) -> None:
    said = _part(piece, proven.blocks)
    if block_digests(said) != block_digests(proven):
        chain.accuse(contradiction(said, proven, "dispute"))


def _part(piece: Piece, blocks: BlockRange) -> Piece:
    start = blocks.from_block - piece.blocks.from_block
    rows = np.arange(start, start + len(blocks))
    inside = (piece.logs.block_number >= np.uint64(blocks.from_block)) & (
        piece.logs.block_number <= np.uint64(blocks.to_block)
    )
    return replace(piece, blocks=blocks, headers=_rows_of(piece.headers, rows), logs=piece.logs.take(inside))


def _rows_of(headers: HeaderColumns, rows: I64) -> HeaderColumns:
    return replace(headers, **{name: getattr(headers, name)[rows] for name in _BY_BLOCK})


def _with(piece: Piece, proven: Piece) -> Piece:
    """Return the piece with the proven blocks in place of its own."""
    start = proven.blocks.from_block - piece.blocks.from_block
    columns = {name: getattr(piece.headers, name).copy() for name in _BY_BLOCK}
    for name, column in columns.items():
        column[start : start + len(proven.blocks)] = getattr(proven.headers, name)
    number = piece.logs.block_number
    kept = (number < np.uint64(proven.blocks.from_block)) | (number > np.uint64(proven.blocks.to_block))
    logs = concat_logs([piece.logs.take(kept), proven.logs]).sorted()
    return replace(piece, headers=replace(piece.headers, **columns), logs=logs)


def _word(piece: Piece, row: int) -> str:
    """Return in short what a node says of one block."""
    number = BlockNumber(int(piece.headers.number[row]))
    count = int((piece.logs.block_number == np.uint64(number)).sum())
    return f"{count} logs in {to_hex(piece.headers.hash[row].tobytes())}"
