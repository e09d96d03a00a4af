"""Settled epochs in `data_dir/epochs/<epoch>`: Parquet files and the tree, written whole, put in place by one rename.

A tree is 122 bytes a leaf and can be built from the leaves, so only those of the newest epochs are kept.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import Epoch
from settlement.adapters.store.bundle import PublishedBundle
from settlement.adapters.store.tree_file import flush, map_tree, write_tree
from settlement.ports.artifacts import StageColumns
from settlement.rules.columns.conversions import addresses_to_arrow, amounts_to_arrow
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.deposits import Deposits
from settlement.rules.epoch.open_data import PACKAGE_FILE, FileDigest, data_package
from settlement.rules.epoch.read_report import parse_report
from settlement.rules.epoch.stages import AmountRows
from settlement.rules.facts.aggregates import Aggregates

TREE_FILE = "leaves.tree"
KEPT_TREES = 3
"""As a rule the newest epoch is settled, the one before pending and the one before that active."""


class FolderArtifacts:
    """The epochs of one data directory."""

    def __init__(self, data_dir: Path, folder: str = "epochs") -> None:
        self._root = data_dir / folder

    def folder(self, epoch: Epoch) -> Path:
        """Return where an epoch is kept."""
        return self._root / f"{epoch:08d}"

    def save_epoch(
        self,
        epoch: Epoch,
        document: bytes,
        stages: StageColumns,
        columns: TreeColumns,
        tree_file: str | None = None,
    ) -> None:
        """Store an epoch whole or not at all, in place of what was there; RetryLaterError if the disk refuses.

        A tree that lies in a file on this disk is taken as it is.
        """
        draft = self._root / f".{epoch:08d}.{os.getpid()}"
        try:
            for stale in self._root.glob(".*"):  # drafts of runs that were killed; the settlement lock is ours
                shutil.rmtree(stale)
            draft.mkdir(parents=True)
            (draft / "report.json").write_bytes(document)
            for name, tables in (
                ("aggregates", map(_aggregates_table, stages.aggregates)),
                ("deposits", iter([_deposits_table(stages.deposits)])),
                ("amounts", map(_amounts_table, stages.amounts)),
                ("leaves", iter([_leaves_table(columns.leaves)])),
            ):
                _write_tables(draft / f"{name}.parquet", tables)
            written = {file.name: _digest(file) for file in draft.iterdir()}
            (draft / PACKAGE_FILE).write_bytes(data_package(parse_report(document, "the report", epoch), written))
            for file in draft.iterdir():
                flush(file)
            if tree_file is None:
                write_tree(draft / TREE_FILE, columns)
            else:
                os.link(tree_file, draft / TREE_FILE)
            shutil.rmtree(self.folder(epoch), ignore_errors=True)
            draft.rename(self.folder(epoch))
            flush(self._root)
            self._drop_old_trees()
        except OSError as error:
            raise RetryLaterError(
                f"epoch {epoch} cannot be stored",
                got=str(error),
                where=str(self._root),
                remedy="make room there, or let it be written to, and call again",
            ) from error

    def find_epoch(self, epoch: Epoch) -> PublishedBundle | None:
        """Return an epoch that may be kept here, None where it is not."""
        bundle = self._bundle(epoch)
        return bundle if bundle.exists() else None

    def load_epoch(self, epoch: Epoch) -> PublishedBundle:
        """Return the stored epoch; UnsoundError if it is not there, InputError if none is."""
        if not self._root.is_dir():
            raise InputError(
                "the database belongs to another data_dir, or its epochs are gone",
                expected=f"the files of epoch {epoch}",
                got="no such folder",
                where=str(self._root),
                remedy=f"use the data_dir of this database, or {_written_again(epoch)}",
            )
        bundle = self._bundle(epoch)
        if not bundle.exists():
            raise UnsoundError(
                f"epoch {epoch} is settled, but its files are gone",
                expected="the folder that `pozk settle` wrote",
                got="none",
                where=bundle.url,
                remedy=_written_again(epoch),
            )
        return bundle

    def load_tree(self, epoch: Epoch, *, check_hashes: bool = False) -> TreeColumns | None:
        """Return the stored tree of an epoch, mapped; None if there is none, UnsoundError if it is damaged."""
        try:
            return map_tree(self.folder(epoch) / TREE_FILE, check_hashes=check_hashes)
        except UnsoundError as error:
            raise UnsoundError(
                error.what, expected=error.expected, got=error.got, where=error.where, remedy=_written_again(epoch)
            ) from error

    def save_tree(self, epoch: Epoch, columns: TreeColumns) -> None:
        """Store the tree of a stored epoch, until a later one is settled; RetryLaterError if the disk refuses."""
        write_tree(self.folder(epoch) / TREE_FILE, columns)

    def tree_place(self, epoch: Epoch) -> str:
        """Return the file in which the tree of a stored epoch is, if there is one."""
        return str(self.folder(epoch) / TREE_FILE)

    def _bundle(self, epoch: Epoch) -> PublishedBundle:
        return PublishedBundle(str(self.folder(epoch)), _written_again(epoch))

    def _drop_old_trees(self) -> None:
        """Remove the trees of old epochs, and what killed writers left of them; a newer partial may have a writer."""
        for tree in sorted(self._root.glob(f"*/{TREE_FILE}"))[:-KEPT_TREES]:
            tree.unlink()
            for partial in tree.parent.glob("*.partial"):
                partial.unlink(missing_ok=True)


def _written_again(epoch: Epoch) -> str:
    return f"run `pozk settle --epoch {epoch}` to write them again"


def _digest(path: Path) -> FileDigest:
    with path.open("rb") as file:
        return FileDigest(path.stat().st_size, hashlib.file_digest(file, "sha256").digest())


def _write_tables(path: Path, tables: Iterator[pa.Table]) -> None:
    """Write at least one table, each as row groups of its own, into one file of Parquet."""
    first = next(tables)
    with pq.ParquetWriter(path, first.schema, compression="zstd") as file:
        for table in chain([first], tables):
            file.write_table(table)


def _aggregates_table(aggregates: Aggregates) -> pa.Table:
    return pa.table(
        {
            "kind": pa.array(aggregates.kind),
            "app": addresses_to_arrow(aggregates.app),
            "account": addresses_to_arrow(aggregates.account),
            "x": amounts_to_arrow(aggregates.x),
            "stake": amounts_to_arrow(aggregates.stake),
        }
    )


def _deposits_table(deposits: Deposits) -> pa.Table:
    return pa.table(
        {
            "app": addresses_to_arrow(deposits.app),
            "token": addresses_to_arrow(deposits.token),
            "account": addresses_to_arrow(deposits.account),
            "deposited": amounts_to_arrow(deposits.deposited),
            "returned": amounts_to_arrow(deposits.returned),
        }
    )


def _amounts_table(amounts: AmountRows) -> pa.Table:
    return pa.table(
        {
            "token": addresses_to_arrow(amounts.token),
            "account": addresses_to_arrow(amounts.account),
            "app": addresses_to_arrow(amounts.app),
            "role": pa.array(amounts.role),
            "amount": amounts_to_arrow(amounts.amount),
        }
    )


def _leaves_table(leaves: Leaves) -> pa.Table:
    return pa.table(
        {
            "account": addresses_to_arrow(leaves.account),
            "token": addresses_to_arrow(leaves.token),
            "cumulative": amounts_to_arrow(leaves.cumulative),
        }
    )
