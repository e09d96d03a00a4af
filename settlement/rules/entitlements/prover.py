"""Proofs out of a mapped tree by compiled kernels, for whoever makes many. Importing this module loads numba."""

import numpy as np

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address
from settlement.rules.columns.conversions import amount_at
from settlement.rules.entitlements import proof_kernel as kernel
from settlement.rules.entitlements.tree_layout import LeafProof, TreeColumns

NODE_BYTES = 32


class Prover:
    """One tree with a root; every proof is hashed from its leaf to that root before it is returned."""

    def __init__(self, columns: TreeColumns, root: bytes) -> None:
        self._leaves, self._tree, self._root = columns.leaves, columns.tree, root

    def prove_account(self, account: bytes) -> tuple[LeafProof, ...]:
        """Return the proof of every token of an account, by token; UnsoundError where one does not lead to the root."""
        first, stop = kernel.find_account(self._leaves.account, np.frombuffer(account, dtype=np.uint8))
        return tuple(self.prove_row(row) for row in range(first, stop))

    def prove_row(self, row: int) -> LeafProof:
        """Return the proof of a row; UnsoundError where it does not lead to the root."""
        leaves, tree = self._leaves, self._tree
        account, token = leaves.account[row].tobytes(), leaves.token[row].tobytes()
        path = np.empty(NODE_BYTES * (kernel.MOST_SIBLINGS + 1), dtype=np.uint8)
        end = NODE_BYTES * kernel.prove_leaf(
            leaves.account, leaves.token, leaves.cumulative, tree.position, tree.nodes, row, path
        )
        found = path[: end + NODE_BYTES].tobytes()
        if found[end:] != self._root:
            where = f"account 0x{account.hex()}, token 0x{token.hex()}"
            raise UnsoundError(
                "a stored proof does not lead to its root", expected=f"0x{self._root.hex()}", where=where
            )
        siblings = tuple([found[start : start + NODE_BYTES] for start in range(0, end, NODE_BYTES)])
        return LeafProof(Address(account), Address(token), amount_at(leaves.cumulative, row), siblings)
