"""Entitlements: what an account is owed in all, the leaves of the tree (SPEC section 6)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64
from indexer.words.errors import UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT
from settlement.rules.columns.conversions import (
    Addresses,
    Amounts,
    amounts_from_ints,
    no_addresses,
    no_amounts,
    verify_amounts,
)
from settlement.rules.columns.ordering import SMALL_ROWS, address_order, equal_to_previous, is_ascending, match_rows

SORTED = "(account, token) ascending, none repeated"


@dataclass(frozen=True, slots=True)
class Leaves:
    """Entitlements, one row per (account, token), ascending: account, token (n, 20), cumulative (n, 2) above 0."""

    account: Addresses
    token: Addresses
    cumulative: Amounts

    def __len__(self) -> int:
        return len(self.account)


@dataclass(frozen=True, slots=True)
class Credits:
    """What is added in one epoch, in any order, keys repeated: token, account (m, 20), amount (m, 2)."""

    token: Addresses
    account: Addresses
    amount: Amounts

    def __len__(self) -> int:
        return len(self.account)


def no_leaves() -> Leaves:
    """Return the entitlements before the first epoch."""
    return Leaves(no_addresses(), no_addresses(), no_amounts())


def merge_entitlements(prior: Leaves, amounts: Credits) -> Leaves:
    """Return the leaves after the amounts, sorted by (account, token), without zero rows.

    `prior` must be sorted and unique. UnsoundError if a sum is above the limit, or if `prior` is not sorted. Only the
    amounts are sorted; the prior leaves are read once, in order.
    """
    new = sum_credits(amounts)
    if len(prior) == 0:
        return new
    if len(new) == 0 and is_ascending(prior.account, prior.token):
        return prior
    if len(prior) + len(new) > SMALL_ROWS:
        return _merge_compiled(prior, new)
    if not is_ascending(prior.account, prior.token):
        raise UnsoundError("the prior leaves are not sorted", expected=SORTED)
    return sum_credits(
        Credits(
            np.concatenate([prior.token, new.token]),
            np.concatenate([prior.account, new.account]),
            np.concatenate([prior.cumulative, new.cumulative]),
        )
    )


def rows_above(leaves: Leaves, paid: Leaves) -> I64:
    """Return the rows of leaves with more than `paid` has for their (account, token), ascending; keys are unique."""
    keys, known = (np.concatenate([side.account, side.token], axis=1) for side in (leaves, paid))
    place = match_rows(keys, known)
    is_known = place >= 0
    (low, high), (paid_low, paid_high) = leaves.cumulative[is_known].T, paid.cumulative[place[is_known]].T
    above = np.ones(len(leaves), dtype=np.bool_)
    above[is_known] = (high > paid_high) | ((high == paid_high) & (low > paid_low))
    return np.flatnonzero(above)


def sum_credits(amounts: Credits) -> Leaves:
    """Return the sum of each (account, token), ascending, without zero rows; UnsoundError above the limit."""
    paid = np.flatnonzero(amounts.amount.any(axis=1))
    if len(paid) == 0:
        return no_leaves()
    if len(paid) == len(amounts) and is_ascending(amounts.account, amounts.token):
        verify_amounts(amounts.amount, "the amounts")
        return Leaves(amounts.account, amounts.token, amounts.amount)
    order = paid[address_order(amounts.account.take(paid, axis=0), amounts.token.take(paid, axis=0))]
    account, token = amounts.account.take(order, axis=0), amounts.token.take(order, axis=0)
    starts = np.flatnonzero(~equal_to_previous(account, token))
    summed = sum_runs(amounts.amount.take(order, axis=0), starts)
    return Leaves(account.take(starts, axis=0), token.take(starts, axis=0), summed)


def _merge_compiled(prior: Leaves, new: Leaves) -> Leaves:
    from settlement.rules.entitlements import ledger_kernel

    size = len(prior) + len(new)
    account, token = np.empty((size, 20), dtype=np.uint8), np.empty((size, 20), dtype=np.uint8)
    total = np.empty((size, 2), dtype=np.uint64)
    count = ledger_kernel.merge_sorted(
        np.ascontiguousarray(prior.account),
        np.ascontiguousarray(prior.token),
        np.ascontiguousarray(prior.cumulative),
        new.account,
        new.token,
        new.cumulative,
        amounts_from_ints([AMOUNT_LIMIT])[0],
        account,
        token,
        total,
    )
    if count == ledger_kernel.UNSORTED:
        raise UnsoundError("the prior leaves are not sorted", expected=SORTED)
    if count == ledger_kernel.ABOVE_LIMIT:
        raise UnsoundError("a sum of amounts is out of range", expected=f"at most {AMOUNT_LIMIT}")
    return Leaves(account[:count], token[:count], total[:count])


def sum_runs(amount: Amounts, starts: NDArray[np.int64]) -> Amounts:
    """Return the sum of each run of rows; `starts` are the first rows of the runs. UnsoundError above the limit.

    The 32-bit quarters are summed in 64 bits, which fewer than 2^32 rows cannot overflow, then carried.
    """
    quarters = np.ascontiguousarray(amount).view(np.uint32).reshape(-1, 4)
    sums = np.add.reduceat(quarters.astype(np.uint64), starts, axis=0)
    half = np.uint64(32)
    mask = np.uint64(0xFFFFFFFF)
    for place in range(3):
        sums[:, place + 1] += sums[:, place] >> half
        sums[:, place] &= mask
    low = sums[:, 0] | sums[:, 1] << half
    high = sums[:, 2] | (sums[:, 3] & mask) << half
    limit_low, limit_high = np.uint64(AMOUNT_LIMIT & (2**64 - 1)), np.uint64(AMOUNT_LIMIT >> 64)
    above = (sums[:, 3] > mask) | (high > limit_high) | ((high == limit_high) & (low > limit_low))
    if above.any():
        got = sum(int(part) << (32 * place) for place, part in enumerate(sums[int(above.argmax())]))
        raise UnsoundError("a sum of amounts is out of range", expected=f"at most {AMOUNT_LIMIT}", got=str(got))
    return np.stack([low, high], axis=1)
