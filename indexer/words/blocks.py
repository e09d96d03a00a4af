"""Blocks as frozen values, and closed block ranges: the only module that adds one to a block number."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from indexer.words.quantities import BlockNumber, Hash32, Timestamp


@dataclass(frozen=True, slots=True)
class BlockRef:
    """One block, named by number and hash."""

    number: BlockNumber
    hash: Hash32


@dataclass(frozen=True, slots=True)
class BlockHead:
    """A block reference with what chains and dates it."""

    ref: BlockRef
    parent_hash: Hash32
    timestamp: Timestamp


@dataclass(frozen=True, slots=True)
class BlockRange:
    """The blocks `from_block` to `to_block`, both included; never empty."""

    from_block: BlockNumber
    to_block: BlockNumber

    def __post_init__(self) -> None:
        if not 0 <= self.from_block <= self.to_block:
            raise ValueError(f"expected 0 <= from_block <= to_block, got {self.from_block}..{self.to_block}")

    def __len__(self) -> int:
        return self.to_block - self.from_block + 1

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.from_block <= number <= self.to_block

    def __str__(self) -> str:
        return f"blocks {self.from_block}..{self.to_block}"

    def chunks(self, size: int) -> Iterator["BlockRange"]:
        """Yield consecutive ranges of at most `size` blocks that cover this one."""
        if size < 1:
            raise ValueError(f"expected size >= 1, got {size}")
        for start in range(self.from_block, self.to_block + 1, size):
            yield BlockRange(BlockNumber(start), BlockNumber(min(start + size - 1, self.to_block)))


def next_block(number: BlockNumber) -> BlockNumber:
    """Return the number of the successor block."""
    return BlockNumber(number + 1)


def range_after(last: BlockNumber | None, start: BlockNumber, to_block: BlockNumber) -> BlockRange | None:
    """Return what is still to be read: from after `last` (or from `start` if None) to `to_block`; None if nothing."""
    begin = start if last is None else max(start, next_block(last))
    return BlockRange(begin, to_block) if begin <= to_block else None


def part_before(blocks: BlockRange, number: BlockNumber) -> BlockRange | None:
    """Return the part of a range that lies below block `number`; None if there is none."""
    if blocks.from_block >= number:
        return None
    return BlockRange(blocks.from_block, min(blocks.to_block, BlockNumber(number - 1)))


def gaps_between(ranges: Iterable[BlockRange], wanted: BlockRange) -> list[BlockRange]:
    """Return the parts of `wanted` that are in none of the ranges, ascending; these may overlap."""
    gaps, position = [], wanted.from_block
    for blocks in sorted(ranges, key=lambda each: each.from_block):
        if position > wanted.to_block:
            break
        if blocks.from_block > position:
            gaps.append(BlockRange(position, min(BlockNumber(blocks.from_block - 1), wanted.to_block)))
        position = max(position, next_block(blocks.to_block))
    return gaps if position > wanted.to_block else [*gaps, BlockRange(position, wanted.to_block)]


def block_range(from_block: int, to_block: int) -> BlockRange:
    """Return the range of plain numbers; ValueError where it is none."""
    return BlockRange(BlockNumber(from_block), BlockNumber(to_block))
