"""The rows of a table without the engine: their sums by range of the ledger, and a tally of those of an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from indexer.adapters.store.lake import Lake
from indexer.adapters.store.parquet_rows import LakeFile, describe_fault, list_lake_files, read_rows
from indexer.rules.columns.arrays import I64, U64
from indexer.rules.protocols.protocol import Protocol as Network
from indexer.rules.stored.hashed_columns import numbers_of
from indexer.rules.stored.row_sums import RowSums, sum_by_group
from indexer.words.errors import UnsoundError


@dataclass(frozen=True, slots=True)
class Span:
    """What is read of a table: all rows of some ranges of the ledger, of which blocks `low` to `high` count.

    starts: u64 (n,), the first blocks of the ranges, ascending; last: the last block of the last one.
    """

    table: str
    columns: Sequence[str]
    starts: U64
    last: int
    low: int
    high: int


class Tally(Protocol):
    """Counts rows batch by batch; one is merged of several."""

    def add(self, batch: pa.Table) -> None:
        """Take in rows."""

    def condense(self) -> None:
        """Add up what was taken in, before it is sent."""


class RowTallies(Protocol):
    """Reads the rows of a table in one snapshot and counts them, wherever that is done."""

    def tally(self, span: Span, tally: Tally) -> list[RowSums]:
        """Have the rows that count counted in `tally`; return the sums of each range; UnsoundError for broken files."""


@dataclass
class KeptRows:
    """Keeps the rows themselves, of tables of few rows."""

    tables: list[pa.Table] = field(default_factory=list)

    def add(self, batch: pa.Table) -> None:
        """Take in rows."""
        self.tables.append(batch)

    def condense(self) -> None:
        """Do nothing: all rows are wanted."""


class LocalTallies:
    """Reads the files of a lake in this process."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def tally(self, span: Span, tally: Tally) -> list[RowSums]:
        """Count the rows that count in `tally` and return the sums of each range."""
        return tally_files(self._lake.protocol, list_lake_files(self._lake, span.table), span, tally)


def tally_files(protocol: Network, files: Sequence[LakeFile], span: Span, tally: Tally) -> list[RowSums]:
    """Count what some files hold in `tally`, and return their part of the sums of each range."""
    found = [RowSums()] * len(span.starts)
    for rows in read_rows(protocol, files, span.table, span.columns, int(span.starts[0]), span.last):
        try:
            sums = _tally_rows(protocol, rows, span, tally)
        except ValueError as error:  # a value that no row has: nothing, or an address of another length
            raise UnsoundError(
                f"the files of lake.{span.table} are not what was committed",
                expected="rows as they are written",
                got=describe_fault(error),
                where=f"blocks {span.starts[0]} to {span.last}",
                remedy="run `pozk index --audit`, which fetches them again",
            ) from error
        found = [one.plus(other) for one, other in zip(found, sums, strict=True)]
    return found


def _tally_rows(protocol: Network, rows: pa.Table, span: Span, tally: Tally) -> list[RowSums]:
    block = numbers_of(rows[protocol.block_column(span.table)])
    group = _groups_of(block, span.starts, np.uint64(span.last))
    sums = sum_by_group(protocol, span.table, rows, group, len(span.starts))
    tally.add(_between(rows, block, span.low, span.high))
    return sums


def _groups_of(block: U64, starts: U64, last: np.uint64) -> I64:
    """Return which range of the ledger each row is of, by where the ranges start; -1 for rows behind the last block."""
    if not len(block):
        return np.zeros(0, dtype=np.int64)
    least, greatest = block.min(), block.max()
    place = int(np.searchsorted(starts, least, side="right")) - 1
    if greatest <= last and place == int(np.searchsorted(starts, greatest, side="right")) - 1:
        return np.full(len(block), place, dtype=np.int64)
    group = np.searchsorted(starts, block, side="right").astype(np.int64) - 1
    group[block > last] = -1
    return group


def _between(rows: pa.Table, block: U64, low: int, high: int) -> pa.Table:
    """Return the rows of blocks `low` to `high`."""
    if not len(block) or (block.min() >= low and block.max() <= high):
        return rows
    return rows.filter(pa.array((block >= np.uint64(low)) & (block <= np.uint64(high))))
