"""What is done with the wei that the floors leave."""

from collections.abc import Sequence

from settlement.rules.columns import Amounts, amounts_from_ints, amounts_to_ints
from settlement.rules.ordering import address_order, lexicographic_order
from settlement.rules.participation import Participants


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


def normalize_amounts(pool: int, floors: Amounts, participants: Participants) -> Amounts:
    """Scale the amounts of all rows to the whole pool; nothing if all are zero.

    The wei left go to the largest scaled amounts, ties by (account, app, role) ascending.
    """
    weights = amounts_to_ints(floors)
    if not any(weights):
        return floors
    scaled = amounts_from_ints(scale_to(pool, weights))
    by_key = address_order(participants.account, participants.apps[participants.place], participants.role[:, None])
    inverted = ~scaled[by_key]  # descending amounts are ascending complements
    order = by_key[lexicographic_order(inverted[:, 1], inverted[:, 0])]
    return amounts_from_ints(hand_out_spare(pool, amounts_to_ints(scaled), order.tolist()))
