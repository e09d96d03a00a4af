"""Rows of the lake read without its engine, each range of them held against the sums that were committed with it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.adapters.store.lake import Lake
from indexer.adapters.store.ledger import load_ledger
from indexer.adapters.store.parquet_rows import read_rows
from indexer.rules.columns.arrays import I64, U64
from indexer.rules.stored.range_sums import RangeSums
from indexer.rules.stored.row_sums import RowSums, numbers_of, sum_by_group
from indexer.words.blocks import block_range, gaps_between
from indexer.words.errors import RetryLaterError, UnsoundError
from sql import load_sql


class VerifiedRows:
    """The rows up to block `last`; `what` they are read for is for errors.

    RetryLaterError where the ledger knows nothing of them. Used inside the transaction that its caller reads in.
    """

    def __init__(self, lake: Lake, last: int, what: str) -> None:
        self._lake, self._ledger = lake, _load_ledger(lake, last, what)

    def rows(self, table: str, last: int) -> list[dict[str, Any]]:
        """Return all rows of a table of few, up to a block; UnsoundError where the ledger says otherwise."""
        return [row for rows in self.tables(table, 0, last) for row in rows.to_pylist()]

    def tables(self, table: str, low: int, high: int) -> Iterator[pa.Table]:
        """Yield the rows of blocks `low` to `high`; UnsoundError, in the end, where the ledger says otherwise."""
        met = [each for each in self._ledger if each.blocks.from_block <= high and each.blocks.to_block >= low]
        if not met:
            return
        found = [RowSums()] * len(met)
        starts = np.array([each.blocks.from_block for each in met], dtype=np.uint64)
        last = np.uint64(met[-1].blocks.to_block)
        protocol = self._lake.protocol
        columns = protocol.lean.get(table) or protocol.columns_of(table)
        for rows in read_rows(self._lake, table, columns, int(starts[0]), int(last)):
            block = numbers_of(rows[protocol.block_column(table)])
            sums = sum_by_group(protocol, table, rows, _groups_of(block, starts, last), len(met))
            found = [one.plus(other) for one, other in zip(found, sums, strict=True)]
            yield _between(rows, block, low, high)
        for each, got in zip(met, found, strict=True):
            _verify_sums(table, each, got, is_lean=table in protocol.lean)


def _load_ledger(lake: Lake, last: int, what: str) -> list[RangeSums]:
    """Return the ledger; RetryLaterError unless its ranges follow each other over all stored blocks to the last."""
    ledger = load_ledger(lake, 0, 2**63 - 1)
    first = lake.query(load_sql("lake/first_block")).to_pylist()[0]["number"]
    gaps = gaps_between((each.blocks for each in ledger), block_range(min(first, last), last))
    twice = [later for each, later in pairwise(ledger) if later.blocks.from_block <= each.blocks.to_block]
    if gaps or twice:
        got = f"none of {gaps[0]}" if gaps else f"{twice[0].blocks} twice"
        raise RetryLaterError(
            f"the ledger of sums does not reach over {what}",
            expected=f"the sums of all blocks to {last}, each once",
            got=got,
            where="lake.ledger",
            remedy="run `pozk index --audit`, which fills it",
        )
    return ledger


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


def _verify_sums(table: str, written: RangeSums, got: RowSums, *, is_lean: bool) -> None:
    expected = written.of(table)
    whole = (expected.rows, expected.lean if is_lean else expected.hashes, dict(expected.amounts))
    if whole != (got.rows, got.lean if is_lean else got.hashes, dict(got.amounts)):
        raise UnsoundError(
            f"the files of lake.{table} are not what was committed",
            expected=f"{expected.rows} rows, {_sums(expected)}",
            got=f"{got.rows} rows, {_sums(got)}",
            where=str(written.blocks),
            remedy="run `pozk index --audit`, which fetches them again",
        )


def _sums(sums: RowSums) -> str:
    return (
        " ".join(f"{name} {value}" for name, value in sums.amounts.items()) or f"hashes {sums.lean or sums.hashes:032x}"
    )
