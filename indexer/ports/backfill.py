"""What the flows need where several indexers fill one lake: ranges of blocks on lease, and what was proven of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.stored.batch_rows import BatchRows
from indexer.words.blocks import BlockRange
from indexer.words.errors import RetryLaterError
from indexer.words.quantities import BlockNumber

Evidence = Sequence[Mapping[str, object]]
"""Rows of lake.evidence."""


class BrokenRangeError(RetryLaterError):
    """What a worker left of a range is not there, not whole, or does not fit: the range is fetched anew."""


class RangeClaim(Protocol):
    """A range on lease: nobody else works on it until it is finished, released, or its holder's connection is gone."""

    @property
    def blocks(self) -> BlockRange:
        """The range."""

    def add(self, rows: BatchRows) -> None:
        """Keep the next batch of the range, which follows the one before."""

    def finish(self, evidence: Evidence) -> None:
        """Say that the range is complete; RetryLaterError if the lease was lost, and nothing of it counts then."""

    def release(self, evidence: Evidence) -> None:
        """Give the range up; what nodes said wrongly is kept."""


class RangePlan(Protocol):
    """The ranges that workers have taken, none of which overlap; one writer commits them in their order."""

    def claim(self, first: BlockNumber, last: BlockNumber, settings: IngestSettings) -> RangeClaim | None:
        """Lease the next range within the blocks `first` to `last`; None where there is no whole one that is free."""

    def next_from(self, first: BlockNumber) -> BlockRange | None:
        """Return the next range that begins at `first` or above; those that begin below are forgotten."""

    def take(self, blocks: BlockRange, settings: IngestSettings) -> Iterator[BatchRows]:
        """Yield the batches of a range in their order, once its holder has finished; they cover it without a gap.

        BrokenRangeError where nobody works on it, where it takes too long, or what is there is damaged.
        """

    def drop(self, blocks: BlockRange) -> Evidence:
        """Forget a range, unless somebody holds it, and return what nodes said wrongly about it."""


class NoPlan:
    """No workers."""

    def claim(self, first: BlockNumber, last: BlockNumber, settings: IngestSettings) -> RangeClaim | None:
        """Lease nothing."""
        del first, last, settings
        return None

    def next_from(self, first: BlockNumber) -> BlockRange | None:
        """Return nothing."""
        del first
        return None

    def take(self, blocks: BlockRange, settings: IngestSettings) -> Iterator[BatchRows]:
        """Raise BrokenRangeError: there are none."""
        del settings
        raise BrokenRangeError("no worker has this range", where=str(blocks))

    def drop(self, blocks: BlockRange) -> Evidence:
        """Forget nothing."""
        del blocks
        return ()


NO_PLAN = NoPlan()
