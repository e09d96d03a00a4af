"""One proof for many leaves of a tree, as `getMultiProof` of @openzeppelin/merkle-tree makes it.

Nodes are taken from the last to the first. A flag says where a node's sibling comes from: true, it is the next node
taken; false, it is the next of the siblings that are sent. Neighbouring leaves share nearly all of their paths.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from settlement.rules.entitlements.merkle import Tree, hash_pair


@dataclass(frozen=True, slots=True)
class SharedProof:
    """A proof of `rows`, which must be sent in this order: siblings of 32 bytes, and one flag for each hash."""

    rows: tuple[int, ...]
    siblings: tuple[bytes, ...]
    flags: tuple[bool, ...]


def share_proof(tree: Tree, rows: Sequence[int]) -> SharedProof:
    """Return one proof of distinct input rows; IndexError for an unknown row."""
    ordered = sorted(rows, key=lambda row: -int(tree.position[row]))
    nodes = deque(int(tree.position[row]) for row in ordered)
    siblings, flags = [], []
    while nodes and nodes[0] > 0:
        node = nodes.popleft()
        sibling = node + 1 if node % 2 else node - 1
        is_known = bool(nodes) and nodes[0] == sibling
        if is_known:
            nodes.popleft()
        else:
            siblings.append(tree.nodes[sibling].tobytes())
        flags.append(is_known)
        nodes.append((node - 1) // 2)
    return SharedProof(tuple(ordered), tuple(siblings), tuple(flags))


def are_proven_together(root: bytes, leaves: Sequence[bytes], proof: SharedProof) -> bool:
    """Return whether the proof leads from the leaves, in its order of rows, to the root."""
    if len(leaves) + len(proof.siblings) != len(proof.flags) + 1:
        return False
    nodes, siblings = deque(leaves), deque(proof.siblings)
    for is_known in proof.flags:
        if len(nodes) < 1 + is_known:
            return False
        node = nodes.popleft()
        nodes.append(hash_pair(node, nodes.popleft() if is_known else siblings.popleft()))
    return [*nodes, *siblings] == [root]
