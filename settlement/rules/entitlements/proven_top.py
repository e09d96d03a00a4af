"""Proofs out of a mapped tree whose upper part was proven before: of each proof only the lower part is hashed again.

A node is proven where its parent is and both children hash to it. Proven nodes are kept as bytes in memory, so that
what a disk does to the file later changes no proof.
"""

import numpy as np

from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address
from settlement.rules.columns.conversions import amount_at
from settlement.rules.entitlements.tree_layout import LeafProof, TreeColumns

KEPT_NODES = 1 << 17
"""Nodes from the root on that are kept once they are proven: 17 levels, some 20 MB."""
PREFIX_BYTES = 8


class ProvenTop:
    """One tree with a root; proofs are verified against it before they are returned."""

    def __init__(self, columns: TreeColumns, root: bytes) -> None:
        self._columns, self._root = columns, root
        self._proven: dict[int, bytes] = {0: root}
        prefixes = np.ascontiguousarray(columns.leaves.account[:, :PREFIX_BYTES]).view(">u8").ravel()
        self._prefixes = prefixes.astype(np.uint64)

    def prove_account(self, account: bytes) -> tuple[LeafProof, ...]:
        """Return the proof of every token of an account, by token; UnsoundError where one does not lead to the root."""
        prefix = np.uint64(int.from_bytes(account[:PREFIX_BYTES], "big"))
        first, stop = (int(self._prefixes.searchsorted(prefix, side)) for side in ("left", "right"))
        found = self._columns.leaves.account
        return tuple(self.prove_row(row) for row in range(first, stop) if found[row].tobytes() == account)

    def prove_row(self, row: int) -> LeafProof:
        """Return the proof of a row; UnsoundError where it does not lead to the root."""
        leaves, tree, proven = self._columns.leaves, self._columns.tree, self._proven
        account, token = leaves.account[row].tobytes(), leaves.token[row].tobytes()
        total = amount_at(leaves.cumulative, row)
        encoded = account.rjust(32, b"\0") + token.rjust(32, b"\0") + total.to_bytes(32, "big")
        node, at, siblings, met = keccak256(keccak256(encoded)), int(tree.position[row]), [], []
        while at not in proven:
            beside = at + 1 if at & 1 else at - 1
            sibling = tree.nodes[beside].tobytes()
            met.append((at, node, beside, sibling))
            siblings.append(sibling)
            node = keccak256(node + sibling if node < sibling else sibling + node)
            at = (at - 1) >> 1
        if proven[at] != node:
            where = f"account 0x{account.hex()}, token 0x{token.hex()}"
            raise UnsoundError(
                "a stored proof does not lead to its root", expected=f"0x{self._root.hex()}", where=where
            )
        while at:  # both children of a proven parent are: the rest of the path is at hand
            siblings.append(proven[at + 1 if at & 1 else at - 1])
            at = (at - 1) >> 1
        for own, value, beside, sibling in reversed(met):
            if max(own, beside) < KEPT_NODES:
                proven.update({beside: sibling, own: value})  # at once, for other threads
        return LeafProof(Address(account), Address(token), total, tuple(siblings))
