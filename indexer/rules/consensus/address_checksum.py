"""Addresses as people type them: the letters' case is a checksum (EIP-55)."""

from indexer.rules.consensus.keccak import keccak256
from indexer.words.quantities import Address, parse_address


def checksum_address(address: Address) -> str:
    """Return 0x and 40 hex digits, a letter upper-case where its nibble of the digits' Keccak-256 is 8 or more."""
    digits = address.hex()
    nibbles = keccak256(digits.encode()).hex()
    return "0x" + "".join(d.upper() if n >= "8" else d for d, n in zip(digits, nibbles, strict=False))


def read_address(text: str) -> Address:
    """Return an address that somebody typed; letters of both cases must have the right checksum.

    ValueError says what was expected.
    """
    try:
        address = parse_address(text)
    except ValueError:
        raise ValueError("an address: 0x and 40 hex digits") from None
    digits = text[2:]
    if digits not in (digits.lower(), digits.upper()) and digits != checksum_address(address)[2:]:
        raise ValueError(f"the EIP-55 checksum {checksum_address(address)}, or letters of one case")
    return address
