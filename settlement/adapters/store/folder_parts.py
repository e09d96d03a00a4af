"""The steps over the parts of an epoch: what is done with one part, wherever `run` has it done, and the sums of all."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64, U8, U32
from settlement.adapters.store.part_files import PartFiles, no_amount_rows
from settlement.adapters.store.parts_room import EpochFolder
from settlement.adapters.store.tree_file import begin_tree, map_tree, read_part, seal_tree, write_part
from settlement.ports.parts import PartOrders, PartSettled
from settlement.rules.allocation.amount_plan import AmountPlan, PartSums, evaluate_part
from settlement.rules.allocation.residual import scale_column
from settlement.rules.allocation.spare_search import DigitCounts, SpareSearch, count_digits, hand_out_part
from settlement.rules.columns.conversions import amount_at, sum_amounts
from settlement.rules.entitlements.ledger import Leaves, no_leaves
from settlement.rules.entitlements.part_tree import (
    depth_of_subtrees,
    hash_part,
    hash_subtree,
    inner_nodes,
    join_subtrees,
    levels_of,
    order_range,
)
from settlement.rules.entitlements.tree_layout import TreeColumns, TreeLayout, leaves_of_byte
from settlement.rules.epoch.part_stages import PARTS, PartRows, digest_part, settle_part
from settlement.rules.epoch.report import SpareRow
from settlement.rules.epoch.stages import AmountRows
from settlement.rules.facts.aggregates import KIND_MINER, Aggregates, join_aggregates, no_aggregates

T = TypeVar("T")
_NODES = 4
"""The place of their section in a file of a tree."""


class RunEach(Protocol):
    """Does some work with each of many numbers, wherever, and returns what each came to, in order."""

    def __call__(self, work: Callable[[int], T], numbers: Sequence[int]) -> list[T]:
        """Return the results; errors as the work raises them."""


class FolderParts:
    """The parts of one epoch in a folder of their own under `room`, which goes with the last who holds them."""

    def __init__(self, room: Path, run: RunEach) -> None:
        self._folder = EpochFolder(room)
        self.files, self._run = PartFiles(self._folder.path), run
        self.filled: list[int] = []
        self.sketches = (0, 0)
        self._hashes = np.zeros((PARTS, PARTS), dtype=np.int64)

    def load_rows(self, part: int | None) -> Aggregates:
        """Return the rows of one part, None for all."""
        parts = self.filled if part is None else [part]
        return join_aggregates([no_aggregates(), *map(self.files.load_rows, parts)])

    def evaluate(self, plan: AmountPlan) -> list[PartSums]:
        """Compute floors and bonuses and return their sums."""
        return self._run(partial(_evaluate, self.files, plan), self.filled)

    def scale(self, pool: int, floors: int) -> int:
        """Scale the floors, which add up to `floors`, to the pool; return the sum of what that gives."""
        return sum(self._run(partial(_scale, self.files, pool, floors), self.filled))

    def count_digits(self, search: SpareSearch) -> list[DigitCounts]:
        """Return the next digits of scaled amounts that share those found, for each part."""
        found = dict(zip(self.filled, self._run(partial(_count, self.files, search), self.filled), strict=True))
        none = np.zeros(0, dtype=np.int64)
        return [found.get(part, (none, none)) for part in range(PARTS)]

    def settle(self, orders: PartOrders) -> list[PartSettled]:
        """Compute amounts and entitlements of every part and return what is told of each, in order."""
        for part in orders.apps.keys() | orders.further.keys():
            apps, further = orders.apps.get(part, no_aggregates()), orders.further.get(part, no_amount_rows())
            self.files.save_orders(part, apps, further)
        alone = replace(orders, apps={}, further={})
        done = self._run(partial(_settle, self.files, alone), range(PARTS))
        self._hashes = np.zeros((PARTS, PARTS), dtype=np.int64)
        for part, (_, (first, counts)) in enumerate(done):
            self._hashes[part, first] = counts
        return [settled for settled, _ in done]

    def build_tree(self) -> tuple[TreeColumns, str]:
        """Build the tree of all entitlements; return its columns, mapped, and the file that they lie in."""
        files, hashes, leaves = self.files, self._hashes, int(self._hashes.sum())
        layout = begin_tree(files.tree, leaves)
        self._run(partial(_place_range, files, hashes, layout), np.flatnonzero(hashes.sum(axis=0)).tolist())
        self._run(partial(_place_leaves, files, hashes, layout), np.flatnonzero(hashes.sum(axis=1)).tolist())
        if leaves:
            depth = depth_of_subtrees(leaves)
            top = join_subtrees(self._run(partial(_hash_subtree, files, layout, depth), range(1 << depth)))
            write_part(files.tree, layout.sections()[_NODES], 0, top)
        return seal_tree(files.tree, leaves), str(files.tree)

    def iterate_aggregates(self) -> Iterator[Aggregates]:
        """Yield the rows of one part after another."""
        return map(self.files.load_rows, self.filled)

    def iterate_amounts(self) -> Iterator[AmountRows]:
        """Yield what one part after another pays."""
        return map(self.files.load_paid, range(PARTS))


def _evaluate(files: PartFiles, plan: AmountPlan, part: int) -> PartSums:
    amounts, sums = evaluate_part(plan, files.load_rows(part))
    files.save_amounts(part, amounts)
    return sums


def _scale(files: PartFiles, pool: int, floors: int, part: int) -> int:
    scaled = scale_column(pool, files.load_amounts(part).floors, floors)
    files.save_scaled(part, scaled)
    return sum_amounts(scaled)


def _count(files: PartFiles, search: SpareSearch, part: int) -> DigitCounts:
    return count_digits(files.load_scaled(part), search)


def _settle(files: PartFiles, orders: PartOrders, part: int) -> tuple[PartSettled, tuple[U8, U32]]:
    rows, amounts, spare = files.load_rows(part), files.load_amounts(part), None
    if orders.shares:
        scaled = files.load_scaled(part)
        paid, last = hand_out_part(scaled, orders.shares[part], rows)
        spare = None if last is None else _spare_row(rows, last, amount_at(scaled, last))
        amounts = replace(amounts, floors=paid)
    apps, further = files.load_orders(part)
    prior = _prior_leaves(orders.prior_tree, part)
    if not (len(rows) or len(apps) or len(further) or len(prior)):
        return _nothing_settled()
    settled = settle_part(orders.plan, orders.token, rows, amounts, further, prior)
    hashes = hash_part(settled.leaves)
    files.save_paid(part, settled.amounts)
    files.save_leaves(part, settled.leaves, hashes)
    return PartSettled(digest_part(rows, apps, settled, prior), spare), hashes.count_by_range()


@cache
def _nothing_settled() -> tuple[PartSettled, tuple[U8, U32]]:
    """Return what is told of a part without rows."""
    nothing = PartRows(no_amount_rows(), no_leaves())
    told = digest_part(no_aggregates(), no_aggregates(), nothing, no_leaves())
    return PartSettled(told, None), (np.zeros(0, dtype=np.uint8), np.zeros(0, dtype=np.uint32))


def _spare_row(rows: Aggregates, row: int, amount: int) -> SpareRow:
    role = int(rows.kind[row]) - KIND_MINER
    return SpareRow(rows.account[row].tobytes(), rows.app[row].tobytes(), role, amount)


def _prior_leaves(tree: str | None, part: int) -> Leaves:
    columns = None if tree is None else map_tree(Path(tree))
    return no_leaves() if columns is None else leaves_of_byte(columns.leaves, part)


def _place_range(files: PartFiles, hashes: I64, layout: TreeLayout, first: int) -> None:
    """Put the hashes that begin with a byte in order among the leaves of the tree."""
    starts = hashes[:, :first].sum(axis=1)
    parts = [
        files.load_hashes(part, int(starts[part]), int(starts[part] + hashes[part, first]))
        for part in np.flatnonzero(hashes[:, first]).tolist()
    ]
    before = int(hashes[:, :first].sum())
    descending, nodes = order_range(parts, before, layout.count)
    files.save_nodes(first, nodes)
    write_part(files.tree, layout.sections()[_NODES], 2 * layout.count - 1 - before - len(nodes), descending)


def _place_leaves(files: PartFiles, hashes: I64, layout: TreeLayout, part: int) -> None:
    """Write the leaves of a part and the nodes that they have in the tree."""
    leaves, order = files.load_leaves(part), files.load_order(part)
    starts = hashes[:part].sum(axis=0)
    nodes = [
        files.load_nodes(first, int(starts[first]), int(starts[first] + hashes[part, first]))
        for first in np.flatnonzero(hashes[part]).tolist()
    ]
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.concatenate(nodes)
    columns: tuple[NDArray[Any], ...] = (leaves.account, leaves.token, leaves.cumulative, position)
    for section, column in zip(layout.sections(), columns, strict=False):
        write_part(files.tree, section, int(hashes[:part].sum()), column)


def _hash_subtree(files: PartFiles, layout: TreeLayout, depth: int, subtree: int) -> bytes:
    """Hash the nodes of a subtree whose leaves are written; return its root."""
    section, levels = layout.sections()[_NODES], levels_of(subtree, depth, layout.count)
    nodes = hash_subtree(levels, layout.count, partial(read_part, files.tree, section))
    for level in levels:
        inner = inner_nodes(level, layout.count)
        write_part(files.tree, section, level.first, nodes[level.own : level.own + inner])
    root: bytes = nodes[0].tobytes()
    return root
