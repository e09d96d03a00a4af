"""The parts of an epoch as files of one folder, which every process that works on them reaches by the same path.

A file is written under another name and then renamed, so that whoever computes a part again leaves the same file.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64
from indexer.words.errors import RetryLaterError
from settlement.rules.allocation.amount_plan import PartAmounts
from settlement.rules.columns.conversions import Amounts, no_addresses, no_amounts
from settlement.rules.entitlements.ledger import Leaves, no_leaves
from settlement.rules.entitlements.part_tree import PartHashes
from settlement.rules.epoch.stages import AmountRows
from settlement.rules.facts.aggregates import Aggregates, no_aggregates

APPS = "apps"
"""The part of the rows that are of apps."""
_PartColumns = Mapping[str, NDArray[Any]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PartFiles:
    """The files of a folder; RetryLaterError where the disk refuses. What is not there has no rows."""

    folder: Path

    @property
    def tree(self) -> Path:
        """Return where the tree lies."""
        return self.folder / "leaves.tree"

    def save_rows(self, part: int | str, rows: Aggregates) -> None:
        """Store aggregates."""
        self._save("rows", part, _columns_of(rows))

    def load_rows(self, part: int | str) -> Aggregates:
        """Return aggregates."""
        return self._load("rows", part, Aggregates, no_aggregates)

    def save_amounts(self, part: int, amounts: PartAmounts) -> None:
        """Store what the rows of a part get."""
        self._save("floors", part, _columns_of(amounts))

    def load_amounts(self, part: int) -> PartAmounts:
        """Return what the rows of a part get."""
        none = np.zeros(0, dtype=np.int64)
        return self._load("floors", part, PartAmounts, lambda: PartAmounts(no_amounts(), none, none, no_amounts()))

    def save_scaled(self, part: int, scaled: Amounts) -> None:
        """Store the scaled floors of a part."""
        self._save("scaled", part, {"scaled": scaled})

    def load_scaled(self, part: int) -> Amounts:
        """Return the scaled floors of a part."""
        return self._load("scaled", part, _scaled, no_amounts)

    def save_orders(self, part: int, apps: Aggregates, further: AmountRows) -> None:
        """Store what the driver adds to a part: rows of apps and pools, and further amounts."""
        self._save("apps", part, _columns_of(apps))
        self._save("further", part, _columns_of(further))

    def load_orders(self, part: int) -> tuple[Aggregates, AmountRows]:
        """Return what the driver adds to a part."""
        apps = self._load("apps", part, Aggregates, no_aggregates)
        return apps, self._load("further", part, AmountRows, no_amount_rows)

    def save_paid(self, part: int, paid: AmountRows) -> None:
        """Store what a part pays."""
        self._save("paid", part, _columns_of(paid))

    def load_paid(self, part: int) -> AmountRows:
        """Return what a part pays."""
        return self._load("paid", part, AmountRows, no_amount_rows)

    def save_leaves(self, part: int, leaves: Leaves, hashes: PartHashes) -> None:
        """Store what the accounts of a part are owed, and the hashes of these leaves."""
        self._save("leaves", part, _columns_of(leaves))
        self._save("order", part, {"row": hashes.row})
        self._write("hashes", part, lambda file: np.save(file, hashes.hashes))

    def load_leaves(self, part: int) -> Leaves:
        """Return what the accounts of a part are owed."""
        return self._load("leaves", part, Leaves, no_leaves)

    def load_order(self, part: int) -> I64:
        """Return the rows of the leaves of a part, ascending by hash."""
        return self._load("order", part, _row, lambda: np.zeros(0, dtype=np.int64))

    def load_hashes(self, part: int, start: int, stop: int) -> NDArray[np.uint8]:
        """Return some of the ascending hashes of a part; no others are read."""
        return np.asarray(np.load(self._path("hashes", part), mmap_mode="r")[start:stop])

    def save_nodes(self, first: int, nodes: I64) -> None:
        """Store the nodes of the hashes that begin with a byte, in the order of the parts."""
        self._write("nodes", first, lambda file: np.save(file, nodes))

    def load_nodes(self, first: int, start: int, stop: int) -> I64:
        """Return some of these nodes."""
        return np.asarray(np.load(self._path("nodes", first), mmap_mode="r")[start:stop])

    def _path(self, kind: str, part: int | str) -> Path:
        return self.folder / f"{kind}-{part}"

    def _save(self, kind: str, part: int | str, columns: _PartColumns) -> None:
        self._write(kind, part, lambda file: np.savez(file, allow_pickle=False, **columns))

    def _write(self, kind: str, part: int | str, write: Callable[[Any], None]) -> None:
        path = self._path(kind, part)
        draft = self.folder / f".{uuid4().hex}"
        try:
            with draft.open("wb") as file:
                write(file)
            os.replace(draft, path)
        except OSError as error:
            raise RetryLaterError(
                "a part of an epoch cannot be stored",
                got=str(error),
                where=str(path),
                remedy="make room there, or let it be written to, and call again",
            ) from error

    def _load(self, kind: str, part: int | str, make: Callable[..., T], none: Callable[[], T]) -> T:
        try:
            with np.load(self._path(kind, part), allow_pickle=False) as columns:
                return make(**columns)
        except FileNotFoundError:
            return none()


def no_amount_rows() -> AmountRows:
    """Return no amounts."""
    return AmountRows(no_addresses(), no_addresses(), no_addresses(), np.zeros(0, dtype=np.uint8), no_amounts())


def _scaled(scaled: Amounts) -> Amounts:
    return scaled


def _row(row: I64) -> I64:
    return row


def _columns_of(rows: Any) -> _PartColumns:
    return {name: getattr(rows, name) for name in rows.__dataclass_fields__}
