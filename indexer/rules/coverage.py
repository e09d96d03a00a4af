"""The ledger of what proved which blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from indexer.words.blocks import BlockRange, next_block
from indexer.words.quantities import BlockNumber

_RANKS = {"none": 0, "bloom": 1, "quorum": 2, "receipts": 3}


@dataclass(frozen=True, slots=True)
class Covered:
    """One range of the ledger and the level at which it is covered."""

    blocks: BlockRange
    level: str


def level_rank(level: str) -> int:
    """Return how much a level proves: none < bloom < quorum:N < receipts; ValueError for another word."""
    name, _, count = level.partition(":")
    if name not in _RANKS or (name == "quorum") != (count.isdigit() and int(count) > 0):
        raise ValueError(f"expected receipts, bloom, none or quorum:N, got {level!r}")
    return _RANKS[name]


def first_gap(ledger: Iterable[Covered], wanted: BlockRange, level: str) -> BlockNumber | None:
    """Return the first block of `wanted` that no range covers at `level` or better; None if all are.

    Ranges may overlap: an audit adds a better one over what is there.
    """
    need = level_rank(level)
    position = wanted.from_block
    good = (each.blocks for each in ledger if level_rank(each.level) >= need)
    for blocks in sorted(good, key=lambda each: each.from_block):
        if blocks.from_block > position:
            return position
        if blocks.to_block >= wanted.to_block:
            return None
        position = max(position, next_block(blocks.to_block))
    return position
