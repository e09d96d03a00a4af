"""The Merkle-Patricia trie root of a list, keyed by the RLP of each position."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.rules.consensus.keccak import keccak256
from indexer.rules.consensus.rlp import encode_bytes, encode_list, encode_uint

EMPTY_ROOT = keccak256(encode_bytes(b""))
_Item = tuple[tuple[int, ...], bytes]  # nibbles of the key, value


def list_root(values: Sequence[bytes]) -> bytes:
    """Return the 32-byte root of the trie that maps rlp(i) to values[i]; none of the values is empty."""
    if not values:
        return EMPTY_ROOT
    items = sorted((_nibbles(encode_uint(index)), value) for index, value in enumerate(values))
    return keccak256(_node(items, 0))


def _node(items: Sequence[_Item], depth: int) -> bytes:
    """Return the RLP of the node of `items`, ascending keys that agree in their first `depth` nibbles."""
    first, value = items[0]
    if len(items) == 1:
        return encode_list([encode_bytes(_compact(first[depth:], leaf=True)), encode_bytes(value)])
    last = items[-1][0]
    shared = depth
    while first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        child = _reference(_node(items, shared))
        return encode_list([encode_bytes(_compact(first[depth:shared], leaf=False)), child])
    slots = [[item for item in items if item[0][depth] == nibble] for nibble in range(16)]
    children = [_reference(_node(slot, depth + 1)) if slot else encode_bytes(b"") for slot in slots]
    return encode_list([*children, encode_bytes(b"")])  # no key is a prefix of another: a branch has no value


def _reference(node: bytes) -> bytes:
    """Return how a parent holds a node: itself if shorter than a hash, else its hash."""
    return node if len(node) < 32 else encode_bytes(keccak256(node))


def _nibbles(key: bytes) -> tuple[int, ...]:
    return tuple(nibble for byte in key for nibble in (byte >> 4, byte & 15))


def _compact(path: Sequence[int], *, leaf: bool) -> bytes:
    """Return nibbles as bytes, the first holding the kind of node and whether their number is odd."""
    flag = 2 if leaf else 0
    padded = [flag + 1, *path] if len(path) % 2 else [flag, 0, *path]
    return bytes(high << 4 | low for high, low in zip(padded[::2], padded[1::2], strict=True))
