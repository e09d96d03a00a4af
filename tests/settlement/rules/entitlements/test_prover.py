import numpy as np
import pytest

from indexer.words.errors import UnsoundError
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.prover import Prover
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns, prove_account

pytestmark = pytest.mark.slow  # calls compiled kernels


def columns_of(count, seed=1):
    source = np.random.default_rng(seed)
    account = np.sort(source.integers(0, 256, (count, 20), dtype=np.uint8).view("V20"), axis=0).view(np.uint8)
    account[1::7] = account[:-1:7][: len(account[1::7])]  # some have two tokens
    token = np.zeros((count, 20), dtype=np.uint8)
    token[:, 19] = np.arange(count) % 250
    token[:, 18] = np.arange(count) // 250
    cumulative = source.integers(1, 2**60, (count, 2), dtype=np.uint64)
    leaves = Leaves(account.reshape(-1, 20), token, cumulative)
    return TreeColumns(leaves, tree_of(leaves))


@pytest.mark.parametrize("count", [1, 2, 3, 64, 257])
def test_prove_account__any_tree__is_what_plain_python_proves(count):
    columns = columns_of(count)
    prover = Prover(columns, columns.tree.root)
    for account in {row.tobytes() for row in columns.leaves.account}:
        assert list(prover.prove_account(account)) == prove_account(columns, account, columns.tree.root)
    assert prover.prove_account(b"\xff" * 20) == prover.prove_account(bytes(20)) == ()


def test_prove_account__amounts_at_the_limits__are_proven():
    columns = columns_of(3)
    columns.leaves.cumulative[:] = [[1, 0], [2**64 - 1, 2**62], [0, 1]]
    columns = TreeColumns(columns.leaves, tree_of(columns.leaves))
    prover = Prover(columns, columns.tree.root)
    assert [prover.prove_row(row).cumulative for row in range(3)] == [1, 2**126 + 2**64 - 1, 2**64]


@pytest.mark.parametrize("part", ["account", "token", "cumulative", "nodes"])
def test_prove_row__a_byte_altered_in_the_file__is_refused(part):
    columns = columns_of(64)
    prover = Prover(columns, columns.tree.root)
    altered = columns.tree.nodes[1:] if part == "nodes" else getattr(columns.leaves, part)
    altered[:, 0] ^= 1
    with pytest.raises(UnsoundError, match="does not lead to its root"):
        prover.prove_row(0)
