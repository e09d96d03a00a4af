"""Stored ranges held against a chain again: what differs, and the ledger raised where nothing does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.flows.ranges.piece import Piece
from indexer.flows.runs.kinds import fetch_stored, load_covered, store_kinds
from indexer.flows.storing.batch import (
    Batch,
    append_coverage,
    append_evidence,
    decode_batch,
    keeping_evidence,
    tables_of,
)
from indexer.ports.chain import Chain
from indexer.ports.lake import LakeStore
from indexer.rules.proof.coverage import first_gap
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.stored.row_sums import UNPROVEN
from indexer.words.blocks import BlockRange
from indexer.words.errors import InputError, RetryLaterError
from indexer.words.quantities import BlockNumber
from sql import load_sql


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


def first_uncovered(lake: LakeStore, blocks: BlockRange, settings: IngestSettings) -> BlockNumber | None:
    """Return the first of `blocks` that the ledger does not cover as the settings ask; None if all are covered."""
    return first_gap(load_covered(lake, settings, blocks), blocks, settings.level, settings.topics())


def audit(
    chain: Chain,
    lake: LakeStore,
    settings: IngestSettings,
    blocks: BlockRange,
    progress: Callable[[int], None] | None = None,
) -> AuditReport:
    """Fetch stored `blocks` again, prove them at `settings.level` and compare row by row; what differs is replaced.

    Whole ranges of the ledger of sums are audited, so a little more than was asked. What a missing or broken file held
    is fetched again. Each part gets its sums, and a line in the ledger at that level; `lake` must be open for writing.
    Raises a NodeFault where no node has the stored blocks: its answers are kept as evidence.
    """
    with keeping_evidence(chain, partial(append_evidence, lake)):
        return _audit(chain, lake, settings, blocks, _forget_broken(lake), progress)


def audit_final(
    chain: Chain, lake: LakeStore, settings: IngestSettings, first: int | None = None, last: int | None = None
) -> AuditReport:
    """Audit the final blocks from `first` to `last`, where given: which these are is asked once no file is broken."""
    with keeping_evidence(chain, partial(append_evidence, lake)):
        lost = _forget_broken(lake)
        heads = lake.query(load_sql("lake/final_number")).to_pylist()
        blocks = final_blocks(settings, heads[0]["number"] if heads else None, first, last)
        return _audit(chain, lake, settings, blocks, lost, None)


def final_blocks(settings: IngestSettings, head: int | None, first: int | None, last: int | None) -> BlockRange:
    """Return the blocks up to the final one `head`, None where there is none, within the bounds that are given.

    RetryLaterError without one, InputError where no block is left.
    """
    if head is None:
        raise RetryLaterError("no final block is stored", remedy="run `pozk index` first")
    start = max(settings.start_block, BlockNumber(first or 0))
    stop = BlockNumber(head if last is None else min(last, head))
    if start > stop:
        raise InputError("no stored block in that range", expected=f"up to {head}", got=f"{start} to {stop}")
    return BlockRange(start, stop)


def _forget_broken(lake: LakeStore) -> list[Difference]:
    return [Difference(*lost) for lost in lake.forget_broken_files()]


def _audit(
    chain: Chain,
    lake: LakeStore,
    settings: IngestSettings,
    blocks: BlockRange,
    differences: list[Difference],
    progress: Callable[[int], None] | None,
) -> AuditReport:
    logs = 0
    store_kinds(lake, settings)
    blocks = lake.whole_ranges(blocks)
    for part in blocks.chunks(settings.max_range):
        for piece in fetch_stored(chain, lake, settings, part):
            found = _compare(lake, piece, settings)
            logs += len(piece.logs)
            differences += found
            _store(lake, piece, settings, is_repair=bool(found))
        if progress is not None:
            progress(part.to_block)
    return AuditReport(blocks, logs, tuple(differences))


def _compare(lake: LakeStore, piece: Piece, settings: IngestSettings) -> list[Difference]:
    span = {"low": piece.blocks.from_block, "high": piece.blocks.to_block}
    differences = []
    batch = Batch((piece,))
    tables = tables_of(batch, decode_batch(batch, settings), settings.protocol)
    for name in settings.protocol.summed_tables:
        stored = lake.query(
            f'SELECT * FROM lake."{name}" WHERE {settings.protocol.block_column(name)} BETWEEN $low AND $high',  # noqa: S608 - our own names
            span,
        )
        found = _first_difference(settings.protocol, name, tables.get(name), stored)
        differences += [found] if found is not None else []
    return differences


def _first_difference(protocol: Protocol, name: str, fresh: pa.Table | None, stored: pa.Table) -> Difference | None:
    """Return the first row that differs in what a proof covers."""
    stored = stored.drop_columns([column for column in stored.column_names if column in UNPROVEN])
    keys = ("number",) if name == "blocks" else ("block_number", "log_index")
    places = [(key, "ascending") for key in keys]
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
    block = min(each[protocol.block_column(name)] for each in (*one, *other))
    return Difference(name, block, repr(one[0]) if one else "no row", repr(other[0]) if other else "no row")


def _store(lake: LakeStore, piece: Piece, settings: IngestSettings, *, is_repair: bool) -> None:
    """Write what the piece's rows sum up to and, unless the ledger says so already, that it is covered at this level.

    A repair puts the piece's rows in the place of what is stored.
    """
    batch = Batch((piece,))
    decoded = decode_batch(batch, settings)
    tables = tables_of(batch, decoded, settings.protocol)
    is_covered = first_uncovered(lake, piece.blocks, settings) is None
    with lake.transaction():
        if is_repair:
            lake.replace_rows(piece.blocks, tables)
        lake.replace_ranges(piece.blocks, tables)
        if not is_covered:
            append_coverage(lake, batch, decoded, settings)
        lake.ensure_writer()
