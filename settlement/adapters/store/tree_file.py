"""One tree as a file: written whole or not at all, read through a memory map."""

import contextlib
import errno
import mmap
import os
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.merkle import Tree
from settlement.rules.entitlements.tree_layout import (
    HEADER,
    Section,
    TreeColumns,
    TreeLayout,
    digest_tree,
    parse_header,
)

_NO_FILE = (errno.EISDIR, errno.ENOTDIR, errno.ELOOP)
"""What lies there is another thing than a file."""


def write_tree(path: Path, columns: TreeColumns) -> None:
    """Store a tree in place of what was there; RetryLaterError if the disk refuses.

    The bytes are on disk before the name appears, so a crash leaves the old file or none, and a `*.partial`.
    """
    partial = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}.partial")
    try:
        _write_columns(partial, columns)
        partial.replace(path)
        flush(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise RetryLaterError("cannot store a tree", got=str(error), where=str(path), remedy="free the disk") from error


def map_tree(path: Path, *, check_hashes: bool = False) -> TreeColumns | None:
    """Return a stored tree, mapped for as long as the columns live; None if there is no file.

    UnsoundError if the file is damaged. A proof is verified against the root when it is made, so reading one needs no
    more than the header; who carries hashes over has to ask for `check_hashes`, which reads the leaf hashes once.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            layout = parse_header(file.read(HEADER.size), size, str(path))
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno not in _NO_FILE:
            raise
        said = str(error.strerror)
        raise UnsoundError("a stored tree cannot be read", expected="a file", got=said, where=str(path)) from error
    columns = _mapped_columns(layout, mapped)
    if columns.tree.root != layout.root:
        raise _damaged(path, "the root of its header")
    if check_hashes and digest_tree(columns.tree) != layout.digest:
        raise _damaged(path, "the digest of its header")
    return columns


def begin_tree(path: Path, leaves: int) -> TreeLayout:
    """Make room for a tree whose parts are written one by one, by anyone who reaches the file; return where they go."""
    layout = TreeLayout(leaves, bytes(32), bytes(32))
    with path.open("wb") as file:
        file.truncate(layout.sections()[-1].stop)
    return layout


def write_part(path: Path, section: Section, first: int, rows: NDArray[np.generic]) -> None:
    """Write rows of a section from row `first` on."""
    flat = np.ascontiguousarray(rows, dtype=section.dtype)
    with path.open("r+b") as file:
        file.seek(section.start + first * flat[:1].nbytes)
        file.write(flat.data)


def read_part(path: Path, section: Section, first: int, count: int) -> NDArray[np.uint8]:
    """Return `count` rows of bytes of a section from row `first` on."""
    width = section.shape[1]
    with path.open("rb") as file:
        file.seek(section.start + first * width)
        return np.frombuffer(file.read(count * width), dtype=np.uint8).reshape(-1, width)


def seal_tree(path: Path, leaves: int) -> TreeColumns:
    """Write the header of a tree whose parts are all written, put it on disk, and return its columns, mapped."""
    layout = TreeLayout(leaves, bytes(32), bytes(32))
    with path.open("r+b") as file:
        tree = _mapped_columns(layout, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)).tree
        file.write(TreeLayout(leaves, tree.root, digest_tree(tree)).header())
        file.flush()
        os.fsync(file.fileno())
    columns = map_tree(path)
    if columns is None:
        raise _damaged(path, "the file that was written")
    return columns


def _damaged(path: Path, expected: str) -> UnsoundError:
    return UnsoundError(
        "a stored tree is damaged",
        expected=expected,
        got="another",
        where=str(path),
        remedy="without the file the tree is built from leaves.parquet",
    )


def _write_columns(path: Path, columns: TreeColumns) -> None:
    leaves, tree = columns.leaves, columns.tree
    layout = TreeLayout(len(leaves), tree.root, digest_tree(tree))
    parts = (leaves.account, leaves.token, leaves.cumulative, tree.position, tree.nodes)
    with path.open("wb") as file:
        file.write(layout.header())
        for section, part in zip(layout.sections(), parts, strict=True):
            file.seek(section.start)
            file.write(np.ascontiguousarray(part, dtype=section.dtype).data)
        file.truncate(layout.sections()[-1].stop)
        file.flush()
        os.fsync(file.fileno())


def _mapped_columns(layout: TreeLayout, mapped: mmap.mmap) -> TreeColumns:
    account, token, cumulative, position, nodes = (
        np.frombuffer(mapped, section.dtype, int(np.prod(section.shape)), section.start).reshape(section.shape)
        for section in layout.sections()
    )
    return TreeColumns(Leaves(account, token, cumulative), Tree(nodes, position))


def flush(path: Path) -> None:
    """Make a file or folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
