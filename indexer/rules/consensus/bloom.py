"""Log blooms: 2048 bits in a header that say which blocks cannot hold a log."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np

from indexer.rules.columns.arrays import F64, U8, Mask
from indexer.rules.consensus.keccak import keccak256

BLOOM_BYTES = 256


@lru_cache(4096)
def bloom_bits(item: bytes) -> tuple[int, int, int]:
    """Return the three bits 0..2047 that an address or topic sets: the low 11 bits of three 16-bit words."""
    digest = keccak256(item)
    first, second, third = (int.from_bytes(digest[at : at + 2], "big") & 2047 for at in (0, 2, 4))
    return first, second, third


def may_contain(blooms: U8, item: bytes) -> Mask:
    """Return which of the blooms uint8 (n, 256) have all bits of `item`; the others cannot hold it."""
    return may_contain_any(blooms, [item])


def may_contain_any(blooms: U8, items: Iterable[bytes]) -> Mask:
    """Return which of the blooms may hold at least one of the items."""
    bits = np.array([bloom_bits(item) for item in items], dtype=np.int64).reshape(-1, 3)
    hits = blooms[:, BLOOM_BYTES - 1 - bits // 8] >> (bits % 8).astype(np.uint8) & 1  # (n, items, 3)
    found: Mask = (hits == 1).all(axis=2).any(axis=1)
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
