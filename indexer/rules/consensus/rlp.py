"""Recursive length prefix encoding of byte strings and lists of encoded items."""

from collections.abc import Iterable


def encode_bytes(value: bytes) -> bytes:
    """Encode a byte string: b"\\x7f" as itself, b"\\x80" as 8180, 56 bytes and more with a length of the length."""
    if len(value) == 1 and value[0] < 0x80:
        return value
    return _prefix(len(value), 0x80) + value


def encode_uint(value: int) -> bytes:
    """Encode a number as its big-endian bytes without leading zeros; 0 is the empty string."""
    return encode_bytes(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def encode_list(items: Iterable[bytes]) -> bytes:
    """Encode a list whose items are encoded already."""
    payload = b"".join(items)
    return _prefix(len(payload), 0xC0) + payload


def _prefix(size: int, base: int) -> bytes:
    if size < 56:
        return bytes([base + size])
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(length)]) + length
