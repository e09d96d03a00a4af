"""Compiled reading of JSON by address. Every function returns the address behind what it read, or FAIL where the
bytes are not of the shape that nodes give; the caller then takes the slow, forgiving way. Nothing is guessed.

The text ends in at least MARGIN zero bytes, which no value holds: whatever is read, reading stops there.
"""

import numpy as np

from indexer.rules.kernels.compiled import njit
from indexer.rules.kernels.hex_kernel import decode32, decode64, find_string_end, load8, load32, store8
from indexer.rules.scan.field_names import field, is_named

FAIL = -1
NO_ID = -2
QUOTE, COMMA, COLON = 0x22, 0x2C, 0x3A
OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
_ZERO, _NINE = 0x30, 0x39
_MOST_DEPTH = 60
_MOST_DIGITS = 18  # of a decimal number: it fits into 64 bits
_HEX_LEAD = int.from_bytes(b'"0x', "little")
_THREE_BYTES = 0xFFFFFF


RESULT, _ERROR = field("result"), field("error")
_NULL, _TRUE = int.from_bytes(b"null", "little"), int.from_bytes(b"true", "little")
_ID = int.from_bytes(b'id"', "little")
_LOWER_F, _ALSE = 0x66, int.from_bytes(b"alse", "little")


@njit(cache=True, nogil=True)
def skip_space(at: int) -> int:
    """Return the address of the next byte that is no white space."""
    char = load8(at)
    while char == 0x20 or char == 0x0A or char == 0x0D or char == 0x09:
        at += 1
        char = load8(at)
    return at


@njit(cache=True, nogil=True)
def skip_string(at: int) -> int:
    """Skip a string without escapes."""
    if load8(at) != QUOTE:
        return FAIL
    at += 1
    found = find_string_end(at)
    while found == 64:
        at += 64
        found = find_string_end(at)
    at += found
    return at + 1 if load8(at) == QUOTE else FAIL


@njit(cache=True, nogil=True)
def skip_number(at: int) -> int:
    """Skip a whole number without sign, of at most 18 digits: no zero leads others."""
    start = at
    while _ZERO <= load8(at) <= _NINE:
        at += 1
    if at == start or at > start + _MOST_DIGITS or (load8(start) == _ZERO and at > start + 1):
        return FAIL
    return at


@njit(cache=True, nogil=True)
def is_null(at: int) -> bool:
    """Whether `null` stands there."""
    return load32(at) == _NULL


@njit(cache=True, nogil=True)
def is_false(at: int) -> bool:
    """Whether `false` stands there."""
    return load8(at) == _LOWER_F and load32(at + 1) == _ALSE


@njit(cache=True, nogil=True)
def skip_simple(at: int) -> int:
    """Skip a string, a whole number, true, false or null; what ends the word is checked by whoever reads on."""
    char = load8(at)
    if char == QUOTE:
        return skip_string(at)
    word = load32(at)
    if word == _NULL or word == _TRUE:  # noqa: SIM109 - compares as fast as it looks only when written out
        return at + 4
    if is_false(at):
        return at + 5
    return skip_number(at)


@njit(cache=True, nogil=True)
def after_item(at: int, closing: int) -> tuple[int, bool]:
    """Read a comma or the closing bracket; return the address behind it and whether there is another item."""
    at = skip_space(at)
    char = load8(at)
    if char == COMMA:
        return at + 1, True
    return (at + 1 if char == closing else FAIL), False


@njit(cache=True, nogil=True)
def after_name(at: int) -> int:
    """Read the colon behind a name; return the address of the value."""
    at = skip_space(at)
    return skip_space(at + 1) if load8(at) == COLON else FAIL


@njit(cache=True, nogil=True)
def skip_name(at: int) -> int:
    """Skip a name, from its opening quote on; return the address of its value."""
    at = skip_string(at)
    return after_name(at) if at != FAIL else FAIL


@njit(cache=True, nogil=True)
def _open_nested(at: int, kinds: np.uint64, depth: int) -> tuple[int, np.uint64, int]:
    """Skip to the first value inside lists and objects that begin here; return address, kinds and depth."""
    while load8(at) == OPEN_LIST or load8(at) == OPEN_OBJECT:
        is_object = load8(at) == OPEN_OBJECT
        inner = skip_space(at + 1)
        if depth == _MOST_DEPTH or load8(inner) == (CLOSE_OBJECT if is_object else CLOSE_LIST):
            return at, kinds, depth
        kinds = (kinds << np.uint64(1)) | np.uint64(is_object)
        depth += 1
        at = skip_name(inner) if is_object else inner
        if at == FAIL:
            return FAIL, kinds, depth
    return at, kinds, depth


@njit(cache=True, nogil=True)
def _close_nested(at: int, kinds: np.uint64, depth: int) -> tuple[int, np.uint64, int]:
    """Skip brackets that close here up to the next value; return address, kinds and depth, 0 if there is none."""
    while depth > 0:
        is_object = kinds & np.uint64(1) == np.uint64(1)
        at, more = after_item(at, CLOSE_OBJECT if is_object else CLOSE_LIST)
        if at == FAIL:
            return FAIL, kinds, depth
        if more:
            at = skip_space(at)
            return (skip_name(at) if is_object else at), kinds, depth
        kinds >>= np.uint64(1)
        depth -= 1
    return at, kinds, depth


@njit(cache=True, nogil=True)
def skip_value(at: int) -> int:
    """Skip any value that is no number with sign or fraction, nested at most 60 deep."""
    kinds, depth = np.uint64(0), 0  # a bit for each bracket that is open: whether it is an object's
    while True:
        at, kinds, depth = _open_nested(at, kinds, depth)
        if at == FAIL:
            return FAIL
        if load8(at) == OPEN_LIST or load8(at) == OPEN_OBJECT:
            empty = CLOSE_LIST if load8(at) == OPEN_LIST else CLOSE_OBJECT
            at = skip_space(at + 1)
            at = at + 1 if load8(at) == empty else FAIL
        else:
            at = skip_simple(at)
        if at == FAIL:
            return FAIL
        at, kinds, depth = _close_nested(at, kinds, depth)
        if at == FAIL or depth == 0:
            return at


@njit(cache=True, nogil=True)
def skip_field(at: int) -> int:
    """Skip a name, from its opening quote on, and its value."""
    at = skip_name(at)
    return skip_value(at) if at != FAIL else FAIL


@njit(cache=True, nogil=True)
def is_hex(at: int) -> bool:
    """Whether `"0x` stands there."""
    return load32(at) & _THREE_BYTES == _HEX_LEAD


@njit(cache=True, nogil=True)
def read_word(at: int, target: int) -> int:
    """Read `"0x..` of 64 digits into 32 bytes."""
    if is_hex(at) and decode64(at + 3, target) and load8(at + 67) == QUOTE:
        return at + 68
    return FAIL


@njit(cache=True, nogil=True)
def read_address(at: int, target: int) -> int:
    """Read `"0x..` of 40 digits into 20 bytes: two reads of 32 digits that overlap."""
    if is_hex(at) and decode32(at + 3, target) and decode32(at + 11, target + 4) and load8(at + 43) == QUOTE:
        return at + 44
    return FAIL


@njit(cache=True, nogil=True)
def read_bloom(at: int, target: int) -> int:
    """Read `"0x..` of 512 digits into 256 bytes."""
    if not is_hex(at):
        return FAIL
    for part in range(8):
        if not decode64(at + 3 + 64 * part, target + 32 * part):
            return FAIL
    return at + 516 if load8(at + 515) == QUOTE else FAIL


@njit(cache=True, nogil=True)
def digit_value(char: int) -> np.uint64:
    """Return the value of a hex digit, 16 for any other byte."""
    if _ZERO <= char <= _NINE:
        return np.uint64(char - _ZERO)
    letter = char | 0x20
    return np.uint64(letter - 0x57) if 0x61 <= letter <= 0x66 else np.uint64(16)


@njit(cache=True, nogil=True)
def read_number(at: int) -> tuple[int, np.uint64]:
    """Read `"0x..` of 1 to 16 digits; return address and value."""
    value = np.uint64(0)
    if not is_hex(at):
        return FAIL, value
    at += 3
    start = at
    digit = digit_value(load8(at))
    while digit < np.uint64(16):
        value = (value << np.uint64(4)) | digit
        at += 1
        digit = digit_value(load8(at))
    if at == start or at > start + 16 or load8(at) != QUOTE:
        return FAIL, value
    return at + 1, value


@njit(cache=True, nogil=True)
def read_bytes(at: int, target: int) -> tuple[int, int]:
    """Read `"0x..` of any even number of digits to the address `target` on; return address and end of what was written.

    AHEAD bytes are written ahead: the target has as many more than the text can hold.
    """
    if not is_hex(at):
        return FAIL, target
    at += 3
    while decode64(at, target):
        at += 64
        target += 32
    while load8(at) != QUOTE:
        high, low = digit_value(load8(at)), digit_value(load8(at + 1))
        if high > np.uint64(15) or low > np.uint64(15):
            return FAIL, target
        store8(target, np.uint8((high << np.uint64(4)) | low))
        target += 1
        at += 2
    return at + 1, target


@njit(cache=True, nogil=True)
def read_id(at: int) -> int:
    """Return the decimal number of the field at `at` if its name is `id`, NO_ID for another name, -1 for no number."""
    if load8(at) != QUOTE or load32(at + 1) & _THREE_BYTES != _ID:
        return NO_ID
    at = after_name(at + 4)
    if at == FAIL or not _ZERO <= load8(at) <= _NINE:
        return -1
    value, start = 0, at
    while _ZERO <= load8(at) <= _NINE and at < start + _MOST_DIGITS:
        value = 10 * value + (load8(at) - _ZERO)
        at += 1
    return value if not _ZERO <= load8(at) <= _NINE else -1


@njit(cache=True, nogil=True)
def is_result(at: int) -> bool:
    """Whether the name `"result"` stands there."""
    return load8(at) == QUOTE and is_named(at + 1, RESULT)


@njit(cache=True, nogil=True)
def skip_member(at: int) -> int:
    """Skip a member of an answer that is not its result; FAIL for an error other than null, which counts alone."""
    if load8(at) == QUOTE and is_named(at + 1, _ERROR):
        at = after_name(at + 1 + _ERROR.length)
        return at + 4 if at != FAIL and is_null(at) else FAIL
    return skip_field(at)


@njit(cache=True, nogil=True)
def find_result(at: int) -> int:
    """Return the address of the value of `result` in the object at `at`; FAIL if it is not a list."""
    at = skip_space(at)
    if load8(at) != OPEN_OBJECT:
        return FAIL
    at = skip_space(at + 1)
    more = True
    while more:
        if is_result(at):
            at = after_name(at + 1 + RESULT.length)
            return at if at != FAIL and load8(at) == OPEN_LIST else FAIL
        at = skip_member(at)
        if at == FAIL:
            return FAIL
        at, more = after_item(at, CLOSE_OBJECT)
        if at == FAIL:
            return FAIL
        at = skip_space(at)
    return FAIL


@njit(cache=True, nogil=True)
def ends_answer(at: int, end: int) -> bool:
    """Whether, behind the result, only further fields and the end of the object follow, up to the address `end`."""
    at, more = after_item(at, CLOSE_OBJECT)
    while more and at != FAIL:
        at = skip_space(at)
        at = skip_member(at) if not is_result(at) else FAIL
        if at == FAIL:
            return False
        at, more = after_item(at, CLOSE_OBJECT)
    return at != FAIL and skip_space(at) == end
