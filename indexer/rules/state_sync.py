"""Receipts that a node lists although the receipts root of the block does not hold them.

Polygon's nodes append to a block a receipt of state-sync events. It spends no gas: its cumulative gas is 0, which no
transaction can have after another, nor alone, for each costs at least 21,000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Receipts = Sequence[Mapping[str, object]]


def without_state_sync(receipts: Receipts) -> tuple[Receipts, Receipts]:
    """Split off the receipts at the end that spent no gas; KeyError or ValueError for a malformed receipt."""
    end = len(receipts)
    while end and int(str(receipts[end - 1]["cumulativeGasUsed"]), 16) == 0:
        end -= 1
    return receipts[:end], receipts[end:]
