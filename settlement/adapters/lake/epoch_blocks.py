"""Which blocks an epoch has, by the block table and the clock, in one state of the lake."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from indexer.rules.proof.checkpoints import FIRST_BLOCK, read_block
from indexer.words.blocks import BlockRef, next_block
from indexer.words.errors import RetryLaterError
from indexer.words.quantities import BlockNumber, Epoch
from settlement.adapters.lake.epoch_bounds import bounds_by_clock, find_bounds, read_bound
from settlement.adapters.lake.lake_snapshot import LakeSnapshot
from settlement.rules.facts.epochs import EpochBlocks, EpochClock, compute_epoch_blocks
from settlement.words.errors import EpochUnfinishedError


@dataclass(frozen=True, slots=True)
class BlockTable:
    """The block table in one state of the lake; `finalized` is the newest final block there."""

    steps: LakeSnapshot
    clock: EpochClock
    finalized: BlockNumber

    def blocks_of(self, epoch: Epoch) -> EpochBlocks:
        """Return the first and the reference block; EpochUnfinishedError while the epoch has not ended."""
        bounds = find_bounds(self.steps, self.steps.lake.protocol.epochs, self.clock, epoch, self.finalized)
        try:
            return compute_epoch_blocks(epoch, replace(bounds, opening=self._opening(epoch, bounds.opening)))
        except EpochUnfinishedError as error:
            error.got = self._open_epoch() or error.got
            raise

    def newest(self) -> Mapping[str, Any]:
        """Return number and timestamp of the newest final block, both None where there is none."""
        rows = self.steps.rows("epochs/open_epoch", {"finalized": self.finalized})
        return rows[0] if rows else {"number": None, "timestamp": None}

    def open_blocks(self) -> tuple[Epoch, EpochBlocks]:
        """Return the epoch of the newest final block and its blocks so far, as if it ended with that block."""
        head = self.newest()
        if head["timestamp"] < self.clock.start_of(self.clock.first):
            raise EpochUnfinishedError("the first epoch has not begun", remedy="call again later")
        epoch = self.clock.epoch_of(head["timestamp"])
        start, end = self.clock.start_of(epoch), head["timestamp"] + 1
        row = bounds_by_clock(self.steps, self.clock, start, end, self.finalized)
        stored = _required(row, "opening")
        opening = self._opening(epoch, stored) or stored
        return epoch, EpochBlocks(opening, _required(row, "closing"), is_empty=False)

    def params_of(self, epoch: Epoch, blocks: EpochBlocks) -> dict[str, int]:
        """Return the bound values. An empty epoch has no block: its range is empty, its reference block stands."""
        first, reference = blocks.first_block.number, blocks.reference_block.number
        genesis_block = self.steps.rows("epochs/genesis_block", {"genesis": self.clock.genesis})[0]["number"]
        first_block = next_block(reference) if blocks.is_empty else first
        return {
            "epoch": epoch,
            "first_block": first_block,
            "reference_block": reference,
            "from_block": 0 if epoch == self.clock.first else first_block,
            "genesis_block": genesis_block,
            "finalized": self.finalized,
        }

    def _opening(self, epoch: Epoch, stored: BlockRef | None) -> BlockRef | None:
        """Return the first block of an epoch: of epoch `first` it may lie below the first one that is stored."""
        if stored is None or epoch != self.clock.first:
            return stored
        rows = self.steps.rows("lake/identity", {})
        return next((read_block(row["value"]) for row in rows if row["key"] == FIRST_BLOCK), stored)

    def _open_epoch(self) -> str:
        """Return in words which epoch the newest final block is of; nothing before the first one."""
        time = self.newest()["timestamp"]
        if time is None or time < self.clock.start_of(Epoch(0)):
            return ""
        return f"the newest final block is of epoch {self.clock.epoch_of(time)}"


def block_table(steps: LakeSnapshot, clock: EpochClock) -> BlockTable:
    """Return the block table of a state of the lake; RetryLaterError where nothing is indexed yet."""
    head = steps.lake.finalized_head()
    if head is None:
        raise RetryLaterError("nothing is indexed yet", remedy="run `pozk index`")
    return BlockTable(steps, clock, head.number)


def _required(row: Mapping[str, Any], name: str) -> BlockRef:
    block = read_bound(row, name)
    if block is None:
        raise EpochUnfinishedError("the open epoch has no finalized block", remedy="call again later")
    return block
