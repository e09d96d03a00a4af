"""Which row is the last to get a spare wei, where the rows lie in parts: found by counting digits, not by sorting.

The amounts of 128 bits are read as digits of 16. Each round counts, in every part, the next digit of the rows that
share those found before; after the last one the amount is known, and how many of its rows, in their order, get a wei.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.rules.columns.arrays import I64, U64, Mask
from settlement.rules.columns.conversions import Amounts
from settlement.rules.columns.ordering import address_order
from settlement.rules.facts.aggregates import Aggregates

DIGIT_BITS, DIGITS = 16, 8
_MASK = (1 << DIGIT_BITS) - 1

DigitCounts = tuple[I64, I64]
"""The digits that occur, ascending, and how many rows have each."""


@dataclass(frozen=True, slots=True)
class SpareSearch:
    """How far a search is: the first `known` digits of the amount are `prefix`; of its rows `wanted` get a wei, all
    rows above it do.
    """

    wanted: int
    known: int = 0
    prefix: int = 0

    @property
    def is_done(self) -> bool:
        """Return whether the whole amount is known."""
        return self.known == DIGITS

    def after(self, parts: Sequence[DigitCounts]) -> "SpareSearch":
        """Return the search one digit further, by the counts of all parts."""
        totals = np.zeros(1 << DIGIT_BITS, dtype=np.int64)
        for digits, counts in parts:
            totals[digits] += counts
        above = 0
        for digit in np.flatnonzero(totals)[::-1].tolist():
            if above + int(totals[digit]) >= self.wanted:
                return SpareSearch(self.wanted - above, self.known + 1, self.prefix << DIGIT_BITS | digit)
            above += int(totals[digit])
        raise ValueError(f"{self.wanted} rows are wanted of {above}")


@dataclass(frozen=True, slots=True)
class SpareShare:
    """Who gets a spare wei in a part: every row above `amount`, and the first `ties` of it."""

    amount: int
    ties: int


def begin_search(pool: int, spare: int) -> SpareSearch:
    """Return the search for the row that gets the last of some spare wei; leading digits of no amount are skipped."""
    return SpareSearch(spare, DIGITS - max(1, -(-pool.bit_length() // DIGIT_BITS)))


def count_digits(amounts: Amounts, search: SpareSearch) -> DigitCounts:
    """Return the next digits of the rows of a part that share those found before."""
    shift = DIGIT_BITS * (DIGITS - search.known)
    if shift < 8 * 16:
        amounts = amounts[_equal(_shifted(amounts, shift), search.prefix)]
    digits = _shifted(amounts, shift - DIGIT_BITS)[0] & np.uint64(_MASK)
    values, counts = np.unique(digits, return_counts=True)
    return values.astype(np.int64), counts.astype(np.int64)


def share_ties(search: SpareSearch, ties: Sequence[int]) -> list[SpareShare]:
    """Return who gets a wei in each part, by how many rows of each have the very amount; parts in their order."""
    shares, left = [], search.wanted
    for count in ties:
        shares.append(SpareShare(search.prefix, min(left, count)))
        left -= shares[-1].ties
    return shares


def hand_out_part(amounts: Amounts, share: SpareShare, rows: Aggregates) -> tuple[Amounts, int | None]:
    """Return the amounts of a part with their spare wei, and the last row of the very amount that got one."""
    low, high = np.uint64(share.amount & (2**64 - 1)), np.uint64(share.amount >> 64)
    above = (amounts[:, 1] > high) | ((amounts[:, 1] == high) & (amounts[:, 0] > low))
    ties = np.flatnonzero((amounts[:, 1] == high) & (amounts[:, 0] == low))
    order = address_order(rows.account[ties], rows.app[ties], rows.kind[ties][:, None])
    chosen = ties[order[: share.ties]]
    above[chosen] = True
    paid = amounts.copy()
    paid[:, 0] += above
    paid[:, 1] += above & (paid[:, 0] == 0)
    return paid, int(chosen[-1]) if len(chosen) else None


def _shifted(amounts: Amounts, bits: int) -> tuple[U64, U64]:
    """Return amounts without their last bits, as low and high half."""
    if bits >= 64:
        return amounts[:, 1] >> np.uint64(bits - 64), np.zeros(len(amounts), dtype=np.uint64)
    if not bits:
        return amounts[:, 0], amounts[:, 1]
    carried = amounts[:, 1] << np.uint64(64 - bits)
    return amounts[:, 0] >> np.uint64(bits) | carried, amounts[:, 1] >> np.uint64(bits)


def _equal(halves: tuple[U64, U64], value: int) -> Mask:
    low, high = halves
    same: Mask = (low == np.uint64(value & (2**64 - 1))) & (high == np.uint64(value >> 64))
    return same
