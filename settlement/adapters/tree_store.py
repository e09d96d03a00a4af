"""Trees as files, one per epoch: written whole or not at all, read through a memory map."""

import contextlib
import mmap
import os
from pathlib import Path

import numpy as np

from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.quantities import Epoch
from settlement.rules.ledger import Leaves
from settlement.rules.merkle import Tree
from settlement.rules.tree_layout import HEADER, LeafProof, TreeColumns, TreeLayout, parse_header, prove_account


class StoredTree:
    """A file that stays mapped while this lives. One proof costs a few page reads, whatever the size."""

    def __init__(self, layout: TreeLayout, columns: TreeColumns, path: Path) -> None:
        self.root, self.count, self.columns, self.path = layout.root, layout.count, columns, path

    def prove(self, account: bytes) -> list[LeafProof]:
        """Return the verified proofs of all tokens of an account; empty if it has no leaf."""
        return prove_account(self.columns, account, self.root)


class TreeStore:
    """The folder of stored trees."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, epoch: Epoch) -> Path:
        """Return where the tree of an epoch is or would be."""
        return self._folder / f"{epoch:010d}.tree"

    def epochs(self) -> list[Epoch]:
        """Return the epochs stored, ascending."""
        return sorted(Epoch(int(path.stem)) for path in self._folder.glob("*.tree") if path.stem.isdigit())

    def write(self, epoch: Epoch, leaves: Leaves, tree: Tree) -> Path:
        """Store the tree of an epoch, replacing an older file; RetryLaterError if the disk refuses.

        `leaves` ascend by (account, token) and are the rows that `tree` was built of. The bytes are on disk before
        the name appears, so a crash leaves the old file or none.
        """
        path, layout = self.path_of(epoch), TreeLayout(len(leaves), tree.root)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_columns(partial, layout, leaves, tree)
            partial.replace(path)
            _sync_folder(self._folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise RetryLaterError(
                "cannot store a tree", got=str(error), where=str(path), remedy="free the disk"
            ) from error
        return path

    def open(self, epoch: Epoch) -> StoredTree | None:
        """Return the stored tree of an epoch, None if there is none; UnsoundError if the file is damaged."""
        path = self.path_of(epoch)
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                layout = parse_header(file.read(HEADER.size), size, str(path))
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            return None
        columns = _mapped_columns(layout, mapped)
        if columns.tree.root != layout.root:
            raise UnsoundError("a stored tree is damaged", expected="the root of its header", where=str(path))
        return StoredTree(layout, columns, path)


def _write_columns(path: Path, layout: TreeLayout, leaves: Leaves, tree: Tree) -> None:
    columns = (leaves.account, leaves.token, leaves.cumulative, tree.position, tree.nodes)
    with path.open("wb") as file:
        file.write(layout.header())
        for section, column in zip(layout.sections(), columns, strict=True):
            file.seek(section.start)
            file.write(np.ascontiguousarray(column, dtype=section.dtype).data)
        file.truncate(layout.sections()[-1].stop)
        file.flush()
        os.fsync(file.fileno())


def _mapped_columns(layout: TreeLayout, mapped: mmap.mmap) -> TreeColumns:
    account, token, cumulative, position, nodes = (
        np.frombuffer(mapped, section.dtype, int(np.prod(section.shape)), section.start).reshape(section.shape)
        for section in layout.sections()
    )
    return TreeColumns(Leaves(account, token, cumulative), Tree(nodes, position))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
