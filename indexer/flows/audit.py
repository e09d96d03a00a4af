"""Stored ranges held against a chain again: what differs, and the ledger raised where nothing does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.flows.batch import Batch, append_coverage, decode_batch, keeping_evidence
from indexer.flows.identity import IngestSettings
from indexer.flows.piece import Piece, split_range
from indexer.flows.quorum import fetch_at_level
from indexer.flows.stored import stored_hashes
from indexer.ports.chain import Chain
from indexer.ports.lake import LakeStore
from indexer.rules.catalog import BY_TABLE
from indexer.rules.coverage import Covered, first_gap
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.errors import RetryLaterError
from indexer.words.faults import NodeFault, RangeFault
from indexer.words.quantities import BlockNumber, Hash32
from sql import load_sql

_UNPROVEN = frozenset({"tx_hash"})  # no receipts root holds a transaction's hash: it is the word of the node asked


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row of a table that the chain does not have so: what the chain says, and what is stored."""

    table: str
    block: int
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was audited: the range, our logs in it, and the differences, at most one for each table and part."""

    blocks: BlockRange
    logs: int
    differences: tuple[Difference, ...]


def first_uncovered(lake: LakeStore, blocks: BlockRange, level: str) -> BlockNumber | None:
    """Return the first of `blocks` that the ledger does not cover at `level` or better; None if all are."""
    span = {"low": blocks.from_block, "high": blocks.to_block}
    rows = lake.query(load_sql("lake/coverage_ranges"), span).to_pylist()
    return first_gap([Covered(_range(row["from_block"], row["to_block"]), row["level"]) for row in rows], blocks, level)


def audit(
    chain: Chain,
    lake: LakeStore,
    settings: IngestSettings,
    blocks: BlockRange,
    progress: Callable[[int], None] | None = None,
) -> AuditReport:
    """Fetch stored `blocks` again, prove them at `settings.verify` and compare row by row.

    A part without difference gets a line in the ledger at that level; `lake` must be open for writing. Raises a
    NodeFault where no node has the stored blocks: its answers are kept as evidence.
    """
    differences: list[Difference] = []
    logs = 0
    with keeping_evidence(chain, lake):
        for part in blocks.chunks(settings.max_range):
            for piece in _fetch(chain, lake, settings, part):
                found = _compare(lake, piece, settings)
                logs += len(piece.logs)
                differences += found
                if not found:
                    _raise_level(lake, piece, settings)
            if progress is not None:
                progress(part.to_block)
    return AuditReport(blocks, logs, tuple(differences))


def _fetch(chain: Chain, lake: LakeStore, settings: IngestSettings, blocks: BlockRange) -> list[Piece]:
    end = stored_hashes(lake, blocks.to_block, blocks.to_block).get(blocks.to_block)
    if end is None:
        raise RetryLaterError("the range is not stored", where=str(blocks), remedy="run pozk index first")
    final = BlockRef(blocks.to_block, Hash32(end))
    try:
        return [chain.attempt(lambda node: fetch_at_level(chain, node, blocks, settings, final))]
    except NodeFault as fault:
        if len(blocks) == 1 or not isinstance(fault, RangeFault):
            raise
        parts = split_range(blocks, fault.max_blocks)
        return [piece for part in parts for piece in _fetch(chain, lake, settings, part)]


def _compare(lake: LakeStore, piece: Piece, settings: IngestSettings) -> list[Difference]:
    span = {"low": piece.blocks.from_block, "high": piece.blocks.to_block}
    hashes = stored_hashes(lake, span["low"], span["high"])
    differences = []
    for row in range(len(piece.headers)):
        ref = piece.headers.head(row).ref
        if hashes.get(ref.number) != ref.hash:
            got = (hashes.get(ref.number) or b"").hex() or "nothing"
            differences.append(Difference("blocks", ref.number, ref.hash.hex(), got))
            break
    tables = decode_batch(Batch((piece,)), settings).tables
    for name in ("quarantine", *BY_TABLE):
        stored = lake.query(
            f'SELECT * FROM lake."{name}" WHERE block_number BETWEEN $low AND $high',  # noqa: S608 - our own names
            span,
        )
        found = _first_difference(name, tables.get(name), stored)
        differences += [found] if found is not None else []
    return differences


def _first_difference(name: str, fresh: pa.Table | None, stored: pa.Table) -> Difference | None:
    """Return the first row that differs in what a proof covers."""
    stored = stored.drop_columns([column for column in stored.column_names if column in _UNPROVEN])
    places = [("block_number", "ascending"), ("log_index", "ascending")]
    expected = stored.slice(0, 0) if fresh is None else fresh.select(stored.column_names).cast(stored.schema)
    expected, stored = expected.sort_by(places), stored.sort_by(places)
    if expected.equals(stored):
        return None
    shared = min(len(expected), len(stored))
    same = np.ones(shared, dtype=np.bool_)
    for column in stored.column_names:
        same &= pc.equal(expected[column][:shared], stored[column][:shared]).to_numpy()
    row = int(np.argmin(same)) if shared and not same.all() else shared
    one, other = expected.slice(row, 1).to_pylist(), stored.slice(row, 1).to_pylist()
    block = min(each["block_number"] for each in (*one, *other))
    return Difference(name, block, repr(one[0]) if one else "no row", repr(other[0]) if other else "no row")


def _raise_level(lake: LakeStore, piece: Piece, settings: IngestSettings) -> None:
    """Write that the piece is covered at the audit's level, unless the ledger says so already."""
    if first_uncovered(lake, piece.blocks, settings.verify) is not None:
        batch = Batch((piece,))
        with lake.transaction():
            append_coverage(lake, batch, decode_batch(batch, settings))
            lake.ensure_writer()


def _range(low: int, high: int) -> BlockRange:
    return BlockRange(BlockNumber(low), BlockNumber(high))
