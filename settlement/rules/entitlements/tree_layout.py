"""How a tree and its leaves lie in a file, so that one proof is a few reads of a memory map.

A header of 128 bytes, then the sections, each on a boundary of 64 bytes, integers little-endian:
accounts (n, 20) | tokens (n, 20) | cumulative (n, 2) u64, low limb first | position (n,) i64 | nodes (2n - 1, 32).
Leaves ascend by (account, token); position is the node of a leaf. The header names the root, and the sha256 of the
positions and leaf hashes: what the next epoch's tree takes over unseen (settlement.rules.entitlements.tree_growth).
"""

import hashlib
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address
from settlement.rules.columns.conversions import amount_at
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.merkle import Tree, is_proven, leaf_hash, proof_nodes

MAGIC = b"POZKTREE"
VERSION = 2
HEADER = struct.Struct("<8sIIQ32s32s40x")
BOUNDARY = 64


@dataclass(frozen=True, slots=True)
class Section:
    """One column of the file: first byte, dtype, rows and width."""

    start: int
    dtype: str
    shape: tuple[int, ...]

    @property
    def stop(self) -> int:
        """Return the byte after the last."""
        return self.start + np.dtype(self.dtype).itemsize * int(np.prod(self.shape))


@dataclass(frozen=True, slots=True)
class TreeLayout:
    """Where the columns of a file with `count` leaves are."""

    count: int
    root: bytes
    digest: bytes

    def sections(self) -> tuple[Section, ...]:
        """Return accounts, tokens, cumulative, position, nodes."""
        count, start, found = self.count, HEADER.size, []
        nodes = max(2 * count - 1, 0)
        for dtype, shape in (
            ("u1", (count, 20)),
            ("u1", (count, 20)),
            ("<u8", (count, 2)),
            ("<i8", (count,)),
            ("u1", (nodes, 32)),
        ):
            found.append(Section(start, dtype, shape))
            start = -(-found[-1].stop // BOUNDARY) * BOUNDARY
        return tuple(found)

    def header(self) -> bytes:
        """Return the first bytes of the file."""
        return HEADER.pack(MAGIC, VERSION, 0, self.count, self.root, self.digest)


@dataclass(frozen=True, slots=True)
class TreeColumns:
    """Leaves and their tree: the columns of a file, in memory or mapped."""

    leaves: Leaves
    tree: Tree


@dataclass(frozen=True, slots=True)
class LeafProof:
    """What a claim needs: the entitlement in wei and the siblings up to the root."""

    account: Address
    token: Address
    cumulative: int
    siblings: tuple[bytes, ...]


def parse_header(data: bytes, file_size: int, where: str) -> TreeLayout:
    """Return the layout a header names; UnsoundError if it is no tree or the file is cut short."""
    if len(data) < HEADER.size:
        raise UnsoundError(
            "a stored tree is cut short", expected=f"{HEADER.size} bytes", got=str(len(data)), where=where
        )
    magic, version, _, count, root, digest = HEADER.unpack(data[: HEADER.size])
    if magic != MAGIC or version != VERSION:
        got = f"{magic!r} version {version}"
        raise UnsoundError("not a stored tree", expected=f"{MAGIC!r} version {VERSION}", got=got, where=where)
    layout = TreeLayout(count, root, digest)
    if layout.sections()[-1].stop != file_size:
        expected, got = str(layout.sections()[-1].stop), str(file_size)
        raise UnsoundError("a stored tree has the wrong size", expected=f"{expected} bytes", got=got, where=where)
    return layout


def digest_tree(tree: Tree) -> bytes:
    """Return the sha256 of the positions and the leaf hashes."""
    digest = hashlib.sha256(np.ascontiguousarray(tree.position).data)
    digest.update(np.ascontiguousarray(tree.leaf_nodes).data)
    return digest.digest()


def rows_of_account(leaves: Leaves, account: bytes) -> range:
    """Return the rows of an account in leaves sorted by (account, token); about 2 log2(n) reads."""
    return range(_first_row(leaves, account, after=False), _first_row(leaves, account, after=True))


def prove_leaf(columns: TreeColumns, row: int, root: bytes) -> LeafProof:
    """Return the proof of a row, verified against the root first; UnsoundError if it does not lead there."""
    account, token = columns.leaves.account[row].tobytes(), columns.leaves.token[row].tobytes()
    total = amount_at(columns.leaves.cumulative, row)
    siblings = tuple(columns.tree.nodes[node].tobytes() for node in proof_nodes(int(columns.tree.position[row])))
    if not is_proven(root, leaf_hash(account, token, total), siblings):
        where = f"account 0x{account.hex()}, token 0x{token.hex()}"
        raise UnsoundError("a stored proof does not lead to its root", expected=f"0x{root.hex()}", where=where)
    return LeafProof(Address(account), Address(token), total, siblings)


def prove_account(columns: TreeColumns, account: bytes, root: bytes) -> list[LeafProof]:
    """Return the proof of every token of an account, by token; empty for an unknown account."""
    return [prove_leaf(columns, row, root) for row in rows_of_account(columns.leaves, account)]


def leaves_of_byte(leaves: Leaves, first: int) -> Leaves:
    """Return the leaves of the accounts that begin with a byte, out of leaves sorted by (account, token)."""
    start, stop = (
        len(leaves) if byte > 255 else _first_row(leaves, bytes([byte]).ljust(20, b"\0"), after=False)
        for byte in (first, first + 1)
    )
    return Leaves(leaves.account[start:stop], leaves.token[start:stop], leaves.cumulative[start:stop])


def _first_row(leaves: Leaves, account: bytes, *, after: bool) -> int:
    column: NDArray[np.uint8] = leaves.account
    low, high = 0, len(column)
    while low < high:
        middle = (low + high) // 2
        at = column[middle].tobytes()
        if at < account or (after and at == account):
            low = middle + 1
        else:
            high = middle
    return low
