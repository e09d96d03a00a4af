"""What a log says, by eth-abi and the specification alone: the compiled decoder is held against this."""

from decimal import Decimal

from eth_abi import decode
from eth_abi.exceptions import DecodingError

from indexer.words.quantities import AMOUNT_LIMIT

AMOUNTS = ("uint256", "int256", "uint128")
OPAQUE = ("taskId", "id")
"""Numbers on chain that are kept as words."""


def decode_reference(event, topics, data):
    """Return the values by the names of the arguments, strings as bytes; None where the log belongs into quarantine."""
    if len(topics) != 1 + len(event.indexed):
        return None
    try:
        found = {a.name: decode([a.abi_type], word)[0] for a, word in zip(event.indexed, topics[1:], strict=True)}
        plain = decode([a.abi_type.replace("string", "bytes") for a in event.plain], data)
    except (DecodingError, OverflowError):
        return None
    found |= dict(zip((a.name for a in event.plain), plain, strict=True))
    if found.get("role", 0) > 1 or any(is_amount(a) and abs(found[a.name]) > AMOUNT_LIMIT for a in event.arguments):
        return None
    return found


def is_amount(argument):
    return argument.abi_type in AMOUNTS and argument.name not in OPAQUE


def stored_value(argument, value):
    """Return a value as the lake keeps it: addresses and opaque numbers as bytes, amounts as decimals."""
    if argument.abi_type == "address":
        return bytes.fromhex(value[2:])
    if argument.abi_type == "uint256" and argument.name in OPAQUE:
        return value.to_bytes(32, "big")
    return Decimal(value) if is_amount(argument) else value
