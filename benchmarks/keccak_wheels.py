"""The Keccak of others, in C and in Rust, as wheels: trees built call by call, and what one permutation costs them."""

import os
from collections.abc import Callable

from benchmarks.measure import best_of, measure, seconds
from benchmarks.others import import_other
from settlement.rules.columns.conversions import addresses_to_bytes, amounts_to_ints
from settlement.rules.entitlements.ledger import Leaves

Hash = Callable[[bytes], bytes]
BLOCK_BYTES = 136
"""What one permutation takes in."""
PERMUTATIONS = 500_000


def wheels() -> dict[str, Hash]:
    """Return the hashes by name of the distribution."""
    sponge = import_other("sha3").keccak_256
    return {
        "safe-pysha3 (C)": lambda message: bytes(sponge(message).digest()),
        "tiny-keccak (Rust)": import_other("tiny_keccak").keccak256,
    }


def wheel_rows(leaves: Leaves, root: bytes, ours: float) -> list[tuple[str, str, str, str, str]]:
    """Return two rows of the tree's table for each wheel: the tree call by call, and its permutations alone.

    `ours` is the CPU seconds of our tree, `root` its root, which theirs must have.
    """
    count = len(leaves)
    columns = (
        addresses_to_bytes(leaves.account),
        addresses_to_bytes(leaves.token),
        amounts_to_ints(leaves.cumulative),
    )
    encoded = [
        account.rjust(32, b"\0") + token.rjust(32, b"\0") + total.to_bytes(32, "big")
        for account, token, total in zip(*columns, strict=True)
    ]
    long = os.urandom(PERMUTATIONS * BLOCK_BYTES - 1)
    rows = []
    for name, digest in wheels().items():
        tree = measure(lambda digest=digest: root_of(encoded, digest))  # type: ignore[misc]
        if tree.result != root:
            raise SystemExit(f"the root by {name} differs")
        alone = best_of(3, lambda digest=digest: digest(long)).cpu_seconds / PERMUTATIONS * (3 * count - 1)  # type: ignore[misc]
        for what, cpu in ((f"{name}, call by call", tree.cpu_seconds), (f"{name}, its permutations alone", alone)):
            rows.append((what, f"{count:,}", seconds(cpu), "", f"{cpu / ours:.1f}"))
    return rows


def root_of(encoded: list[bytes], digest: Hash) -> bytes:
    """Return the root of the tree of encoded leaves (96 bytes each)."""
    hashes = sorted([digest(digest(each)) for each in encoded], reverse=True)
    nodes = [b""] * (len(hashes) - 1) + hashes
    for place in range(len(hashes) - 2, -1, -1):
        left, right = nodes[2 * place + 1], nodes[2 * place + 2]
        nodes[place] = digest(left + right if left < right else right + left)
    return nodes[0]
