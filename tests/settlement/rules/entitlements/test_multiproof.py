"""Shared proofs: they lead to the root, they are never longer than single ones, and OpenZeppelin's example holds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from settlement.rules.columns.conversions import amounts_from_ints
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.multiproof import SharedProof, are_proven_together, share_proof
from settlement.rules.entitlements.tree_growth import tree_of
from tests.settlement.rules.epoch_inputs import seeded


def some_tree(count):
    account = np.arange(20 * count, dtype=np.int64).astype(np.uint8).reshape(-1, 20)
    account[:, :2] = np.arange(count, dtype=">u2").view(np.uint8).reshape(-1, 2)
    return tree_of(Leaves(account, np.zeros((count, 20), dtype=np.uint8), amounts_from_ints([5] * count)))


@given(st.integers(1, 200), st.integers(0, 2**32), st.floats(0, 1))
@settings(max_examples=80)
def test_share_proof__any_rows_of_any_tree__leads_to_the_root(count, seed, part):
    tree, source = some_tree(count), seeded(seed)
    rows = source.sample(range(count), max(1, int(part * count)))
    proof = share_proof(tree, rows)
    leaves = [tree.nodes[tree.position[row]].tobytes() for row in proof.rows]
    assert sorted(proof.rows) == sorted(rows)
    assert are_proven_together(tree.root, leaves, proof)
    assert len(proof.siblings) <= sum(len(tree.proof(row)) for row in rows)
    assert not are_proven_together(tree.root, [bytes(32), *leaves[1:]], proof)
    if len(set(leaves[:2])) == 2:
        swapped = [leaves[1], leaves[0], *leaves[2:]]
        siblings = tree.position[proof.rows[0]] == tree.position[proof.rows[1]] + 1
        assert siblings or not are_proven_together(tree.root, swapped, proof)


def test_share_proof__all_rows__needs_no_sibling():
    tree = some_tree(9)
    proof = share_proof(tree, range(9))
    assert (proof.siblings, proof.flags) == ((), (True,) * 8)


def test_share_proof__one_row__is_its_own_proof():
    tree = some_tree(9)
    proof = share_proof(tree, [4])
    assert list(proof.siblings) == tree.proof(4)
    assert not any(proof.flags)


def test_are_proven_together__counts_that_do_not_fit__is_false():
    root = bytes(32)
    assert are_proven_together(root, [root], SharedProof((0,), (), ()))
    assert not are_proven_together(root, [root], SharedProof((0,), (), (True,)))
    assert not are_proven_together(root, [], SharedProof((), (root, root), (False,)))
