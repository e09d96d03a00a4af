"""What of consecutive blocks goes into the lake in one commit: rows by table, and the line of the coverage ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from indexer.rules.stored.range_sums import Tables
from indexer.words.blocks import BlockRange, BlockRef, block_range
from indexer.words.quantities import BlockNumber, Hash32


@dataclass(frozen=True, slots=True)
class BatchRows:
    """Verified rows of a range by their tables, blocks among them; `coverage` is its one line in lake.coverage."""

    coverage: pa.Table
    tables: Tables

    @property
    def blocks(self) -> BlockRange:
        """The whole range."""
        return block_range(self._said("from_block"), self._said("to_block"))

    @property
    def parent_hash(self) -> Hash32:
        """The hash of the block that the first one follows."""
        return Hash32(self._said("parent_hash"))

    @property
    def last(self) -> BlockRef:
        """The last block."""
        return BlockRef(BlockNumber(self._said("to_block")), Hash32(self._said("to_hash")))

    @property
    def logs(self) -> int:
        """How many of the logs are of kinds that count."""
        return int(self._said("our_logs"))

    @property
    def quarantined(self) -> int:
        """How many of those are in quarantine."""
        return int(self._said("quarantined"))

    @property
    def source(self) -> str:
        """The names of the nodes that gave them, separated by blanks."""
        return str(self._said("source"))

    def _said(self, column: str) -> Any:
        return self.coverage[column][0].as_py()
