"""Eight messages at once hash as one does."""

import numpy as np
import pytest

from indexer.rules.consensus.keccak import keccak256
from indexer.rules.consensus.keccak_eight_kernel import aligned_state
from settlement.rules.entitlements.keccak_lanes import hash_leaves, hash_parents
from tests.settlement.rules.epoch_inputs import seeded

pytestmark = pytest.mark.slow  # calls compiled kernels


@pytest.mark.parametrize("count", [1, 7, 8, 9, 33])
def test_hash_leaves__any_number_of_rows__hashes_each_twice(count):
    source = seeded(count)
    rows = np.frombuffer(source.randbytes(72 * count), dtype=np.uint8).reshape(count, 72)
    accounts, tokens, totals = (np.ascontiguousarray(rows[:, a:b]) for a, b in ((0, 20), (20, 40), (40, 72)))
    out = np.empty((count, 4), dtype=np.uint64)
    hash_leaves(accounts.view(np.uint32), tokens.view(np.uint32), totals.view(np.uint64), out, aligned_state())
    for row in range(count):
        words = (accounts[row].tobytes(), tokens[row].tobytes(), totals[row].tobytes())
        message = b"".join(word.rjust(32, b"\0") for word in words)
        assert out[row].tobytes() == keccak256(keccak256(message))


@pytest.mark.parametrize("leaves", [1, 2, 3, 8, 15, 16, 17, 40])
def test_hash_parents__nodes_with_close_hashes__puts_the_smaller_child_first(leaves):
    source = seeded(leaves)
    nodes = np.zeros((2 * leaves - 1, 32), dtype=np.uint8)
    nodes[leaves - 1 :, 31] = [source.randrange(256) for _ in range(leaves)]
    nodes[leaves - 1 :, 0] = [source.randrange(2) for _ in range(leaves)]
    hash_parents(nodes.view(np.uint64), leaves, aligned_state())
    for node in range(leaves - 1):
        left, right = nodes[2 * node + 1].tobytes(), nodes[2 * node + 2].tobytes()
        assert nodes[node].tobytes() == keccak256(min(left, right) + max(left, right))
