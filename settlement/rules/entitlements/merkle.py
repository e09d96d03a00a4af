"""The OpenZeppelin `standard-v1` tree over columns (SPEC section 6).

A leaf is keccak256(keccak256(abi.encode(account, token, cumulative))). The k leaves, sorted by hash, stand at the end
of an array of 2k - 1 nodes in descending order: the smallest leaf is the last node. Node i is the hash of its
children 2i + 1 and 2i + 2, the smaller one first; node 0 is the root.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64
from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import InputError
from indexer.words.quantities import ZERO_HASH
from settlement.rules.columns.conversions import Addresses, Words
from settlement.rules.columns.hash_order import hash_order
from settlement.rules.columns.ordering import SMALL_ROWS, address_order, equal_to_previous, is_ascending, row_bytes

LEAF_TYPES = ("address", "address", "uint256")


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree of k leaves: nodes (2k - 1, 32), and position (k,): the node of the leaf of each input row."""

    nodes: Words
    position: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.position)

    @property
    def root(self) -> bytes:
        """Return the root, 32 zero bytes without leaves."""
        return self.nodes[0].tobytes() if len(self.nodes) else bytes(ZERO_HASH)

    @property
    def leaf_nodes(self) -> Words:
        """Return the leaves, (k, 32), descending."""
        return self.nodes[max(len(self) - 1, 0) :]

    def proof(self, row: int) -> list[bytes]:
        """Return the siblings from the leaf of an input row up to the root; IndexError for an unknown row."""
        return [self.nodes[node].tobytes() for node in proof_nodes(int(self.position[row]))]


@dataclass(frozen=True, slots=True)
class Proofs:
    """Proofs of many rows: the siblings of row i are `siblings[starts[i]:starts[i + 1]]`, (m, 32) and (n + 1,)."""

    siblings: Words
    starts: NDArray[np.int64]


def build_tree(accounts: Addresses, tokens: Addresses, cumulative: Words) -> Tree:
    """Return the tree of rows in any order: (n, 20), (n, 20), (n, 32); InputError on a duplicate (account, token)."""
    refuse_duplicates(accounts, tokens)
    hashes = leaf_hashes(accounts, tokens, cumulative)
    descending = np.ascontiguousarray(hash_order(hashes)[::-1])
    nodes = tree_nodes(hashes, descending)
    position = np.empty(len(hashes), dtype=np.int64)
    position[descending] = np.arange(len(hashes) - 1, len(nodes))
    return Tree(nodes, position)


def leaf_hashes(accounts: Addresses, tokens: Addresses, cumulative: Words) -> Words:
    """Return the leaf of every row, (n, 32)."""
    if len(accounts) <= SMALL_ROWS:
        columns = zip(row_bytes(accounts), row_bytes(tokens), row_bytes(cumulative), strict=True)
        hashes = [leaf_hash(account, token, int.from_bytes(total, "big")) for account, token, total in columns]
        return np.frombuffer(b"".join(hashes), dtype=np.uint8).reshape(-1, 32).copy()
    from indexer.rules.consensus.keccak_eight_kernel import aligned_state
    from settlement.rules.entitlements import keccak_lanes

    out = np.empty((len(accounts), 4), dtype=np.uint64)
    keccak_lanes.hash_leaves(
        np.ascontiguousarray(accounts).view(np.uint32),
        np.ascontiguousarray(tokens).view(np.uint32),
        np.ascontiguousarray(cumulative).view(np.uint64),
        out,
        aligned_state(),
    )
    return out.view(np.uint8)


def leaf_hash(account: bytes, token: bytes, cumulative: int) -> bytes:
    """Return the leaf of one row."""
    encoded = account.rjust(32, b"\0") + token.rjust(32, b"\0") + cumulative.to_bytes(32, "big")
    return keccak256(keccak256(encoded))


def tree_nodes(leaves: Words, descending: I64) -> Words:
    """Return the nodes over leaves (k, 32) whose descending order is given; none for none."""
    count = len(leaves)
    if count == 0:
        return np.zeros((0, 32), dtype=np.uint8)
    nodes = np.empty((2 * count - 1, 32), dtype=np.uint8)
    np.take(
        leaves.view(np.uint64), descending, axis=0, out=nodes[count - 1 :].view(np.uint64), mode="clip"
    )  # unbuffered
    hash_parents(nodes, count)
    return nodes


def hash_parents(nodes: Words, leaves: int) -> None:
    """Fill the nodes (2k - 1, 32) above the last k ones, the leaves, in place."""
    if leaves <= SMALL_ROWS:
        _hash_few_parents(nodes, leaves)
        return
    from indexer.rules.consensus.keccak_eight_kernel import aligned_state
    from settlement.rules.entitlements import keccak_lanes

    keccak_lanes.hash_parents(nodes.view(np.uint64), leaves, aligned_state())


def hash_pair(one: bytes, other: bytes) -> bytes:
    """Return the parent of two nodes, whichever stands first."""
    return keccak256(min(one, other) + max(one, other))


def proof_nodes(position: int) -> list[int]:
    """Return the nodes of the siblings from a node up to the root."""
    path = []
    while position > 0:
        path.append(position + 1 if position % 2 else position - 1)
        position = (position - 1) // 2
    return path


def prove_rows(tree: Tree, rows: NDArray[np.int64]) -> Proofs:
    """Return the proofs of many input rows at once, without an object per node."""
    from settlement.rules.entitlements import proof_kernel

    positions = np.ascontiguousarray(tree.position[rows], dtype=np.int64)
    starts = np.empty(len(positions) + 1, dtype=np.int64)
    proof_kernel.count_siblings(positions, starts)
    siblings = np.empty((int(starts[-1]), 4), dtype=np.uint64)
    proof_kernel.copy_siblings(np.ascontiguousarray(tree.nodes).view(np.uint64), positions, starts, siblings)
    return Proofs(siblings.view(np.uint8).reshape(-1, 32), starts)


def is_proven(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Return whether the proof leads from the leaf to the root."""
    node = leaf
    for sibling in proof:
        node = hash_pair(node, sibling)
    return node == root


def openzeppelin_dump(tree: Tree, accounts: Addresses, tokens: Addresses, cumulative: Words) -> dict[str, object]:
    """Return what `StandardMerkleTree.load` of @openzeppelin/merkle-tree reads: the rows that the tree was built of."""
    columns = (accounts, tokens, cumulative, tree.position.tolist())
    return {
        "format": "standard-v1",
        "leafEncoding": list(LEAF_TYPES),
        "tree": ["0x" + node.tobytes().hex() for node in tree.nodes],
        "values": [
            {
                "value": [
                    "0x" + account.tobytes().hex(),
                    "0x" + token.tobytes().hex(),
                    str(int.from_bytes(amount.tobytes(), "big")),
                ],
                "treeIndex": position,
            }
            for account, token, amount, position in zip(*columns, strict=True)
        ],
    }


def refuse_duplicates(accounts: Addresses, tokens: Addresses) -> None:
    """Raise InputError if two rows have one (account, token)."""
    if is_ascending(accounts, tokens):
        return
    order = address_order(accounts, tokens)
    same = equal_to_previous(accounts[order], tokens[order])
    if same.any():
        row = int(order[int(same.argmax())])
        got = f"account 0x{accounts[row].tobytes().hex()}, token 0x{tokens[row].tobytes().hex()} twice"
        raise InputError("a duplicate leaf", expected="one row per (account, token)", got=got, where=f"row {row + 1}")


def _hash_few_parents(nodes: Words, leaves: int) -> None:
    for node in range(leaves - 2, -1, -1):
        parent = hash_pair(nodes[2 * node + 1].tobytes(), nodes[2 * node + 2].tobytes())
        nodes[node] = np.frombuffer(parent, dtype=np.uint8)
