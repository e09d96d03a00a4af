"""The ledger of what proved which blocks, and for which kinds of events."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.words.blocks import BlockRange, gaps_between
from indexer.words.levels import Level, parse_level
from indexer.words.quantities import Address, BlockNumber, Hash32

Kinds = frozenset[Hash32]
"""Kinds of events by their first topics."""


@dataclass(frozen=True, slots=True)
class Covered:
    """One range of the ledger, the level at which it is covered, and for which kinds."""

    blocks: BlockRange
    level: Level
    kinds: Kinds


def kinds_digest(pairs: Iterable[tuple[Address, Hash32]]) -> str:
    """Return the sha256, in hex, of `address | topic0` of every kind and contract that may emit it, ascending."""
    return hashlib.sha256(b"".join(sorted({address + topic for address, topic in pairs}))).hexdigest()


def read_covered(rows: Iterable[Mapping[str, Any]], kinds: Iterable[Mapping[str, Any]], unsaid: Kinds) -> list[Covered]:
    """Return the ledger from rows of `sql/lake/coverage_ranges` and the sets of kinds of `sql/lake/kinds`.

    `unsaid` are the kinds for which a range was proven that does not say so.
    """
    sets: dict[str | None, set[Hash32]] = {None: set(unsaid)}
    for row in kinds:
        sets.setdefault(row["digest"], set()).add(Hash32(row["topic0"]))
    frozen = {digest: frozenset(topics) for digest, topics in sets.items()}
    return [
        Covered(
            BlockRange(row["from_block"], row["to_block"]),
            parse_level(row["level"]),
            frozen.get(row["kinds"], frozenset()),
        )
        for row in rows
    ]


def first_gap(ledger: Sequence[Covered], wanted: BlockRange, level: Level, kinds: Kinds) -> BlockNumber | None:
    """Return the first block of `wanted` that is not covered for all `kinds` at `level` or better; None if all are.

    Ranges may overlap: an audit adds a better one over what is there, and one for kinds that came later.
    """
    good = [each for each in ledger if each.level.reaches(level)]
    gaps = lacking(good, wanted, kinds)
    return min((ranges[0].from_block for ranges in gaps), default=None)


def lacking(ledger: Sequence[Covered], wanted: BlockRange, kinds: Kinds) -> dict[tuple[BlockRange, ...], Kinds]:
    """Return which parts of `wanted` are not covered for which of `kinds`; kinds that lack the same are together."""
    if not gaps_between((each.blocks for each in ledger if each.kinds >= kinds), wanted):
        return {}
    found: dict[tuple[BlockRange, ...], Kinds] = {}
    for kind in kinds:
        gaps = tuple(gaps_between((each.blocks for each in ledger if kind in each.kinds), wanted))
        if gaps:
            found[gaps] = found.get(gaps, frozenset()) | {kind}
    return found
