"""What the flows need of the lake."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from indexer.rules.stored.range_sums import Tables
from indexer.words.blocks import BlockRange, BlockRef

if TYPE_CHECKING:
    import pyarrow as pa


class LakeStore(Protocol):
    """Tables that are read by SQL, and appended to in transactions."""

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pa.Table:
        """Run one statement with bound `$name` parameters."""

    def transaction(self) -> AbstractContextManager[None]:
        """One snapshot and one commit."""

    def append(self, table: str, rows: pa.Table) -> None:
        """Append rows, columns by name."""

    def roll_back(self, block: BlockRef | None) -> None:
        """Delete what is stored of the blocks after `block`, None for all, inside the caller's transaction."""

    def append_range(self, blocks: BlockRange, rows: Tables) -> None:
        """Write into the ledger what new rows, all that `blocks` have, sum up to, inside the caller's transaction."""

    def amend_ranges(self, blocks: BlockRange, added: Tables, removed: Tables) -> None:
        """Write into the ledger that stored rows of `blocks` are replaced or joined by others, likewise."""

    def replace_ranges(self, blocks: BlockRange, rows: Tables) -> None:
        """Write into the ledger that `blocks`, with which a range begins or ends, hold these rows alone, likewise."""

    def whole_ranges(self, blocks: BlockRange) -> BlockRange:
        """Return `blocks` and what else the ledger's ranges hold that they meet."""

    def replace_rows(self, blocks: BlockRange, rows: Tables) -> None:
        """Put these rows in the place of all that are stored of `blocks`, inside the caller's transaction."""

    def forget_broken_files(self) -> list[tuple[str, int, str, str]]:
        """Take files out of the catalog that are missing or cannot be read: table, first block, file, what is wrong."""

    def count_more_logs(self, counts: pa.Table) -> None:
        """Add `more` logs that count to the stored blocks `number`, inside the caller's transaction."""

    def merge_small_files(self) -> None:
        """Merge the files of many small commits, where there are many."""

    def finalized_head(self) -> BlockRef | None:
        """Return the greatest stored block that is final."""

    def last_block(self) -> BlockRef | None:
        """Return the last stored block."""

    def ensure_writer(self) -> None:
        """Raise RetryLaterError if the writer's lock was lost."""
