import numpy as np
import pytest

from indexer.words.errors import UnsoundError
from settlement.rules.entitlements import proven_top
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.proven_top import ProvenTop
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
@pytest.mark.parametrize("kept", [1, 2, 16, 1 << 16])
def test_prove_account__any_tree_twice__is_what_is_proven_without_a_memory(count, kept, monkeypatch):
    monkeypatch.setattr(proven_top, "KEPT_NODES", kept)
    columns = columns_of(count)
    top = ProvenTop(columns, columns.tree.root)
    accounts = {row.tobytes() for row in columns.leaves.account}
    for _ in range(2):
        for account in sorted(accounts):
            assert list(top.prove_account(account)) == prove_account(columns, account, columns.tree.root)
    assert top.prove_account(b"\xff" * 20) == ()


def test_prove_account__a_node_altered_in_the_file__is_refused_or_proven_from_memory():
    columns = columns_of(64)
    account = columns.leaves.account[0].tobytes()
    right = ProvenTop(columns, columns.tree.root)
    expected = right.prove_account(account)
    columns.tree.nodes[1:, 0] ^= 1
    assert right.prove_account(columns.leaves.account[0].tobytes()) == expected
    with pytest.raises(UnsoundError, match="does not lead to its root"):
        ProvenTop(columns, columns.tree.nodes[0].tobytes()).prove_account(account)
