"""Kinds of events that came after a range was stored: fetched for it and added, without indexing it anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pyarrow as pa

from indexer.flows.head.link import walk_down
from indexer.flows.ranges.piece import Piece, split_range
from indexer.flows.ranges.quorum import fetch_at_level
from indexer.flows.storing.batch import Batch, append_coverage, counted_by_block, decode_batch
from indexer.ports.chain import Chain
from indexer.ports.lake import LakeStore
from indexer.rules.proof.coverage import Covered, lacking, read_covered
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange, BlockRef, gaps_between
from indexer.words.errors import CoverageGapError, RetryLaterError
from indexer.words.faults import NodeFault, RangeFault
from indexer.words.quantities import BlockNumber, Hash32
from sql import load_sql


def load_covered(lake: LakeStore, settings: IngestSettings, blocks: BlockRange) -> list[Covered]:
    """Return the ranges of the ledger that meet `blocks`."""
    span = {"low": blocks.from_block, "high": blocks.to_block}
    ranges = lake.query(load_sql("lake/coverage_ranges"), span).to_pylist()
    return read_covered(ranges, lake.query(load_sql("lake/kinds")).to_pylist(), settings.protocol.first_topics)


def store_kinds(lake: LakeStore, settings: IngestSettings) -> None:
    """Write what the digest of the settings' kinds stands for, unless the lake knows it."""
    digest = settings.kinds_digest()
    if digest not in lake.query(load_sql("lake/kinds")).column("digest").to_pylist():
        rows = [{"digest": digest, "address": address, "topic0": topic} for address, topic in settings.kind_pairs()]
        with lake.transaction():
            lake.append("kinds", pa.Table.from_pylist(rows))
            lake.ensure_writer()


def complete_kinds(
    chain: Chain, lake: LakeStore, settings: IngestSettings, say: Callable[[str], None] | None = None
) -> int:
    """Fetch for the stored final blocks the kinds for which the ledger does not cover them; return how many kinds.

    Killed at any moment it goes on where the last commit was. `say` is told which they are. CoverageGapError where
    blocks are stored that the ledger does not know for any kind: their rows may be there, and would be there twice.
    """
    head = lake.finalized_head()
    if head is None or head.number < settings.start_block:
        return 0
    stored = BlockRange(settings.start_block, head.number)
    covered = load_covered(lake, settings, stored)
    _verify_known(lake, covered, stored)
    missing = lacking(covered, stored, settings.topics())
    for ranges, topics in missing.items():
        kinds = tuple(kind for kind in settings.protocol.kinds if kind.topic0 in topics)
        only = replace(settings, only=kinds)
        store_kinds(lake, only)
        if say is not None:
            say(f"fetching {', '.join(kind.name for kind in kinds)} of {', '.join(map(str, ranges))}, stored before")
        for part in (part for blocks in ranges for part in blocks.chunks(settings.max_range)):
            for piece in fetch_stored(chain, lake, only, part):
                _add(lake, piece, only)
    return len({topic for topics in missing.values() for topic in topics})


def _verify_known(lake: LakeStore, covered: Sequence[Covered], stored: BlockRange) -> None:
    first = BlockNumber(max(stored.from_block, lake.query(load_sql("lake/first_block")).to_pylist()[0]["number"]))
    gaps = list(gaps_between((each.blocks for each in covered), BlockRange(first, stored.to_block)))
    if gaps:
        raise CoverageGapError(
            "stored blocks are not in the coverage ledger",
            expected="ranges without a gap",
            got=f"none that holds blocks {gaps[0]}",
            where="lake.coverage",
            remedy=f"`pozk index --audit --from-block {gaps[0].from_block}` proves them again",
        )


def fetch_stored(chain: Chain, lake: LakeStore, settings: IngestSettings, blocks: BlockRange) -> list[Piece]:
    """Fetch stored blocks again, as long as some node has them; they end in the block that is stored.

    Where that is lost, they end in the block that leads up to the next one that is known.
    """
    final = _end_of(chain, lake, settings, blocks.to_block)
    try:
        return [chain.attempt(lambda node: fetch_at_level(chain, node, blocks, settings, final))]
    except NodeFault as fault:
        if len(blocks) == 1 or not isinstance(fault, RangeFault):
            raise
        parts = split_range(blocks, fault.max_blocks)
        return [piece for part in parts for piece in fetch_stored(chain, lake, settings, part)]


def _end_of(chain: Chain, lake: LakeStore, settings: IngestSettings, number: BlockNumber) -> BlockRef:
    known = lake.query(load_sql("lake/known_above"), {"number": number}).to_pylist()
    if not known:
        raise RetryLaterError("the range is not stored", where=f"block {number}", remedy="run pozk index first")
    found = BlockRef(BlockNumber(known[0]["number"]), Hash32(known[0]["hash"]))
    if found.number > number:
        for window in walk_down(chain, settings, found, number):
            found = window.head(0).ref
    return found


def _add(lake: LakeStore, piece: Piece, settings: IngestSettings) -> None:
    """Commit the logs of further kinds of stored blocks, and that these are covered for them."""
    batch = Batch((piece,))
    decoded = decode_batch(batch, settings)
    counts = counted_by_block(piece, settings.protocol)
    more = pa.table({"number": piece.headers.number[counts > 0], "more": counts[counts > 0]})
    with lake.transaction():
        before = _blocks_named(lake, more)
        for name, table in decoded.tables.items():
            lake.append(name, table)
        if len(more):
            lake.count_more_logs(more)
        lake.amend_ranges(piece.blocks, decoded.tables | {"blocks": _blocks_named(lake, more)}, {"blocks": before})
        append_coverage(lake, batch, decoded, settings)
        lake.ensure_writer()


def _blocks_named(lake: LakeStore, named: pa.Table) -> pa.Table:
    """Return the stored rows of the blocks in column `number`."""
    return lake.query(load_sql("lake/blocks_named"), {"numbers": named["number"].to_pylist()})
