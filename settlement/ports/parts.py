"""An epoch whose rows lie in parts, by the first byte of the account: what is asked of them, wherever they are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from indexer.words.quantities import Address
from settlement.rules.allocation.amount_plan import AmountPlan, PartSums
from settlement.rules.allocation.spare_search import DigitCounts, SpareSearch, SpareShare
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.part_stages import PartDigests
from settlement.rules.epoch.report import SpareRow
from settlement.rules.epoch.stages import AmountRows
from settlement.rules.facts.aggregates import Aggregates


@dataclass(frozen=True, slots=True)
class PartOrders:
    """What the parts settle by. apps: the aggregates of apps and pools, by the part that each is of; further: what is
    paid beside emission and bonuses, likewise. shares: who gets a spare wei, by part, empty where nobody does.

    prior_tree: the file of the tree before, None before the first epoch.
    """

    plan: AmountPlan
    token: Address
    apps: Mapping[int, Aggregates]
    further: Mapping[int, AmountRows]
    shares: Sequence[SpareShare]
    prior_tree: str | None


@dataclass(frozen=True, slots=True)
class PartSettled:
    """What is told of a settled part, and its last row that got a spare wei where it may be that of the epoch."""

    told: PartDigests
    spare: SpareRow | None


class EpochParts(Protocol):
    """The 256 parts of an epoch, whose steps are taken in the order of the methods; none hands out a part's rows."""

    @property
    def sketches(self) -> tuple[int, int]:
        """Return the sketches of the rows of miners and of users, of all parts."""

    def load_rows(self, part: int | None) -> Aggregates:
        """Return the rows of one part, None for all."""

    def evaluate(self, plan: AmountPlan) -> list[PartSums]:
        """Compute floors and bonuses and return their sums."""

    def scale(self, pool: int, floors: int) -> int:
        """Scale the floors, which add up to `floors`, to the pool; return the sum of what that gives."""

    def count_digits(self, search: SpareSearch) -> list[DigitCounts]:
        """Return the next digits of scaled amounts that share those found, part by part."""

    def settle(self, orders: PartOrders) -> list[PartSettled]:
        """Compute amounts and entitlements of every part and return what is told of each, in order."""

    def build_tree(self) -> tuple[TreeColumns, str]:
        """Build the tree of all entitlements; return its columns, mapped, and the file that they lie in."""

    def iterate_aggregates(self) -> Iterator[Aggregates]:
        """Yield the rows of one part after another."""

    def iterate_amounts(self) -> Iterator[AmountRows]:
        """Yield what one part after another pays."""
