"""One type per kind of number or byte string, so that a checker tells them apart.

Units and limits are those of SPEC section 1.
"""

import re
from typing import NewType

BlockNumber = NewType("BlockNumber", int)
LogIndex = NewType("LogIndex", int)
Timestamp = NewType("Timestamp", int)  # seconds since 1970 UTC, from block headers only
Epoch = NewType("Epoch", int)
Wei = NewType("Wei", int)
MilliGates = NewType("MilliGates", int)  # gates x alpha in thousandths
BasisPoints = NewType("BasisPoints", int)  # 0..10000

Address = NewType("Address", bytes)  # 20 bytes
Hash32 = NewType("Hash32", bytes)  # 32 bytes

AMOUNT_LIMIT = 10**38 - 1
"""The largest amount the network accepts; what is above goes into the quarantine (SPEC section 3)."""

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
ZERO_HASH = Hash32(bytes(32))
ZERO_ADDRESS = Address(bytes(20))


def parse_address(text: str) -> Address:
    """Return the 20 bytes of a 0x-prefixed hex address of any letter case; ValueError otherwise."""
    return Address(_parse_hex(text, 20))


def parse_hash(text: str) -> Hash32:
    """Return the 32 bytes of a 0x-prefixed hex word; ValueError otherwise."""
    return Hash32(_parse_hex(text, 32))


def parse_quantity(text: object) -> int:
    """Return a number as JSON-RPC writes it, 0x and 1 to 64 hex digits; ValueError for a sign, a blank or more."""
    if not isinstance(text, str) or not _QUANTITY.fullmatch(text):
        raise ValueError(f"expected 0x and up to 64 hex digits, got {str(text)[:20]!r}")
    return int(text, 16)


def to_hex(value: bytes) -> str:
    """Return lower-case hex with 0x."""
    return "0x" + value.hex()


def _parse_hex(text: str, size: int) -> bytes:
    if not re.fullmatch(rf"0[xX][0-9a-fA-F]{{{2 * size}}}", text):  # bytes.fromhex alone would skip blanks
        raise ValueError(f"expected 0x and {2 * size} hex digits, got {text[:100]!r}")
    return bytes.fromhex(text[2:])
