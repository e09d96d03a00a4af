"""Stored ranges held against a chain again: what differs, and the ledger raised where nothing does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.flows.batch import Batch, append_coverage, decode_batch, keeping_evidence
from indexer.flows.identity import IngestSettings
from indexer.flows.kinds import fetch_stored, load_covered, store_kinds
from indexer.flows.piece import Piece
from indexer.flows.stored import stored_hashes
from indexer.ports.chain import Chain
from indexer.ports.lake import LakeStore
from indexer.rules.catalog import BY_TABLE
from indexer.rules.coverage import first_gap
from indexer.words.blocks import BlockRange
from indexer.words.quantities import BlockNumber

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


def first_uncovered(lake: LakeStore, blocks: BlockRange, settings: IngestSettings) -> BlockNumber | None:
    """Return the first of `blocks` that the ledger does not cover as the settings ask; None if all are covered."""
    return first_gap(load_covered(lake, blocks), blocks, settings.verify, settings.topics())


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
        store_kinds(lake, settings)
        for part in blocks.chunks(settings.max_range):
            for piece in fetch_stored(chain, lake, settings, part):
                found = _compare(lake, piece, settings)
                logs += len(piece.logs)
                differences += found
                if not found:
                    _raise_level(lake, piece, settings)
            if progress is not None:
                progress(part.to_block)
    return AuditReport(blocks, logs, tuple(differences))


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
    for name in ("quarantine", "undecoded", *BY_TABLE):
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
    if first_uncovered(lake, piece.blocks, settings) is not None:
        batch = Batch((piece,))
        with lake.transaction():
            append_coverage(lake, batch, decode_batch(batch, settings), settings)
            lake.ensure_writer()
