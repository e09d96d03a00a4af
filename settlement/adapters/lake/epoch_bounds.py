"""The blocks around an epoch, by what begins one in the network: the clock, so many blocks, or an event."""

from collections.abc import Mapping
from typing import Any

from indexer.rules.protocols.protocol import ClockEpochs, EpochSource, EventEpochs, HeightEpochs
from indexer.words.blocks import BlockRef
from indexer.words.quantities import BlockNumber, Epoch, Hash32
from settlement.ports.engine import Snapshot
from settlement.rules.facts.epochs import EpochBounds, EpochClock

FOREVER = 2**64 - 1
"""A time, in seconds, that no block reaches."""


def find_bounds(
    steps: Snapshot, source: EpochSource, clock: EpochClock, epoch: Epoch, finalized: BlockNumber
) -> EpochBounds:
    """Return the blocks around an epoch up to the block `finalized`; the clock counts where the source is the clock."""
    if isinstance(source, ClockEpochs):
        return read_bounds(bounds_by_clock(steps, clock, clock.start_of(epoch), clock.end_of(epoch), finalized))
    if isinstance(source, HeightEpochs):
        low = source.origin + epoch * source.blocks
        span = {"low_number": low, "high_number": low + source.blocks - 1, "finalized": finalized}
        return read_bounds(steps.rows("epochs/by_height", span)[0])
    return read_bounds(steps.rows("epoch_bounds", {"epoch": epoch, "finalized": finalized})[0])


def list_epochs(steps: Snapshot, source: EpochSource, clock: EpochClock, finalized: BlockNumber) -> list[Epoch]:
    """Return the epochs that have begun by the block `finalized`, from the first one on; the last one goes on."""
    if isinstance(source, EventEpochs):
        return [Epoch(row["epoch"]) for row in steps.rows("epoch_list", {"finalized": finalized})]
    if isinstance(source, HeightEpochs):
        begun = (finalized - source.origin) // source.blocks
        return [Epoch(number) for number in range(clock.first, begun + 1)]
    time = steps.rows("epochs/open_epoch", {"finalized": finalized})[0]["timestamp"]
    last = clock.epoch_of(time) if time >= clock.genesis else -1
    return [Epoch(number) for number in range(clock.first, last + 1)]


def bounds_by_clock(steps: Snapshot, clock: EpochClock, start: int, end: int, finalized: BlockNumber) -> dict[str, Any]:
    """Return the blocks around [start, end): looked for within a length on both sides, then, where that side has
    none, all the way."""
    length = clock.length_seconds
    params = {"start_time": start, "end_time": end, "finalized": finalized}
    near = params | {"low_time": max(start - length, 0), "high_time": end + length}
    row = steps.rows("epochs/by_clock", near)[0]
    if None not in (row["before_number"], row["after_number"]):
        return row
    low = near["low_time"] if row["before_number"] is not None else 0
    high = near["high_time"] if row["after_number"] is not None else FOREVER
    return steps.rows("epochs/by_clock", params | {"low_time": low, "high_time": high})[0]


def read_bounds(row: Mapping[str, Any]) -> EpochBounds:
    """Return the row of a step that finds them as a value."""
    return EpochBounds(**{name: read_bound(row, name) for name in ("before", "opening", "closing", "after")})


def read_bound(row: Mapping[str, Any], name: str) -> BlockRef | None:
    """Return one block of such a row."""
    number = row[f"{name}_number"]
    return None if number is None else BlockRef(BlockNumber(number), Hash32(row[f"{name}_hash"]))
