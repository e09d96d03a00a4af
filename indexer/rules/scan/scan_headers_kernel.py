"""Compiled scan of a batch of headers: fields into column buffers, and the RLP that the block hash is the hash of."""

import numpy as np

from indexer.rules.columns.arrays import I64, U8, U64
from indexer.rules.consensus.header_forms import FIELDS
from indexer.rules.consensus.rlp_kernel import number_size, prefix_size, put_bytes, put_number, put_prefix
from indexer.rules.kernels.compiled import int64, njit
from indexer.rules.kernels.hex_kernel import copy_bytes, load8, load64, store64
from indexer.rules.kernels.memory import AHEAD
from indexer.rules.scan.field_names import field, is_named
from indexer.rules.scan.json_kernel import (
    CLOSE_LIST,
    CLOSE_OBJECT,
    FAIL,
    NO_ID,
    OPEN_LIST,
    OPEN_OBJECT,
    QUOTE,
    RESULT,
    after_item,
    after_name,
    is_null,
    is_result,
    read_bytes,
    read_id,
    read_number,
    skip_member,
    skip_name,
    skip_space,
    skip_string,
    skip_value,
)

_NAMES = (*(name for name, _ in FIELDS), "hash")
COUNT, HASH, NEEDED = len(_NAMES), len(_NAMES) - 1, 15
"""How many fields are known, which one is the hash, and how many of the first every fork has."""
PARENT, RECEIPTS_ROOT, BLOOM, NUMBER, TIMESTAMP = (
    _NAMES.index(name) for name in ("parentHash", "receiptsRoot", "logsBloom", "number", "timestamp")
)
_MOST_BYTES = 288
SLOT = _MOST_BYTES + AHEAD
"""Bytes of scratch for each field: a bloom or extraData, and what is written ahead."""
_SIZES = np.array(
    [
        {"miner": 20, "logsBloom": 256, "extraData": 0, "nonce": 8}.get(name, -1 if is_number else 32)
        for name, is_number in (*FIELDS, ("hash", False))
    ]
)
"""The size of each field in bytes; 0 for any, -1 for a number."""
Columns = tuple[U64, U8, U8, U64, U8, U8]


_WORDS = np.array([(f.mask, f.begin, f.middle, f.end) for f in map(field, _NAMES)])
_PLACES = np.array([(f.middle_at, f.end_at) for f in map(field, _NAMES)])
_OTHER_FORM = field("extDataHash")
"""A member that only another form of header has: such a header is read by type."""


@njit(cache=True, nogil=True)
def _is_field(at: int, place: int) -> bool:
    """Whether the name of the field at `place` stands there, as `is_named` tells of one that is known beforehand."""
    mask = _WORDS[place, 0]
    if load64(at) & mask != _WORDS[place, 1] or load64(at + _PLACES[place, 0]) & mask != _WORDS[place, 2]:
        return False
    return bool(load64(at + _PLACES[place, 1]) & mask == _WORDS[place, 3])


@njit(cache=True, nogil=True)
def _field_of(at: int, guess: int) -> int:
    """Return the field whose name stands there, `guess` tried first; -1 for another name."""
    if guess >= 0 and _is_field(at, guess):
        return guess
    for place in range(COUNT):
        if _is_field(at, place):
            return place
    return -1


@njit(cache=True, nogil=True)
def _read_value(at: int, place: int, slots: int, sizes: I64) -> int:
    """Read the value of the field at `place` into its slot, a number as one word; return the address behind it."""
    slot = slots + SLOT * place
    if _SIZES[place] < 0:
        at, value = read_number(at)
        store64(slot, value)
        return at
    end = skip_string(at)
    if end == FAIL or end - at - 4 > 2 * _MOST_BYTES:
        return FAIL
    at, stop = read_bytes(at, slot)
    sizes[place] = stop - slot
    return at if _SIZES[place] == 0 or sizes[place] == _SIZES[place] else FAIL


@njit(cache=True, nogil=True)
def _read_header(at: int, slots: int, sizes: I64, order: I64) -> tuple[int, int]:
    """Read one header into the slots; return address and a bit for each field seen.

    `order` remembers which field stood where in the header before.
    """
    seen = 0
    if load8(at) != OPEN_OBJECT:
        return FAIL, seen
    at += 1
    more, place = True, 0
    while more:
        at = skip_space(at)
        found = _field_of(at + 1, order[place]) if load8(at) == QUOTE else -1
        is_other_form = found < 0 and is_named(at + 1, _OTHER_FORM)
        at = skip_name(at)
        if at == FAIL or (found >= 0 and seen >> found & 1):
            return FAIL, seen
        if found < 0 or (NEEDED <= found < HASH and is_null(at)):
            at = skip_value(at) if not is_other_form else FAIL
        else:
            seen |= 1 << found
            at = _read_value(at, found, slots, sizes)
        if at == FAIL:
            return FAIL, seen
        order[place] = found
        place = min(place + 1, len(order) - 1)
        at, more = after_item(at, CLOSE_OBJECT)
        if at == FAIL:
            return FAIL, seen
    return at, seen


@njit(cache=True, nogil=True)
def _fields_present(seen: int) -> int:
    """Return how many fields of the RLP list are there; 0 if one is missing before others, or the hash is."""
    count = 0
    while count < HASH and seen >> count & 1:
        count += 1
    return count if count >= NEEDED and seen == (1 << count) - 1 | 1 << HASH else 0


@njit(cache=True, nogil=True)
def _encode(fields: int, slots: int, sizes: I64, out: U8, at: int) -> int:
    """Write the RLP of a header; return the position behind it."""
    body = 0
    for place in range(fields):
        slot, size = slots + SLOT * place, sizes[place]
        if _SIZES[place] < 0:
            body += number_size(load64(slot))
        else:
            body += size if size == 1 and load8(slot) < 0x80 else prefix_size(size) + size
    at = put_prefix(out, at, body, 0xC0)
    for place in range(fields):
        slot, size = slots + SLOT * place, sizes[place]
        if _SIZES[place] < 0:
            at = put_number(out, at, load64(slot))
        else:
            if size != 1 or load8(slot) >= 0x80:
                at = put_prefix(out, at, size, 0x80)
            at = put_bytes(out, at, slot, size)
    return at


@njit(cache=True, nogil=True)
def _read_answer(at: int, number: int, slots: int, sizes: I64, order: I64) -> tuple[int, int]:
    """Read the answer with the id `number`; return address and the bits of the fields of its header."""
    seen = 0
    if load8(at) != OPEN_OBJECT:
        return FAIL, seen
    at += 1
    more, has_id = True, False
    while more:
        at = skip_space(at)
        if is_result(at):
            at = after_name(at + 1 + RESULT.length) if not seen else FAIL
            if at != FAIL:
                at, seen = _read_header(at, slots, sizes, order)
        else:
            found = read_id(at)
            if found != NO_ID and (has_id or found != number):
                return FAIL, seen
            has_id |= found != NO_ID
            at = skip_member(at)
        if at == FAIL:
            return FAIL, seen
        at, more = after_item(at, CLOSE_OBJECT)
        if at == FAIL:
            return FAIL, seen
    return (at if has_id else FAIL), seen


@njit(cache=True, nogil=True)
def scan_headers(text: int, size: int, count: int, slots: int, columns: Columns, encoded: U8, offsets: I64) -> bool:
    """Read a batch of `count` answers with ids 0, 1, 2 .. in the `size` bytes at `text`; whether all had that shape.

    `slots` is the address of COUNT * SLOT bytes of scratch; `columns` are arrays for number, hash, parent hash,
    timestamp, bloom and receipts root; `encoded` and `offsets` take the RLP of each header.
    """
    numbers, hashes, parents, timestamps, blooms, roots = columns
    sizes, order = np.zeros(COUNT, np.int64), np.full(64, -1)
    at = skip_space(text)
    if load8(at) != OPEN_LIST:
        return False
    at += 1
    offsets[0] = 0
    for row in range(count):
        at, seen = _read_answer(skip_space(at), row, slots, sizes, order)
        fields = _fields_present(seen)
        if at == FAIL or fields == 0:
            return False
        numbers[row], timestamps[row] = load64(slots + SLOT * NUMBER), load64(slots + SLOT * TIMESTAMP)
        copy_bytes(int64(hashes.ctypes.data) + 32 * row, slots + SLOT * HASH, 32)
        copy_bytes(int64(parents.ctypes.data) + 32 * row, slots + SLOT * PARENT, 32)
        copy_bytes(int64(blooms.ctypes.data) + 256 * row, slots + SLOT * BLOOM, 256)
        copy_bytes(int64(roots.ctypes.data) + 32 * row, slots + SLOT * RECEIPTS_ROOT, 32)
        offsets[row + 1] = _encode(fields, slots, sizes, encoded, offsets[row])
        at, more = after_item(at, CLOSE_LIST)
        if at == FAIL or more != (row + 1 < count):
            return False
    return skip_space(at) == text + size
