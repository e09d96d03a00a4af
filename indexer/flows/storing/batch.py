"""Verified pieces into the lake: decoded, and committed together with the cursor that says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from indexer.flows.ranges.piece import Piece
from indexer.flows.storing.identity import store_identity
from indexer.ports.backfill import Evidence
from indexer.ports.chain import Chain
from indexer.ports.lake import LakeStore
from indexer.rules.columns.arrays import I64, U8
from indexer.rules.columns.logs import concat_logs
from indexer.rules.columns.membership import is_one_of
from indexer.rules.events.decode import Decoded, decode_logs, fixed_binary, join_decoded
from indexer.rules.proof.answer_checks import count_by_block
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.stored.batch_rows import BatchRows
from indexer.words.blocks import BlockRange, BlockRef, next_block
from indexer.words.errors import PozkError, RetryLaterError
from indexer.words.faults import WrongAnswerFault

_FEW_LOGS = 2000
_EVIDENCE = pa.schema(
    [("block_number", pa.uint64()), ("node", pa.string()), ("kind", pa.string()), ("said", pa.string())]
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive pieces that are committed together."""

    pieces: tuple[Piece, ...]

    @property
    def blocks(self) -> BlockRange:
        """The whole range."""
        return BlockRange(self.pieces[0].blocks.from_block, self.pieces[-1].blocks.to_block)

    @property
    def last(self) -> BlockRef:
        """The last block."""
        headers = self.pieces[-1].headers
        return headers.head(len(headers) - 1).ref


def commit_rows(
    lake: LakeStore,
    rows: BatchRows,
    settings: IngestSettings,
    final: BlockRef | None,
    *,
    is_new: bool,
    founding: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Commit blocks, events, quarantine and coverage in one transaction, or nothing.

    A new lake gets its identity with its first batch, and what its start rests on (`founding`). `final` is the agreed
    head, which becomes final with the batch that ends in it: only then does everything stored lead up to it.
    """
    with lake.transaction():
        verify_cursor(lake, rows)
        if is_new:
            store_identity(lake, settings, founding)
        append_rows(lake, rows)
        if rows.last == final:
            store_finality(lake, rows.last)
        lake.ensure_writer()


def verify_cursor(lake: LakeStore, rows: BatchRows) -> None:
    """Check, in the snapshot that the commit builds on, that the rows follow what is stored: nobody else wrote."""
    stored = lake.last_block()
    if stored is not None and not follows(rows, stored):
        raise RetryLaterError(
            "another indexer has written to this lake",
            expected=f"block {rows.blocks.from_block} to be the next",
            got=f"block {stored.number} stored",
            remedy="stop one of them and start again",
        )


def follows(rows: BatchRows, stored: BlockRef) -> bool:
    """Return whether the first block of a batch is the child of the last one that is stored."""
    return (next_block(stored.number), stored.hash) == (rows.blocks.from_block, rows.parent_hash)


def decoded_rows(batch: Batch, settings: IngestSettings) -> BatchRows:
    """Return what a batch puts into the lake."""
    decoded = decode_batch(batch, settings)
    return BatchRows(
        _coverage_table(batch, decoded, settings.kinds_digest()), tables_of(batch, decoded, settings.protocol)
    )


def decode_batch(batch: Batch, settings: IngestSettings) -> Decoded:
    """Return the tables of a batch's events."""
    pages = [piece.logs for piece in batch.pieces]
    if sum(map(len, pages)) < _FEW_LOGS * len(pages):
        pages = [concat_logs(pages)]  # many small tables cost more than one copy
    return join_decoded([decode_logs(page, _emitters(settings), settings.protocol) for page in pages])


def append_rows(lake: LakeStore, rows: BatchRows) -> None:
    """Append blocks, events, quarantine, their sums and coverage, inside the caller's transaction."""
    for name, table in rows.tables.items():
        lake.append(name, table)
    lake.append_range(rows.blocks, rows.tables)
    lake.append("coverage", rows.coverage)


def tables_of(batch: Batch, decoded: Decoded, protocol: Protocol) -> dict[str, pa.Table]:
    """Return all rows of a batch by their tables, blocks among them."""
    return {"blocks": pa.concat_tables([_blocks_table(piece, protocol) for piece in batch.pieces])} | decoded.tables


def append_coverage(lake: LakeStore, batch: Batch, decoded: Decoded, settings: IngestSettings) -> None:
    """Append the ledger's line of a batch, inside the caller's transaction."""
    lake.append("coverage", _coverage_table(batch, decoded, settings.kinds_digest()))


def _emitters(settings: IngestSettings) -> dict[str, U8]:
    return {
        name: np.frombuffer(b"".join(span.address for span in settings.contracts[name]), dtype=np.uint8).reshape(-1, 20)
        for name in settings.protocol.contracts
    }


def _blocks_table(piece: Piece, protocol: Protocol) -> pa.Table:
    headers = piece.headers
    return pa.table(
        {
            "number": pa.array(headers.number),
            "hash": fixed_binary(headers.hash),
            "parent_hash": fixed_binary(headers.parent_hash),
            "timestamp": pa.array(headers.timestamp),
            "our_logs": pa.array(counted_by_block(piece, protocol).astype(np.uint32)),
        }
    )


def counted_by_block(piece: Piece, protocol: Protocol) -> I64:
    """Return for each header of a piece how many logs of kinds that count its block holds."""
    topics = np.frombuffer(b"".join(kind.topic0 for kind in protocol.counted), dtype=np.uint8).reshape(-1, 32)
    return count_by_block(piece.logs.take(is_one_of(piece.logs.topics[:, 0, :], topics)), piece.headers)


def _coverage_table(batch: Batch, decoded: Decoded, kinds: str) -> pa.Table:
    first, last = batch.pieces[0].headers, batch.pieces[-1].headers
    row = {
        "from_block": batch.blocks.from_block,
        "to_block": batch.blocks.to_block,
        "parent_hash": first.parent_hash[0].tobytes(),
        "from_hash": first.hash[0].tobytes(),
        "to_hash": last.hash[-1].tobytes(),
        "level": str(batch.pieces[0].level),
        "our_logs": decoded.logs,
        "quarantined": decoded.quarantined,
        "source": " ".join(sorted({piece.source for piece in batch.pieces})),
        "kinds": kinds,
    }
    return pa.Table.from_pylist([row])


@contextmanager
def keeping_evidence(
    chain: Chain, keep: Callable[[Evidence], None], keep_failed: Callable[[Evidence], None] | None = None
) -> Iterator[None]:
    """Keep the wrong answers of the nodes asked inside, also where the work fails; its error comes first.

    `keep_failed` is told them in the place of `keep` where it fails.
    """
    try:
        yield
    except BaseException:
        with suppress(PozkError):  # what failed cannot take the evidence either
            (keep_failed or keep)(_evidence_rows(chain.drain_evidence()))
        raise
    keep(_evidence_rows(chain.drain_evidence()))


def _evidence_rows(faults: Sequence[WrongAnswerFault]) -> Evidence:
    """Return wrong answers as the lake keeps them."""
    return [{"block_number": f.block, "node": f.node, "kind": f.kind, "said": f.line()} for f in faults]


def append_evidence(lake: LakeStore, rows: Evidence) -> None:
    """Write which node said what that cannot be true."""
    if rows:
        with lake.transaction():
            lake.append("evidence", pa.Table.from_pylist(list(rows), _EVIDENCE))


def store_finality(lake: LakeStore, final: BlockRef) -> None:
    """Write that a block is final, inside the caller's transaction."""
    lake.append("finality", pa.Table.from_pylist([{"number": final.number, "hash": final.hash}]))
