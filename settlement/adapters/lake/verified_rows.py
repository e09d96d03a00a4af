"""Rows of the lake read without its engine, each range of them held against the sums that were committed with it."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.adapters.store.lake import Lake
from indexer.adapters.store.ledger import load_ledger
from indexer.rules.stored.range_sums import RangeSums
from indexer.rules.stored.row_sums import RowSums
from indexer.words.blocks import block_range, gaps_between
from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.lake.row_tallies import KeptRows, RowTallies, Span, Tally
from sql import load_sql


class VerifiedRows:
    """The rows up to block `last`; `what` they are read for is for errors.

    RetryLaterError where the ledger knows nothing of them. Used inside the transaction that its caller reads in.
    """

    def __init__(self, lake: Lake, tallies: RowTallies, last: int, what: str) -> None:
        self._lake, self._tallies, self._ledger = lake, tallies, _load_ledger(lake, last, what)

    def rows(self, table: str, low: int, high: int) -> list[dict[str, Any]]:
        """Return the same as dictionaries."""
        return [row for rows in self.tables(table, low, high) for row in rows.to_pylist()]

    def tables(self, table: str, low: int, high: int) -> list[pa.Table]:
        """Return the rows of blocks `low` to `high`, of a table of few."""
        kept = KeptRows()
        self.count(table, low, high, kept)
        return kept.tables

    def count(self, table: str, low: int, high: int, tally: Tally) -> None:
        """Count the rows of blocks `low` to `high`; UnsoundError where the ledger says otherwise."""
        met = [each for each in self._ledger if each.blocks.from_block <= high and each.blocks.to_block >= low]
        if not met:
            return
        protocol = self._lake.protocol
        columns = protocol.lean.get(table) or protocol.columns_of(table)
        starts = np.array([each.blocks.from_block for each in met], dtype=np.uint64)
        found = self._tallies.tally(Span(table, columns, starts, met[-1].blocks.to_block, low, high), tally)
        for each, got in zip(met, found, strict=True):
            _verify_sums(table, each, got, is_lean=table in protocol.lean)

    def count_up_to(self, table: str, last: int, tally: Tally) -> dict[str, int]:
        """Return the exact sums of all ranges that end by block `last`, and count the rows behind them up to it."""
        whole = [each for each in self._ledger if each.blocks.to_block <= last]
        sums = reduce(RowSums.plus, (each.of(table) for each in whole), RowSums())
        first = max((each.blocks.to_block + 1 for each in whole), default=0)
        if first <= last:
            self.count(table, first, last, tally)
        return dict(sums.amounts)


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
