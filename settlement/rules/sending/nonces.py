"""Nonces that nothing of ours will use: what comes after them cannot be mined."""

from collections.abc import Sequence


def missing_nonces(next_nonce: int, open_nonces: Sequence[int]) -> list[int]:
    """Return the nonces from the chain's next one up to the highest open one that no intent holds, ascending.

    Worked: the chain waits for 5 and intents hold 6 and 8: 5 and 7 are missing.
    """
    return sorted(set(range(next_nonce, max(open_nonces, default=next_nonce))) - set(open_nonces))
