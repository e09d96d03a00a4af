"""The ledger of the lake's rows: written with every commit, cut with every rollback, put together when it is long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from indexer.rules.stored.range_sums import RangeSums, Tables, joined, read_range, replaced, sum_tables
from indexer.words.blocks import BlockRange, block_range
from indexer.words.errors import UnsoundError
from indexer.words.quantities import BlockNumber
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.connection import LakeConnection

_SCHEMA = pa.schema([("from_block", pa.uint64()), ("to_block", pa.uint64()), ("sums", pa.string())])
_LONG = 500
"""Ranges, before they are put together; a settlement reads all of them."""
_MOST_BLOCKS = 20_000
_NEVER = 2**63 - 1


def load_ledger(lake: LakeConnection, low: int, high: int) -> list[RangeSums]:
    """Return the ranges of the ledger that meet the blocks from `low` to `high`; UnsoundError where one is broken."""
    rows = lake.query(load_sql("lake/ledger_ranges"), {"low": low, "high": high}).to_pylist()
    try:
        return [read_range(row["from_block"], row["to_block"], row["sums"]) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnsoundError(
            "the ledger is broken", got=repr(error), where="lake.ledger", remedy="run `pozk index --audit`"
        ) from error


def append_range(lake: LakeConnection, blocks: BlockRange, rows: Tables) -> None:
    """Write what new rows, all that `blocks` have, sum up to, inside the caller's transaction."""
    _write(lake, [RangeSums(blocks, sum_tables(lake.protocol, rows))])


def amend_ranges(lake: LakeConnection, blocks: BlockRange, added: Tables, removed: Tables) -> None:
    """Write that stored rows of `blocks` are replaced or joined by others, inside the caller's transaction."""
    found = load_ledger(lake, blocks.from_block, blocks.to_block)
    _drop(lake, blocks)
    _write(lake, [each.with_rows(lake.protocol, removed, -1).with_rows(lake.protocol, added) for each in found])


def replace_ranges(lake: LakeConnection, blocks: BlockRange, rows: Tables) -> None:
    """Write that `blocks` hold these rows and no others, inside the caller's transaction.

    `blocks` begin with a range of the ledger or end with one.
    """
    found = load_ledger(lake, blocks.from_block, blocks.to_block)
    _drop(lake, blocks)
    _write(lake, replaced(lake.protocol, found, blocks, rows))


def cut_ranges(lake: LakeConnection, last: BlockNumber, stored: Mapping[str, str]) -> None:
    """Cut the ledger off behind block `last`, before the rows behind it are deleted in the caller's transaction.

    `stored` are the tables that hold a file, each with the column of its block's number.
    """
    behind = {"number": last}
    cut = [each for each in load_ledger(lake, last, _NEVER) if each.blocks.from_block <= last < each.blocks.to_block]
    rows = {}
    if cut:
        for table in filter(stored.__contains__, lake.protocol.summed_tables):
            sql = f'SELECT * FROM lake."{table}" WHERE {stored[table]} > $number'  # noqa: S608 - our own names
            rows[table] = lake.query(sql, behind)
    kept = [
        RangeSums(block_range(each.blocks.from_block, last), each.with_rows(lake.protocol, rows, -1).tables)
        for each in cut
    ]
    for each in cut:
        _drop(lake, each.blocks)
    lake.execute("DELETE FROM lake.ledger WHERE from_block > $number", behind)
    _write(lake, kept)


def shorten_ledger(lake: LakeConnection, final: BlockNumber) -> None:
    """Put together what is final, where it is long."""
    found = [each for each in load_ledger(lake, 0, final) if each.blocks.to_block <= final]
    if len(found) < _LONG:
        return
    short = joined(found, _MOST_BLOCKS)
    with lake.transaction():
        _drop(lake, block_range(found[0].blocks.from_block, found[-1].blocks.to_block))
        _write(lake, short)
        lake.ensure_writer()


def whole_ranges(lake: LakeConnection, blocks: BlockRange) -> BlockRange:
    """Return `blocks` and what else the ranges hold that they meet."""
    found = load_ledger(lake, blocks.from_block, blocks.to_block)
    low = min((each.blocks.from_block for each in found), default=blocks.from_block)
    high = max((each.blocks.to_block for each in found), default=blocks.to_block)
    return BlockRange(min(low, blocks.from_block), max(high, blocks.to_block))


def _drop(lake: LakeConnection, blocks: BlockRange) -> None:
    lake.execute(load_sql("lake/drop_ledger_ranges"), {"low": blocks.from_block, "high": blocks.to_block})


def _write(lake: LakeConnection, ranges: Iterable[RangeSums]) -> None:
    rows = [
        {"from_block": each.blocks.from_block, "to_block": each.blocks.to_block, "sums": each.text()} for each in ranges
    ]
    if rows:
        lake.append("ledger", pa.Table.from_pylist(rows, _SCHEMA))
