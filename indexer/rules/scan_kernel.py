"""Compiled JSON scanning for JSON-RPC answers: hex straight from the response into column buffers.

Every function returns the position behind what it read, or FAIL where the bytes are not of the shape that nodes
give; the caller then takes the slow, forgiving way. Nothing is guessed.
"""

# ruff: noqa: SIM110 - plain loops are what compiles to good code

import numpy as np
from numba import njit

FAIL = -1
_QUOTE, _COMMA, _COLON, _BACKSLASH = 0x22, 0x2C, 0x3A, 0x5C
_OPEN_OBJECT, _CLOSE_OBJECT, _OPEN_LIST, _CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
_ZERO, _LOWER_X, _LOWER_T = 0x30, 0x78, 0x74
_BAD = 256

ADDRESS_AT, BLOCK_HASH_AT, TX_HASH_AT, TOPICS_AT, FIXED_BYTES = 0, 20, 52, 84, 212
"""Where a log's fixed fields lie in its row of the `fixed` buffer."""
NUMBER_AT, LOG_INDEX_AT, TX_INDEX_AT, TOPIC_COUNT_AT, NUMBERS = 0, 1, 2, 3, 4
"""Where a log's numbers lie in its row of the `numbers` buffer."""


def _nibbles() -> np.ndarray:
    table = np.full(256, _BAD, dtype=np.uint16)
    for digit, char in enumerate(b"0123456789abcdef"):
        table[char] = digit
    for digit, char in enumerate(b"ABCDEF", start=10):
        table[char] = digit
    return table


def _pairs() -> np.ndarray:
    """Return the byte of each two hex digits, the first one in the low byte of the index."""
    pairs = (NIBBLE[None, :] << 4) | NIBBLE[:, None]
    return np.where(pairs >= _BAD, _BAD, pairs).astype(np.uint16).reshape(-1)


NIBBLE = _nibbles()
PAIR = _pairs()


@njit(cache=True, nogil=True, inline="always")
def skip_space(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the position of the next byte that is no white space; the buffer ends in a zero byte."""
    while buffer[at] == 0x20 or buffer[at] == 0x0A or buffer[at] == 0x0D or buffer[at] == 0x09:
        at += 1
    return at


@njit(cache=True, nogil=True)
def skip_string(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Skip a string without escapes."""
    if buffer[at] != _QUOTE:
        return FAIL
    place = np.uint64(at + 1)
    while buffer[place] != _QUOTE:
        if buffer[place] == _BACKSLASH or buffer[place] < 0x20:
            return FAIL
        place += np.uint64(1)
    return np.int64(place) + 1


@njit(cache=True, nogil=True, inline="always")
def is_key(buffer, start, stop, name):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Whether the bytes from start to stop are the name."""
    if stop - start != len(name):
        return False
    for index in range(len(name)):
        if buffer[start + index] != name[index]:
            return False
    return True


TRUE, FALSE, NULL = b"true", b"false", b"null"


@njit(cache=True, nogil=True)
def skip_value(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Skip a string, a whole number, true, false, null or an empty list; other values are not of the usual shape."""
    char = buffer[at]
    if char == _QUOTE:
        return skip_string(buffer, at)
    if char == _OPEN_LIST:
        at = skip_space(buffer, at + 1)
        return at + 1 if buffer[at] == _CLOSE_LIST else FAIL
    start = at
    while buffer[at] > 0x20 and not (buffer[at] == _COMMA or buffer[at] == _CLOSE_OBJECT or buffer[at] == _CLOSE_LIST):
        at += 1
    if is_key(buffer, start, at, NULL) or is_key(buffer, start, at, FALSE) or is_key(buffer, start, at, TRUE):
        return at
    if at == start or (char == _ZERO and at > start + 1):
        return FAIL
    for place in range(start, at):
        if buffer[place] < _ZERO or buffer[place] > 0x39:
            return FAIL
    return at


@njit(cache=True, nogil=True)
def next_key(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read `"name":` and return the position of the name, of its end, and of the value."""
    start = skip_space(buffer, at)
    stop = skip_string(buffer, start)
    if stop == FAIL:
        return FAIL, FAIL, FAIL
    colon = skip_space(buffer, stop)
    if buffer[colon] != _COLON:
        return FAIL, FAIL, FAIL
    return start + 1, stop - 1, skip_space(buffer, colon + 1)


@njit(cache=True, nogil=True)
def after_item(buffer, at, closing):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read a comma or the closing bracket; return the position behind it and whether there is another item."""
    at = skip_space(buffer, at)
    if buffer[at] == _COMMA:
        return at + 1, True
    if buffer[at] == closing:
        return at + 1, False
    return FAIL, False


@njit(cache=True, nogil=True, inline="always")
def _pair(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    return PAIR[np.uint64(buffer[at]) | (np.uint64(buffer[at + np.uint64(1)]) << np.uint64(8))]


@njit(cache=True, nogil=True)
def read_fixed(buffer, at, out, into, size):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read `"0x.."` of exactly `2 * size` digits into `out[into:into + size]`; the margin covers any size."""
    if buffer[at] != _QUOTE or buffer[at + 1] != _ZERO or buffer[at + 2] != _LOWER_X:
        return FAIL
    at += 3
    bad = np.uint16(0)
    source, target = np.uint64(at), np.uint64(into)  # unsigned: an index needs no test for being negative
    for index in range(np.uint64(size)):
        value = _pair(buffer, source + np.uint64(2) * index)
        bad |= value
        out[target + index] = value
    at += 2 * size
    if bad >= _BAD or buffer[at] != _QUOTE:
        return FAIL
    return at + 1


@njit(cache=True, nogil=True)
def read_bytes(buffer, at, out, used):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read `"0x.."` of any even number of digits into `out` from `used` on; return position and new `used`."""
    if buffer[at] != _QUOTE or buffer[at + 1] != _ZERO or buffer[at + 2] != _LOWER_X:
        return FAIL, used
    source, target = np.uint64(at + 3), np.uint64(used)
    while buffer[source] != _QUOTE:
        value = _pair(buffer, source)
        if value >= _BAD:
            return FAIL, used
        out[target] = value
        target += np.uint64(1)
        source += np.uint64(2)
    return np.int64(source) + 1, np.int64(target)


@njit(cache=True, nogil=True)
def read_number(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read `"0x.."` of 1 to 16 digits; return position and value."""
    value = np.uint64(0)
    if buffer[at] != _QUOTE or buffer[at + 1] != _ZERO or buffer[at + 2] != _LOWER_X:
        return FAIL, value
    at += 3
    start = at
    while buffer[at] != _QUOTE:
        digit = NIBBLE[buffer[at]]
        if digit >= _BAD or at - start == 16:
            return FAIL, value
        value = (value << np.uint64(4)) | np.uint64(digit)
        at += 1
    if at == start:
        return FAIL, value
    return at + 1, value


@njit(cache=True, nogil=True)
def read_topics(buffer, at, fixed, into):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read a list of at most 4 words into `fixed` from `into` on; return position and their number."""
    fixed[into : into + 128] = 0
    if buffer[at] != _OPEN_LIST:
        return FAIL, 0
    at = skip_space(buffer, at + 1)
    if buffer[at] == _CLOSE_LIST:
        return at + 1, 0
    count = 0
    more = True
    while more:
        if count == 4:
            return FAIL, 0
        at = read_fixed(buffer, skip_space(buffer, at), fixed, into + 32 * count, 32)
        if at == FAIL:
            return FAIL, 0
        count += 1
        at, more = after_item(buffer, at, _CLOSE_LIST)
        if at == FAIL:
            return FAIL, 0
    return at, count


ADDRESS, TOPICS, DATA = b"address", b"topics", b"data"
BLOCK_NUMBER, BLOCK_HASH, LOG_INDEX = b"blockNumber", b"blockHash", b"logIndex"
TX_HASH, TX_INDEX, REMOVED = b"transactionHash", b"transactionIndex", b"removed"
ALL_LOG_FIELDS = 0xFF


@njit(cache=True, nogil=True)
def read_log_field(buffer, start, stop, at, row, fixed, numbers, data, used):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read the value at `at` of the field named by start..stop; return position, `used` and the field's bit."""
    base = row * FIXED_BYTES
    place = row * NUMBERS
    if is_key(buffer, start, stop, TOPICS):
        at, count = read_topics(buffer, at, fixed, base + TOPICS_AT)
        numbers[place + TOPIC_COUNT_AT] = count
        return at, used, 2
    if is_key(buffer, start, stop, DATA):
        at, used = read_bytes(buffer, at, data, used)
        return at, used, 4
    if is_key(buffer, start, stop, ADDRESS):
        return read_fixed(buffer, at, fixed, base + ADDRESS_AT, 20), used, 1
    if is_key(buffer, start, stop, BLOCK_HASH):
        return read_fixed(buffer, at, fixed, base + BLOCK_HASH_AT, 32), used, 8
    if is_key(buffer, start, stop, TX_HASH):
        return read_fixed(buffer, at, fixed, base + TX_HASH_AT, 32), used, 16
    if is_key(buffer, start, stop, BLOCK_NUMBER):
        at, numbers[place + NUMBER_AT] = read_number(buffer, at)
        return at, used, 32
    if is_key(buffer, start, stop, TX_INDEX):
        at, numbers[place + TX_INDEX_AT] = read_number(buffer, at)
        return at, used, 64
    if is_key(buffer, start, stop, LOG_INDEX):
        at, numbers[place + LOG_INDEX_AT] = read_number(buffer, at)
        return at, used, 128
    if is_key(buffer, start, stop, REMOVED) and buffer[at] == _LOWER_T:
        return FAIL, used, 0
    return skip_value(buffer, at), used, 0


@njit(cache=True, nogil=True)
def read_log(buffer, at, row, fixed, numbers, data, used):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read one log object into row `row`; return position, bytes of data used, and a bit for each field seen."""
    seen = 0
    if buffer[at] != _OPEN_OBJECT:
        return FAIL, used, seen
    at += 1
    more = True
    while more:
        start, stop, at = next_key(buffer, at)
        if at == FAIL:
            return FAIL, used, seen
        at, used, bit = read_log_field(buffer, start, stop, at, row, fixed, numbers, data, used)
        if at == FAIL or seen & bit:
            return FAIL, used, seen
        seen |= bit
        at, more = after_item(buffer, at, _CLOSE_OBJECT)
        if at == FAIL:
            return FAIL, used, seen
    return at, used, seen


RESULT = b"result"


@njit(cache=True, nogil=True)
def find_result(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the position of the value of `result` in the object at `at`; FAIL if it is not a list."""
    at = skip_space(buffer, at)
    if buffer[at] != _OPEN_OBJECT:
        return FAIL
    at += 1
    more = True
    while more:
        start, stop, at = next_key(buffer, at)
        if at == FAIL:
            return FAIL
        if is_key(buffer, start, stop, RESULT):
            return at if buffer[at] == _OPEN_LIST else FAIL
        at = skip_value(buffer, at)
        if at == FAIL:
            return FAIL
        at, more = after_item(buffer, at, _CLOSE_OBJECT)
        if at == FAIL:
            return FAIL
    return FAIL


@njit(cache=True, nogil=True)
def scan_logs(buffer, fixed, numbers, data, offsets):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Read a whole answer to eth_getLogs; return the number of logs, or FAIL."""
    at = find_result(buffer, 0)
    if at == FAIL:
        return FAIL
    at = skip_space(buffer, at + 1)
    count = 0
    used = 0
    offsets[0] = 0
    more = buffer[at] != _CLOSE_LIST
    if not more:
        at += 1
    while more:
        if count + 1 >= len(offsets):
            return FAIL
        at, used, seen = read_log(buffer, skip_space(buffer, at), count, fixed, numbers, data, used)
        if at == FAIL or seen != ALL_LOG_FIELDS:
            return FAIL
        count += 1
        offsets[count] = used
        at, more = after_item(buffer, at, _CLOSE_LIST)
        if at == FAIL:
            return FAIL
    return count if ends_answer(buffer, at) else FAIL


@njit(cache=True, nogil=True)
def ends_answer(buffer, at):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Whether, behind the result, only further fields and the end of the object follow."""
    at, more = after_item(buffer, at, _CLOSE_OBJECT)
    while more and at != FAIL:
        _, _, at = next_key(buffer, at)
        if at == FAIL:
            return False
        at = skip_value(buffer, at)
        if at == FAIL:
            return False
        at, more = after_item(buffer, at, _CLOSE_OBJECT)
    return at != FAIL and buffer[skip_space(buffer, at)] == 0
