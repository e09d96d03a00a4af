"""What is done with the wei that the floors leave."""

from collections.abc import Sequence

import numpy as np

from indexer.rules.columns.arrays import I64
from settlement.rules.allocation.amounts import LastSpare
from settlement.rules.allocation.participation import Participants
from settlement.rules.columns.conversions import (
    Amounts,
    add_amounts,
    amount_at,
    amounts_from_ints,
    amounts_to_ints,
    sum_amounts,
    words_from_amounts,
)
from settlement.rules.columns.ordering import SMALL_ROWS, address_order


def scale_to(total: int, weights: Sequence[int]) -> list[int]:
    """Return `total * w // sum(w)` for each weight; the sum of the weights must be positive."""
    whole = sum(weights)
    return [total * weight // whole for weight in weights]


def hand_out_spare(total: int, parts: Sequence[int], order: Sequence[int]) -> list[int]:
    """Return the parts with one wei more for the first places of `order`, so that they sum to `total`.

    Floors lose less than one wei each, so there are always more places than spare wei.
    """
    paid = list(parts)
    for place in order[: total - sum(parts)]:
        paid[place] += 1
    return paid


def normalize_amounts(pool: int, floors: Amounts, participants: Participants) -> tuple[Amounts, LastSpare | None]:
    """Scale the amounts of all rows to the whole pool, nothing if all are zero; and the last row with a spare wei.

    The wei left go to the largest scaled amounts, ties by (account, app, role) ascending.
    """
    if not floors.any():
        return floors, None
    scaled = scale_column(pool, floors)
    spare = pool - sum_amounts(scaled)
    if not spare:
        return scaled, None
    luckiest = _largest_first(scaled, participants)[:spare]
    extra, last = np.zeros_like(scaled), int(luckiest[-1])
    extra[luckiest, 0] = 1
    return add_amounts(scaled, extra, "the normalized amounts"), LastSpare(last, amount_at(scaled, last))


def scale_column(total: int, weights: Amounts, whole: int | None = None) -> Amounts:
    """Return `total * w // whole` for each row; `whole`, their sum where nothing else is said, must be positive."""
    whole = sum_amounts(weights) if whole is None else whole
    if len(weights) <= SMALL_ROWS or max(whole, total) >> 127:
        return amounts_from_ints(total * weight // whole for weight in amounts_to_ints(weights))
    from settlement.rules.powers import scale_kernel

    scaled = np.empty_like(weights)
    ratio = scale_kernel.limbs_of((total << 128) // whole, 4)
    scale_kernel.scale_rows(
        np.ascontiguousarray(weights),
        ratio,
        scale_kernel.limbs_of(total, 2),
        scale_kernel.limbs_of(whole, 2),
        scaled,
    )
    return scaled


def _largest_first(amounts: Amounts, participants: Participants) -> I64:
    """Return the order by amount descending, then (account, app, role) ascending."""
    descending, app = words_from_amounts(~amounts), participants.apps[participants.place]  # complements ascend
    return address_order(descending, participants.account, app, participants.role[:, None])
