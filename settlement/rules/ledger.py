"""Entitlements: what an account is owed in all, the leaves of the tree (SPEC section 6)."""

from dataclasses import dataclass

import numpy as np

from indexer.words.errors import UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT
from settlement.rules.columns import Addresses, Amounts, no_addresses, no_amounts
from settlement.rules.ordering import address_order, equal_to_previous, is_ascending


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


def join_credits(*parts: Credits) -> Credits:
    """Return the rows of all parts."""
    return Credits(
        np.concatenate([part.token for part in parts]),
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.amount for part in parts]),
    )


def merge_entitlements(prior: Leaves, amounts: Credits) -> Leaves:
    """Return the leaves after the amounts, sorted by (account, token), without zero rows.

    `prior` must be sorted and unique. UnsoundError if a sum is above the limit, or if `prior` is not sorted.
    """
    paid = amounts.amount.any(axis=1)
    account = np.concatenate([prior.account, amounts.account[paid]])
    token = np.concatenate([prior.token, amounts.token[paid]])
    amount = np.concatenate([prior.cumulative, amounts.amount[paid]])
    if len(account) == 0:
        return no_leaves()
    if not is_ascending(prior.account, prior.token):
        raise UnsoundError("the prior leaves are not sorted", expected="(account, token) ascending, unique")
    order = address_order(account, token)
    account, token, amount = account[order], token[order], amount[order]
    starts = np.flatnonzero(~equal_to_previous(account, token))
    return Leaves(account[starts], token[starts], sum_runs(amount, starts))


def sum_runs(amount: Amounts, starts: "np.typing.NDArray[np.int64]") -> Amounts:
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
