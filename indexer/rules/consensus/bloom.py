"""Log blooms: 2048 bits in a header that say which blocks cannot hold a log."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from indexer.rules.columns.arrays import F64, U8, Mask
from indexer.rules.consensus.keccak import keccak256

BLOOM_BYTES = 256


def bloom_bits(item: bytes) -> tuple[int, int, int]:
    """Return the three bits 0..2047 that an address or topic sets: the low 11 bits of three 16-bit words."""
    digest = keccak256(item)
    first, second, third = (int.from_bytes(digest[at : at + 2], "big") & 2047 for at in (0, 2, 4))
    return first, second, third


def may_contain(blooms: U8, item: bytes) -> Mask:
    """Return which of the blooms uint8 (n, 256) have all bits of `item`; the others cannot hold it."""
    found = np.ones(len(blooms), dtype=np.bool_)
    for bit in bloom_bits(item):
        found &= blooms[:, BLOOM_BYTES - 1 - bit // 8] >> np.uint8(bit % 8) & 1 == 1
    return found


def may_contain_any(blooms: U8, items: Iterable[bytes]) -> Mask:
    """Return which of the blooms may hold at least one of the items."""
    found = np.zeros(len(blooms), dtype=np.bool_)
    for item in items:
        found |= may_contain(blooms, item)
    return found


def chance_of_hits(blooms: U8, addresses: int, topics: int) -> F64:
    """Return how probably each bloom has, by chance, all bits of one of so many addresses and of one of the topics.

    A bloom with b of 2048 bits set has the three bits of an item that is not in it with probability (b / 2048)^3.
    """
    filled = np.bitwise_count(blooms).sum(axis=1, dtype=np.int64) / (8 * BLOOM_BYTES)
    chance: F64 = (1 - (1 - filled**3) ** addresses) * (1 - (1 - filled**3) ** topics)
    return chance


def make_bloom(items: Iterable[bytes]) -> bytes:
    """Return the bloom of addresses and topics."""
    value = 0
    for item in items:
        for bit in bloom_bits(item):
            value |= 1 << bit
    return value.to_bytes(BLOOM_BYTES, "big")
