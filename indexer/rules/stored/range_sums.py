"""The ledger: what the rows of a range of blocks sum up to in every table. Ranges are added, cut and put together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from indexer.rules.protocols.protocol import Protocol
from indexer.rules.stored.row_sums import RowSums, sum_rows
from indexer.words.blocks import BlockRange, block_range, gaps_between

Tables = Mapping[str, pa.Table]
"""Rows by table of the lake; tables of which the ledger knows nothing may be among them."""

_NO_SUMS = RowSums()


@dataclass(frozen=True, slots=True)
class RangeSums:
    """A range of blocks, and the sums of each table that has rows there."""

    blocks: BlockRange
    tables: Mapping[str, RowSums]

    def of(self, table: str) -> RowSums:
        """Return the sums of one table."""
        return self.tables.get(table, _NO_SUMS)

    def with_rows(self, protocol: Protocol, rows: Tables, sign: int = 1) -> RangeSums:
        """Return the range with rows added that lie in it, or with sign -1 without them."""
        more = sum_tables(protocol, rows, self.blocks)
        names = dict.fromkeys((*self.tables, *more))
        found = {name: self.of(name).plus(more.get(name, _NO_SUMS), sign) for name in names}
        return replace(self, tables={name: sums for name, sums in found.items() if sums != _NO_SUMS})

    def text(self) -> str:
        """Return the sums as JSON, numbers as decimal strings."""
        return json.dumps(
            {
                name: {"rows": str(sums.rows), "hashes": str(sums.hashes), "lean": str(sums.lean)}
                | {"amounts": {each: str(value) for each, value in sums.amounts.items()}}
                for name, sums in sorted(self.tables.items())
            },
            separators=(",", ":"),
        )


def read_range(from_block: int, to_block: int, text: str) -> RangeSums:
    """Return a range as it was written; ValueError, KeyError, TypeError or AttributeError where it was not."""
    tables = {
        name: RowSums(
            int(sums["rows"]),
            int(sums["hashes"]),
            int(sums["lean"]),
            {each: int(value) for each, value in sums["amounts"].items()},
        )
        for name, sums in json.loads(text).items()
    }
    return RangeSums(block_range(from_block, to_block), tables)


def sum_tables(protocol: Protocol, rows: Tables, blocks: BlockRange | None = None) -> dict[str, RowSums]:
    """Return the sums of every table of the ledger that has rows, of those in `blocks` where it is given."""
    found = {}
    for name in protocol.summed_tables:
        table = rows.get(name)
        if table is not None:
            table = table if blocks is None else rows_within(protocol, name, table, blocks)
            if len(table):
                found[name] = sum_rows(protocol, name, table)
    return found


def rows_within(protocol: Protocol, name: str, rows: pa.Table, blocks: BlockRange) -> pa.Table:
    """Return the rows that lie in `blocks`."""
    numbers = rows[protocol.block_column(name)].to_numpy()
    inside = (numbers >= np.uint64(blocks.from_block)) & (numbers <= np.uint64(blocks.to_block))
    return rows if inside.all() else rows.filter(pa.array(inside))


def replaced(protocol: Protocol, ledger: Iterable[RangeSums], blocks: BlockRange, rows: Tables) -> list[RangeSums]:
    """Return the ranges of a ledger that meet `blocks` as they are once `rows`, all that there are, stand for `blocks`.

    What of a range lies outside keeps what is left of its sums without the rows of the part inside.
    """
    found = []
    for each in ledger:
        outside = gaps_between([blocks], each.blocks)
        if len(outside) == 2:
            raise ValueError(f"expected a range that ends in {blocks} or begins there, got {each.blocks}")
        if outside:
            found.append(replace(each.with_rows(protocol, rows, -1), blocks=outside[0]))
    return sorted(
        [*found, RangeSums(blocks, sum_tables(protocol, rows, blocks))], key=lambda each: each.blocks.from_block
    )


def joined(ledger: Sequence[RangeSums], most_blocks: int) -> list[RangeSums]:
    """Return consecutive ranges put together as long as they have no more than `most_blocks`."""
    found: list[RangeSums] = []
    for each in ledger:
        last = found[-1] if found else None
        if last is not None and each.blocks.to_block - last.blocks.from_block < most_blocks:
            names = dict.fromkeys((*last.tables, *each.tables))
            tables = {name: last.of(name).plus(each.of(name)) for name in names}
            found[-1] = RangeSums(block_range(last.blocks.from_block, each.blocks.to_block), tables)
        else:
            found.append(each)
    return found
