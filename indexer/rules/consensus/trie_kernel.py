"""The compiled trie root of a list of byte strings, for many lists at a time."""

import numpy as np

from indexer.rules.consensus.keccak_eight_kernel import WORTH_EIGHT, aligned_state, hash_eight
from indexer.rules.consensus.keccak_kernel import hash_at
from indexer.rules.consensus.rlp_kernel import prefix_size, put_bytes, put_prefix
from indexer.rules.kernels.compiled import njit
from indexer.rules.kernels.hex_kernel import copy_bytes, load8

_MOST_NIBBLES = 8  # of a key rlp(i): one prefix byte and at most three of the index


@njit(cache=True, nogil=True)
def _write_keys(count, nibbles, lengths, order):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
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
def _put_path(out, at, nibbles, rank, first, stop, flag):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
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
def _put_reference(out, at, node, size, state):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write how a parent holds the node of `size` bytes at an address: itself if shorter than a hash, else its hash."""
    if size < 32:
        return put_bytes(out, at, node, size)
    out[at] = 0xA0
    hash_at(node, size, state, np.int64(out.ctypes.data) + at + 1)
    return at + 33


@njit(cache=True, nogil=True)
def _make_leaf(scratch, nibbles, rank, depth, stop, value, size):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
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
def _make_extension(scratch, nibbles, rank, depth, stop, reference, size):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the RLP of the extension from `depth` to the branch at `stop`, held as at an address; return its size."""
    path = (stop - depth) // 2 + 1
    at = put_prefix(scratch, 0, path + (1 if path > 1 else 0) + size, 0xC0)
    return put_bytes(scratch, _put_path(scratch, at, nibbles, rank, depth, stop, 0), reference, size)


@njit(cache=True, nogil=True)
def _shared_nibbles(nibbles, count, shared):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write how many leading nibbles each key has in common with the one before it."""
    shared[0] = -1
    for rank in range(1, count):
        depth = 0
        while nibbles[rank - 1, depth] == nibbles[rank, depth]:
            depth += 1
        shared[rank] = depth


@njit(cache=True, nogil=True)
def _hash_leaves(tree, shared, items, text, scratch, states):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Make every key's leaf an item that is finished at its depth, below the branch that parts it from its neighbours.

    The leaves are hashed eight at a time, where there are many.
    """
    nibbles, lengths, order = tree
    _, branch, size, held = items
    values, offsets, first = text
    texts, sizes, outs = np.empty(8, np.int64), np.empty(8, np.int64), np.empty(8, np.int64)
    room = len(scratch) // 8
    count, waiting = len(order), 0
    for rank in range(count):
        depth = shared[rank] + 1
        if rank + 1 < count:
            depth = max(depth, shared[rank + 1] + 1)
        low, high = offsets[first + order[rank]], offsets[first + order[rank] + 1]
        node = scratch[room * waiting : room * (waiting + 1)]
        made = _make_leaf(node, nibbles, rank, depth, lengths[rank], np.int64(values.ctypes.data) + low, high - low)
        branch[rank] = depth
        if made < 32:
            size[rank] = put_bytes(held, 33 * rank, np.int64(node.ctypes.data), made) - 33 * rank
        else:
            held[33 * rank], size[rank] = 0xA0, 33
            texts[waiting], sizes[waiting] = np.int64(node.ctypes.data), made
            outs[waiting] = np.int64(held.ctypes.data) + 33 * rank + 1
            waiting += 1
        if waiting == 8 or rank + 1 == count:
            _hash_waiting(texts, sizes, outs, waiting, states)
            waiting = 0


@njit(cache=True, nogil=True)
def _hash_waiting(texts, sizes, outs, count, states):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Hash up to eight messages, together where that is worth it."""
    state, eight = states
    if count >= WORTH_EIGHT:
        hash_eight(texts, sizes, outs, count, eight)
        return
    for index in range(count):
        hash_at(texts[index], sizes[index], state, outs[index])


@njit(cache=True, nogil=True)
def _put_item(out, at, item, depth, nibbles, items, scratch, state):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write how a parent at `depth - 1` holds one item; return the position behind it."""
    head, branch, size, held = items
    reference = np.int64(held.ctypes.data) + 33 * item
    if branch[item] == depth:
        return put_bytes(out, at, reference, size[item])
    made = _make_extension(scratch, nibbles, head[item], depth, branch[item], reference, size[item])
    return _put_reference(out, at, np.int64(scratch.ctypes.data), made, state)


@njit(cache=True, nogil=True)
def _join(start, stop, into, depth, nibbles, items, scratch, payload, state):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Make the items start..stop-1 one branch at `depth`, and put it at position `into`."""
    head = items[0]
    at = 3
    item = start
    for nibble in range(16):
        if item == stop or nibbles[head[item], depth] != nibble:
            payload[at] = 0x80
            at += 1
        else:
            at = _put_item(payload, at, item, depth + 1, nibbles, items, scratch, state)
            item += 1
    payload[at] = 0x80  # no key is a prefix of another: a branch has no value
    body = at + 1 - 3
    lead = 3 - prefix_size(body)
    put_prefix(payload, lead, body, 0xC0)
    head[into], items[1][into] = head[start], depth
    node = np.int64(payload.ctypes.data) + lead
    items[2][into] = _put_reference(items[3], 33 * into, node, body + 3 - lead, state) - 33 * into


@njit(cache=True, nogil=True)
def _list_root(text, count, scratch, states, root):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the root of one list, merging neighbours from the deepest branch up to depth 0.

    An item is a finished leaf or branch: its first key, its depth, and how a parent would hold it (33 bytes at most)
    with the size of that.
    """
    nibbles = np.zeros((count, _MOST_NIBBLES), dtype=np.uint8)
    lengths, order, shared = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
    _write_keys(count, nibbles, lengths, order)
    _shared_nibbles(nibbles, count, shared)
    head, branch, size = np.arange(count), np.zeros(count, np.int64), np.zeros(count, np.int64)
    held = np.zeros(33 * count, dtype=np.uint8)
    items, state = (head, branch, size, held), states[0]
    _hash_leaves((nibbles, lengths, order), shared, items, text, scratch, states)
    payload = np.empty(16 * 33 + 8, dtype=np.uint8)
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
                head[kept], branch[kept], size[kept] = head[start], branch[start], size[start]
                copy_bytes(np.int64(held.ctypes.data) + 33 * kept, np.int64(held.ctypes.data) + 33 * start, 33)
            kept += 1
            start = stop
        left = kept
    made = _put_item(payload, 0, 0, 0, nibbles, items, scratch, state)
    if made == 33:
        copy_bytes(root, np.int64(payload.ctypes.data) + 1, 32)
    else:
        hash_at(np.int64(payload.ctypes.data), made, state, root)


@njit(cache=True, nogil=True)
def list_roots(values, offsets, bounds, roots):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Write to `roots[b]` the root of the list of values bounds[b] to bounds[b+1], each a slice by `offsets`."""
    states = (np.empty(25, dtype=np.uint64), aligned_state())
    longest = 0
    for index in range(len(offsets) - 1):
        longest = max(longest, offsets[index + 1] - offsets[index])
    scratch = np.empty(8 * (longest + 64), dtype=np.uint8)  # eight leaves
    scratch[0] = 0x80
    for block in range(len(bounds) - 1):
        count, root = bounds[block + 1] - bounds[block], np.int64(roots.ctypes.data) + 32 * block
        if count == 0:
            scratch[0] = 0x80  # the root of nothing is the hash of the empty string
            hash_at(np.int64(scratch.ctypes.data), 1, states[0], root)
        else:
            _list_root((values, offsets, bounds[block]), count, scratch, states, root)
