"""The compiled trie root of a list of byte strings, for many lists at a time."""

from typing import NamedTuple

import numpy as np

from indexer.rules.columns.arrays import I64, U8, U64
from indexer.rules.consensus.keccak_eight_kernel import WORTH_EIGHT, aligned_state, hash_eight
from indexer.rules.consensus.keccak_kernel import hash_at
from indexer.rules.consensus.rlp_kernel import prefix_size, put_bytes, put_prefix
from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import copy_bytes, load8

_MOST_NIBBLES = 8  # of a key rlp(i): one prefix byte and at most three of the index
_REFERENCE = 33  # bytes at most of how a parent holds a node: a hash with its prefix
_LIST_PREFIX = 3  # bytes at most before the payload of a branch
_BRANCH = _LIST_PREFIX + 16 * _REFERENCE + 1  # bytes at most of a branch: 16 references and the empty value
_LEAF_EXTRA = 32  # bytes at most of a leaf beside its value: two prefixes of 9, and a path of 1 + 5

States = tuple[U64, U64]


class Keys(NamedTuple):
    """The keys rlp(i) of a list in ascending order: nibbles (n, 8), their number, and the index that each is of."""

    nibbles: U8
    lengths: I64
    order: I64


class ListValues(NamedTuple):
    """Values of many lists in one buffer; value i of this list lies at offsets[first + i] .. offsets[first + i + 1]."""

    buffer: U8
    offsets: I64
    first: int


class Items(NamedTuple):
    """Finished leaves and branches, each by the rank of its first key, the depth it is finished at, and its reference.

    The reference is how a parent holds it: `size` of the `_REFERENCE` bytes that are an item's own in `held`.
    """

    head: I64
    depth: I64
    size: I64
    held: U8


@njit(cache=True, nogil=True)
def _write_keys(count: int, nibbles: U8, lengths: I64, order: I64) -> None:
    """Write the nibbles of rlp(i) in ascending order of the keys: 1..127, then 0, then 128 and up."""
    for rank in range(count):
        index = rank
        if rank < 127 and rank + 1 < count:
            index = rank + 1
        elif rank == 127 or (rank == count - 1 and count <= 128):
            index = 0
        order[rank] = index
        size = 0
        rest = index
        while rest > 0:
            size += 1
            rest >>= 8
        width = 0
        if index == 0 or index >= 128:
            nibbles[rank, 0] = 8
            nibbles[rank, 1] = size
            width = 2
        for byte in range(size):
            value = (index >> (8 * (size - 1 - byte))) & 0xFF
            nibbles[rank, width] = value >> 4
            nibbles[rank, width + 1] = value & 15
            width += 2
        lengths[rank] = width


@njit(cache=True, nogil=True)
def _put_path(out: U8, at: int, nibbles: U8, rank: int, first: int, stop: int, flag: int) -> int:
    """Write the string of a hex-prefixed path; return the position behind it."""
    count = stop - first
    size = count // 2 + 1
    odd = count % 2
    lead = (flag + odd) << 4
    if odd:
        lead |= nibbles[rank, first]
        first += 1
    if size > 1:
        out[at] = 0x80 + size
        at += 1
    out[at] = lead  # below 0x80: a single byte is its own encoding
    at += 1
    while first < stop:
        out[at] = (nibbles[rank, first] << 4) | nibbles[rank, first + 1]
        at += 1
        first += 2
    return at


@njit(cache=True, nogil=True)
def _put_reference(out: U8, at: int, node: int, size: int, state: U64) -> int:
    """Write how a parent holds the node of `size` bytes at an address: itself if shorter than a hash, else its hash."""
    if size < 32:
        return put_bytes(out, at, node, size)
    out[at] = 0xA0
    hash_at(node, size, state, int64(out.ctypes.data) + at + 1)
    return at + 33


@njit(cache=True, nogil=True)
def _make_leaf(scratch: U8, nibbles: U8, rank: int, depth: int, stop: int, value: int, size: int) -> int:
    """Write the RLP of the leaf with the path from `depth` to `stop` and the value at an address; return its size."""
    whole = size == 1 and load8(value) < 0x80
    path = (stop - depth) // 2 + 1
    body = path + (1 if path > 1 else 0) + size + (0 if whole else prefix_size(size))
    at = put_prefix(scratch, 0, body, 0xC0)
    at = _put_path(scratch, at, nibbles, rank, depth, stop, 2)
    if not whole:
        at = put_prefix(scratch, at, size, 0x80)
    return put_bytes(scratch, at, value, size)


@njit(cache=True, nogil=True)
def _make_extension(scratch: U8, nibbles: U8, rank: int, depth: int, stop: int, reference: int, size: int) -> int:
    """Write the RLP of the extension from `depth` to the branch at `stop`, held as at an address; return its size."""
    path = (stop - depth) // 2 + 1
    at = put_prefix(scratch, 0, path + (1 if path > 1 else 0) + size, 0xC0)
    return put_bytes(scratch, _put_path(scratch, at, nibbles, rank, depth, stop, 0), reference, size)


@njit(cache=True, nogil=True)
def _shared_nibbles(nibbles: U8, count: int, shared: I64) -> None:
    """Write how many leading nibbles each key has in common with the one before it."""
    shared[0] = -1
    for rank in range(1, count):
        depth = 0
        while nibbles[rank - 1, depth] == nibbles[rank, depth]:
            depth += 1
        shared[rank] = depth


@njit(cache=True, nogil=True)
def _hash_leaves(keys: Keys, shared: I64, items: Items, values: ListValues, scratch: U8, states: States) -> None:
    """Make every key's leaf an item that is finished at its depth, below the branch that parts it from its neighbours.

    The leaves are hashed eight at a time, where there are many.
    """
    texts, sizes, outs = np.empty(8, np.int64), np.empty(8, np.int64), np.empty(8, np.int64)
    room = len(scratch) // 8
    count, waiting = len(keys.order), 0
    for rank in range(count):
        depth = shared[rank] + 1
        if rank + 1 < count:
            depth = max(depth, shared[rank + 1] + 1)
        place, slot = values.first + keys.order[rank], _REFERENCE * rank
        low, size = values.offsets[place], values.offsets[place + 1] - values.offsets[place]
        node = scratch[room * waiting : room * (waiting + 1)]
        value = int64(values.buffer.ctypes.data) + low
        made = _make_leaf(node, keys.nibbles, rank, depth, keys.lengths[rank], value, size)
        items.depth[rank] = depth
        if made < 32:
            items.size[rank] = put_bytes(items.held, slot, int64(node.ctypes.data), made) - slot
        else:
            items.held[slot], items.size[rank] = 0xA0, _REFERENCE
            texts[waiting], sizes[waiting] = int64(node.ctypes.data), made
            outs[waiting] = int64(items.held.ctypes.data) + slot + 1
            waiting += 1
        if waiting == 8 or rank + 1 == count:
            _hash_waiting(texts, sizes, outs, waiting, states)
            waiting = 0


@njit(cache=True, nogil=True)
def _hash_waiting(texts: I64, sizes: I64, outs: I64, count: int, states: States) -> None:
    """Hash up to eight messages, together where that is worth it."""
    state, eight = states
    if count >= WORTH_EIGHT:
        hash_eight(texts, sizes, outs, count, eight)
        return
    for index in range(count):
        hash_at(texts[index], sizes[index], state, outs[index])


@njit(cache=True, nogil=True)
def _put_item(out: U8, at: int, item: int, depth: int, nibbles: U8, items: Items, scratch: U8, state: U64) -> int:
    """Write how a parent at `depth - 1` holds one item; return the position behind it."""
    reference, size = int64(items.held.ctypes.data) + _REFERENCE * item, items.size[item]
    if items.depth[item] == depth:
        return put_bytes(out, at, reference, size)
    made = _make_extension(scratch, nibbles, items.head[item], depth, items.depth[item], reference, size)
    return _put_reference(out, at, int64(scratch.ctypes.data), made, state)


@njit(cache=True, nogil=True)
def _join(
    start: int, stop: int, into: int, depth: int, nibbles: U8, items: Items, scratch: U8, payload: U8, state: U64
) -> None:
    """Make the items start..stop-1 one branch at `depth`, and put it at position `into`."""
    at = _LIST_PREFIX
    item = start
    for nibble in range(16):
        if item == stop or nibbles[items.head[item], depth] != nibble:
            payload[at] = 0x80
            at += 1
        else:
            at = _put_item(payload, at, item, depth + 1, nibbles, items, scratch, state)
            item += 1
    payload[at] = 0x80  # no key is a prefix of another: a branch has no value
    body = at + 1 - _LIST_PREFIX
    lead = _LIST_PREFIX - prefix_size(body)
    put_prefix(payload, lead, body, 0xC0)
    items.head[into], items.depth[into] = items.head[start], depth
    node, slot = int64(payload.ctypes.data) + lead, _REFERENCE * into
    items.size[into] = _put_reference(items.held, slot, node, body + _LIST_PREFIX - lead, state) - slot


@njit(cache=True, nogil=True)
def _list_root(values: ListValues, count: int, scratch: U8, states: States, root: int) -> None:
    """Write the root of one list, merging neighbours from the deepest branch up to depth 0."""
    nibbles = np.zeros((count, _MOST_NIBBLES), dtype=np.uint8)
    lengths, order, shared = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    _write_keys(count, nibbles, lengths, order)
    _shared_nibbles(nibbles, count, shared)
    depths, sizes = np.zeros(count, np.int64), np.zeros(count, np.int64)
    items = Items(np.arange(count), depths, sizes, np.zeros(_REFERENCE * count, dtype=np.uint8))
    head, state = items.head, states[0]
    _hash_leaves(Keys(nibbles, lengths, order), shared, items, values, scratch, states)
    payload = np.empty(_BRANCH, dtype=np.uint8)
    held = int64(items.held.ctypes.data)
    left = count
    for depth in range(_MOST_NIBBLES - 1, -1, -1):
        start, kept = 0, 0
        while start < left:
            stop = start + 1
            while stop < left and shared[head[stop]] == depth:
                stop += 1
            if stop - start > 1:
                _join(start, stop, kept, depth, nibbles, items, scratch, payload, state)
            else:
                head[kept], depths[kept], sizes[kept] = head[start], depths[start], sizes[start]
                copy_bytes(held + _REFERENCE * kept, held + _REFERENCE * start, _REFERENCE)
            kept += 1
            start = stop
        left = kept
    made = _put_item(payload, 0, 0, 0, nibbles, items, scratch, state)
    if made == _REFERENCE:
        copy_bytes(root, int64(payload.ctypes.data) + 1, 32)
    else:
        hash_at(int64(payload.ctypes.data), made, state, root)


@njit(cache=True, nogil=True)
def list_roots(values: U8, offsets: I64, bounds: I64, roots: U8) -> None:
    """Write to `roots[b]` the root of the list of values bounds[b] to bounds[b+1], each a slice by `offsets`."""
    states = (np.empty(25, dtype=np.uint64), aligned_state())
    longest = 0
    for index in range(len(offsets) - 1):
        longest = max(longest, offsets[index + 1] - offsets[index])
    scratch = np.empty(8 * (longest + _LEAF_EXTRA), dtype=np.uint8)  # eight leaves
    scratch[0] = 0x80
    for block in range(len(bounds) - 1):
        count, root = bounds[block + 1] - bounds[block], int64(roots.ctypes.data) + 32 * block
        if count == 0:
            scratch[0] = 0x80  # the root of nothing is the hash of the empty string
            hash_at(int64(scratch.ctypes.data), 1, states[0], root)
        else:
            _list_root(ListValues(values, offsets, bounds[block]), count, scratch, states, root)
