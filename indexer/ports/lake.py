"""What the flows need of the lake."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from indexer.words.blocks import BlockRef

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

    def roll_back(self, block: BlockRef) -> None:
        """Delete what is stored of the blocks after `block`, inside the caller's transaction."""

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
