"""Blocks that are taken back, and what the snapshot after that must hold from there on.

DuckLake can lose a DELETE: where another process has merged the files meanwhile and expired the snapshots that say so,
the commit succeeds and the rows stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from indexer.rules.protocols.protocol import Protocol
from indexer.words.errors import UnsoundError
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.connection import LakeConnection

_OF_BLOCKS = {"blocks": "number", "finality": "number"}
_OF_RANGES = {"coverage": "to_block", "ledger": "to_block"}
_WORDED = ("quarantine", "undecoded")


class TakenBack:
    """The blocks from `first` on, which a transaction takes back, and the rows that it puts there."""

    def __init__(self, protocol: Protocol, first: int) -> None:
        self.first = first
        self._columns = tables_by_block(protocol) | _OF_RANGES
        self._added: dict[str, int] = {}

    def add(self, table: str, rows: pa.Table) -> None:
        """Count rows that are put there after others were taken back."""
        if table in self._columns:
            more = int(np.count_nonzero(rows[self._columns[table]].to_numpy() >= self.first))
            self._added[table] = self._added.get(table, 0) + more

    def verify(self, lake: LakeConnection) -> None:
        """Raise UnsoundError where a table holds other rows there than were added."""
        stored = stored_of(lake, self._columns)
        for table, column in (stored | {name: self._columns[name] for name in self._added}).items():
            sql = f'SELECT count(*) AS rows FROM lake."{table}" WHERE {column} >= $first'  # noqa: S608 - our own names
            found, expected = lake.query(sql, {"first": self.first}).to_pylist()[0]["rows"], self._added.get(table, 0)
            if found != expected:
                raise UnsoundError(
                    "blocks that were taken back are still there",
                    expected=f"{expected} rows",
                    got=str(found),
                    where=f"lake.{table} from block {self.first} on",
                    remedy="stop whatever else merges or expires this lake's files, and restore a backup",
                )


def tables_by_block(protocol: Protocol) -> dict[str, str]:
    """Return the tables of single blocks, each with the column that says which."""
    return _OF_BLOCKS | dict.fromkeys((*_WORDED, *protocol.tables), "block_number")


def stored_of(lake: LakeConnection, columns: Mapping[str, str]) -> dict[str, str]:
    """Return those of the tables that hold a committed file: the others have no rows to look for."""
    names = set(lake.query(load_sql("lake/stored_tables")).column("name").to_pylist())
    return {table: column for table, column in columns.items() if table in names}
