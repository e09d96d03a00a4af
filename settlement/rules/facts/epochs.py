"""Epochs: which seconds and which blocks belong to one (SPEC section 2)."""

from dataclasses import dataclass

from indexer.words.blocks import BlockRef, next_block
from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Epoch, Timestamp
from settlement.words.errors import EpochUnfinishedError


@dataclass(frozen=True, slots=True)
class EpochClock:
    """The three constants that contracts and oracle share.

    `genesis` in seconds since 1970 UTC, `length_seconds` > 0, `first` the first epoch that is settled.
    """

    genesis: Timestamp
    length_seconds: int
    first: Epoch

    def epoch_of(self, time: Timestamp) -> Epoch:
        """Return the epoch of a block timestamp; ValueError before genesis."""
        if time < self.genesis:
            raise ValueError(f"expected a time >= genesis {self.genesis}, got {time}")
        return Epoch((time - self.genesis) // self.length_seconds)

    def start_of(self, epoch: Epoch) -> Timestamp:
        """Return the first second of an epoch."""
        return Timestamp(self.genesis + epoch * self.length_seconds)

    def end_of(self, epoch: Epoch) -> Timestamp:
        """Return the first second after an epoch."""
        return self.start_of(Epoch(epoch + 1))


@dataclass(frozen=True, slots=True)
class EpochBounds:
    """What the block table says around an epoch; None where there is no such block.

    `before`: last block before the epoch's start; `opening`: first block at or after it;
    `closing`: last block before the epoch's end; `after`: a finalized block at or after the end.
    """

    before: BlockRef | None
    opening: BlockRef | None
    closing: BlockRef | None
    after: BlockRef | None


@dataclass(frozen=True, slots=True)
class EpochBlocks:
    """The first and the reference block of an epoch; `is_empty` when it has no block of its own."""

    first_block: BlockRef
    reference_block: BlockRef
    is_empty: bool


def compute_epoch_blocks(epoch: Epoch, bounds: EpochBounds) -> EpochBlocks:
    """Return the epoch's first and reference block.

    An epoch without blocks has both equal to the previous reference block. EpochUnfinishedError while no finalized
    block at or after the epoch's end is known; InputError when the chain begins after an empty first epoch.
    """
    if bounds.after is None:
        raise EpochUnfinishedError(
            f"epoch {epoch} is not finished",
            expected="a finalized block with a timestamp at or after its end",
            got="none in the lake",
            remedy="run `pozk index` when the chain is further",
        )
    opening, closing = bounds.opening, bounds.closing
    if opening is not None and closing is not None and opening.number <= closing.number:
        return EpochBlocks(opening, closing, is_empty=False)
    if bounds.before is None:
        raise InputError(
            f"epoch {epoch} ends before the chain begins",
            expected="a block before its end",
            got="none in the lake",
            remedy="set a later epoch.first or an earlier chain.start_block",
        )
    return EpochBlocks(bounds.before, bounds.before, is_empty=True)


def verify_successor(epoch: Epoch, blocks: EpochBlocks, previous_reference: BlockRef) -> None:
    """Raise UnsoundError unless the epoch continues where the previous report ended."""
    same = blocks.is_empty and blocks.reference_block == previous_reference
    follows = not blocks.is_empty and blocks.first_block.number == next_block(previous_reference.number)
    if not (same or follows):
        raise UnsoundError(
            f"epoch {epoch} does not continue the previous report",
            expected=f"a first block after {previous_reference.number}",
            got=f"block {blocks.first_block.number}",
            where="table blocks of the lake",
            remedy="run `pozk verify` on the previous epoch and index again into an empty data_dir",
        )
