"""Trees on disk: what is written is what is read, whole or not at all."""

import os

import numpy as np
import pytest

from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.quantities import Epoch
from settlement.adapters.tree_store import TreeStore
from settlement.rules.columns import words_from_amounts
from settlement.rules.ledger import Leaves, no_leaves
from settlement.rules.merkle import build_tree, leaf_hash, verify_proof


def some_leaves(count):
    """Return sorted leaves of one token."""
    account = np.zeros((count, 20), dtype=np.uint8)
    account[:, :4] = np.arange(1, count + 1, dtype=">u4").view(np.uint8).reshape(-1, 4)
    amounts = np.stack([np.arange(1, count + 1, dtype=np.uint64)] * 2, axis=1)
    return Leaves(account, np.full((count, 20), 7, dtype=np.uint8), amounts)


def tree_of(leaves):
    """Return the tree of leaves."""
    return build_tree(leaves.account, leaves.token, words_from_amounts(leaves.cumulative))


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_open__after_write__proves_every_account(tmp_path, count):
    store, leaves = TreeStore(tmp_path / "trees"), some_leaves(count)
    tree = tree_of(leaves)
    store.write(Epoch(3), leaves, tree)
    stored = store.open(Epoch(3))
    assert (stored.root, stored.count, store.epochs()) == (tree.root, count, [3])
    for row in range(count):
        (proof,) = stored.prove(leaves.account[row].tobytes())
        assert proof.cumulative == (row + 1) << 64 | (row + 1)
        assert verify_proof(tree.root, leaf_hash(proof.account, proof.token, proof.cumulative), proof.siblings)
    assert stored.prove(b"\xff" * 20) == []


def test_open__no_such_epoch__is_none(tmp_path):
    assert TreeStore(tmp_path).open(Epoch(1)) is None
    assert TreeStore(tmp_path / "none").epochs() == []


def test_write__an_epoch_again__replaces_the_file(tmp_path):
    store = TreeStore(tmp_path)
    store.write(Epoch(1), no_leaves(), tree_of(no_leaves()))
    leaves = some_leaves(3)
    store.write(Epoch(1), leaves, tree_of(leaves))
    assert store.open(Epoch(1)).count == 3
    assert os.listdir(tmp_path) == ["0000000001.tree"]


def test_open__a_file_cut_short_or_changed__is_refused(tmp_path):
    store, leaves = TreeStore(tmp_path), some_leaves(9)
    path = store.write(Epoch(1), leaves, tree_of(leaves))
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(UnsoundError, match="wrong size"):
        store.open(Epoch(1))
    changed = bytearray(whole)
    changed[40] ^= 1
    path.write_bytes(bytes(changed))
    with pytest.raises(UnsoundError, match="damaged"):
        store.open(Epoch(1))


def test_write__a_folder_that_cannot_be__is_a_retry_later(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RetryLaterError, match="cannot store a tree"):
        TreeStore(tmp_path / "file" / "trees").write(Epoch(1), no_leaves(), tree_of(no_leaves()))
