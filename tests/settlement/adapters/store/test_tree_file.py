"""Trees on disk: what is written is what is read, whole or not at all."""

import os

import numpy as np
import pytest

from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.store.tree_file import map_tree, write_tree
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_growth import grow_tree, tree_of
from settlement.rules.entitlements.tree_layout import HEADER, TreeColumns, TreeLayout, prove_account


def some_tree(count):
    """Return sorted leaves of one token and their tree."""
    account = np.zeros((count, 20), dtype=np.uint8)
    account[:, :4] = np.arange(1, count + 1, dtype=">u4").view(np.uint8).reshape(-1, 4)
    amounts = np.stack([np.arange(1, count + 1, dtype=np.uint64)] * 2, axis=1)
    leaves = Leaves(account, np.full((count, 20), 7, dtype=np.uint8), amounts)
    return TreeColumns(leaves, tree_of(leaves))


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_map_tree__after_write__is_the_tree_and_proves_every_account(tmp_path, count):
    path, columns = tmp_path / "leaves.tree", some_tree(count)
    write_tree(path, columns)
    stored = map_tree(path, check_hashes=True)
    assert (stored.tree.nodes == columns.tree.nodes).all()
    assert (stored.tree.position == columns.tree.position).all()
    for row in range(count):
        (proof,) = prove_account(stored, columns.leaves.account[row].tobytes(), columns.tree.root)
        assert proof.cumulative == (row + 1) << 64 | (row + 1)
    assert prove_account(stored, b"\xff" * 20, columns.tree.root) == []


def test_map_tree__of_the_epoch_before__grows_into_the_next(tmp_path):
    path, after = tmp_path / "leaves.tree", some_tree(1200)
    write_tree(path, some_tree(1000))
    stored = map_tree(path, check_hashes=True)
    grown = grow_tree(stored.leaves, stored.tree, after.leaves)
    assert (grown.nodes == after.tree.nodes).all()
    assert (grown.position == after.tree.position).all()


def test_map_tree__no_file__is_none(tmp_path):
    assert map_tree(tmp_path / "none" / "leaves.tree") is None


def test_map_tree__a_folder_or_a_link_to_itself_in_its_place__is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "link")
    for name in ("folder", "link"):
        with pytest.raises(UnsoundError, match="a stored tree cannot be read"):
            map_tree(tmp_path / name)


def test_write_tree__again__replaces_the_file_under_those_who_read_it(tmp_path):
    path = tmp_path / "leaves.tree"
    write_tree(path, some_tree(9))
    earlier = map_tree(path)
    write_tree(path, some_tree(3))
    assert (len(earlier.tree), len(map_tree(path).tree)) == (9, 3)
    assert (earlier.tree.nodes == some_tree(9).tree.nodes).all()
    assert os.listdir(tmp_path) == ["leaves.tree"]


def test_map_tree__a_file_cut_short_or_changed__is_refused(tmp_path):
    path, columns = tmp_path / "leaves.tree", some_tree(9)
    write_tree(path, columns)
    whole = path.read_bytes()
    sections = TreeLayout(9, bytes(32), bytes(32)).sections()
    path.write_bytes(whole[:-1])
    with pytest.raises(UnsoundError, match="wrong size"):
        map_tree(path)
    changed = bytearray(whole)
    changed[HEADER.size - 100] ^= 1  # the root
    path.write_bytes(bytes(changed))
    with pytest.raises(UnsoundError, match="the root of its header"):
        map_tree(path)
    for at in (sections[3].start, sections[4].stop - 1):  # a position, a leaf hash
        changed = bytearray(whole)
        changed[at] ^= 1
        path.write_bytes(bytes(changed))
        assert map_tree(path) is not None
        with pytest.raises(UnsoundError, match="the digest of its header"):
            map_tree(path, check_hashes=True)


def test_write_tree__a_folder_that_is_not_there__is_a_retry_later(tmp_path):
    with pytest.raises(RetryLaterError, match="cannot store a tree"):
        write_tree(tmp_path / "none" / "leaves.tree", some_tree(1))
