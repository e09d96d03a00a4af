"""The stages of a settlement as rows of bytes (SPEC section 7), and the amounts of an epoch put together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from indexer.rules.columns.arrays import I64
from indexer.words.quantities import Address
from settlement.rules.allocation.amounts import Allocation, BonusRows
from settlement.rules.columns.conversions import (
    Addresses,
    Amounts,
    addresses_from_bytes,
    amounts_from_ints,
    no_addresses,
    words_from_amounts,
)
from settlement.rules.columns.ordering import address_order, equal_to_previous, is_ascending
from settlement.rules.entitlements.ledger import Credits, Leaves, sum_runs
from settlement.rules.entitlements.tree_layout import leaves_of_byte
from settlement.rules.epoch.digests import (
    StageDigest,
    StageRows,
    arrange_rows,
    digest_by_group,
    digest_group,
    digest_joined,
)
from settlement.rules.epoch.shards import SHARDS
from settlement.rules.epoch.stage_words import LAYOUTS
from settlement.rules.facts.aggregates import Aggregates, take_aggregates
from settlement.rules.facts.epoch_facts import Correction

ROLE_CORRECTION, ROLE_OPENING = 3, 4
_NOTHING = hashlib.sha256().digest()


@dataclass(frozen=True, slots=True)
class AmountRows:
    """Amounts above 0 of one epoch, one row a (token, account, app, role), ascending by that key.

    token, account, app: u8 (n, 20); role: u8 (n,) 0 miner, 1 user, 2 bonus returned, 3 correction and 4 opening with
    zero app; amount: u64 (n, 2).
    """

    token: Addresses
    account: Addresses
    app: Addresses
    role: npt.NDArray[np.uint8]
    amount: Amounts

    def __len__(self) -> int:
        return len(self.role)


def gather_amounts(
    aggregates: Aggregates,
    allocation: Allocation,
    corrections: tuple[Correction, ...],
    opening: Credits,
    token: Address,
) -> AmountRows:
    """Return all amounts of an epoch: emission in `token`, bonuses, corrections, opening; one row a key, added up."""
    emission = emission_amounts(aggregates, allocation.amounts, token)
    return merge_amounts([emission, *further_amounts(allocation.bonuses, corrections, opening)])


def emission_amounts(aggregates: Aggregates, amounts: Amounts, token: Address) -> AmountRows:
    """Return the emission above 0, of amounts (r, 2) of the rows of miners and users."""
    paid = amounts.any(axis=1)
    rows = np.flatnonzero(aggregates.is_participant())[paid]
    return AmountRows(
        token=_repeat(token, len(rows)),
        account=aggregates.account.take(rows, axis=0),
        app=aggregates.app.take(rows, axis=0),
        role=(aggregates.kind[rows] - 1).astype(np.uint8),
        amount=amounts.compress(paid, axis=0),
    )


def further_amounts(
    bonuses: BonusRows, corrections: tuple[Correction, ...], opening: Credits
) -> tuple[AmountRows, AmountRows, AmountRows]:
    """Return what is paid beside the emission: bonuses, corrections, opening balances."""
    return (
        AmountRows(bonuses.token, bonuses.account, bonuses.app, bonuses.role.astype(np.uint8), bonuses.amount),
        _without_app(_correction_credits(corrections), ROLE_CORRECTION),
        _without_app(opening, ROLE_OPENING),
    )


def merge_amounts(parts: Sequence[AmountRows]) -> AmountRows:
    """Return all rows by key, those of one key added up, so that a key is paid by one row."""
    paying = [part for part in parts if len(part)]
    return _merge_equal_keys(paying[0] if len(paying) == 1 else _join(parts))


def aggregate_rows(*parts: Aggregates) -> StageRows:
    """Return the aggregates stage of all parts: `kind u8 | app | account | x | stake`.

    Rows of miners and users are grouped by account, all others by app.
    """
    width, counts = sum(size for _, size in LAYOUTS["aggregates"]), [len(part) for part in parts]
    rows, groups = np.empty((sum(counts), width), dtype=np.uint8), np.empty(sum(counts), dtype=np.uint8)
    for part, stop in zip(parts, accumulate(counts), strict=True):
        place = slice(stop - len(part), stop)
        numbers = words_from_amounts(part.x), words_from_amounts(part.stake)
        np.concatenate((part.kind[:, None], part.app, part.account, *numbers), axis=1, out=rows[place])
        groups[place] = _aggregate_groups(part)
    return arrange_rows(rows, groups)


def digest_aggregates(rows: Aggregates) -> StageDigest:
    """Return count and digest of the aggregates stage."""
    return digest_by_group(_aggregate_groups(rows), lambda places: aggregate_rows(take_aggregates(rows, places)))


def _aggregate_groups(rows: Aggregates) -> npt.NDArray[np.uint8]:
    return np.where(rows.is_participant(), rows.account[:, 0], rows.app[:, 0])


def amount_rows(amounts: AmountRows) -> StageRows:
    """Return the amounts stage: `token | account | app | role u8 | amount`, grouped by account."""
    columns = [amounts.token, amounts.account, amounts.app, amounts.role[:, None], words_from_amounts(amounts.amount)]
    return arrange_rows(np.concatenate(columns, axis=1), amounts.account[:, 0])


def digest_amounts(amounts: AmountRows) -> StageDigest:
    """Return count and digest of the amounts stage."""
    return digest_by_group(amounts.account[:, 0], lambda places: amount_rows(_take(amounts, places)))


def leaf_rows(leaves: Leaves) -> StageRows:
    """Return the leaves stage: `account | token | cumulative`, grouped by account."""
    columns = [leaves.account, leaves.token, words_from_amounts(leaves.cumulative)]
    return arrange_rows(np.concatenate(columns, axis=1), leaves.account[:, 0])


def digest_leaves(leaves: Leaves) -> StageDigest | None:
    """Return count and digest of the leaves stage; None unless they ascend by (account, token), as whoever seeks in
    them believes. One shard after the other is read: mapped ones of any number take little memory.
    """
    shards = [_NOTHING] * SHARDS
    for byte in range(SHARDS):
        shard = leaves_of_byte(leaves, byte)
        if len(shard):
            if not is_ascending(shard.account, shard.token):
                return None
            shards[byte] = digest_group(leaf_rows(shard))
    return digest_joined(shards, len(leaves))


def _correction_credits(corrections: tuple[Correction, ...]) -> Credits:
    return Credits(
        addresses_from_bytes([row.token for row in corrections]),
        addresses_from_bytes([row.account for row in corrections]),
        amounts_from_ints([row.amount for row in corrections]),
    )


def _without_app(credited: Credits, role: int) -> AmountRows:
    roles = np.full(len(credited), role, dtype=np.uint8)
    return AmountRows(credited.token, credited.account, no_addresses(len(credited)), roles, credited.amount)


def _join(parts: Sequence[AmountRows]) -> AmountRows:
    return AmountRows(
        token=np.concatenate([part.token for part in parts]),
        account=np.concatenate([part.account for part in parts]),
        app=np.concatenate([part.app for part in parts]),
        role=np.concatenate([part.role for part in parts]),
        amount=np.concatenate([part.amount for part in parts]),
    )


def _repeat(address: Address, count: int) -> Addresses:
    return np.tile(np.frombuffer(address, dtype=np.uint8), (count, 1))


def _merge_equal_keys(rows: AmountRows) -> AmountRows:
    key = (rows.token, rows.account, rows.app, rows.role[:, None])
    if is_ascending(*key):
        return rows
    ordered = _take(rows, address_order(*key))
    starts = np.flatnonzero(~equal_to_previous(ordered.token, ordered.account, ordered.app, ordered.role))
    return replace(_take(ordered, starts), amount=sum_runs(ordered.amount, starts))


def _take(rows: AmountRows, places: I64) -> AmountRows:
    return AmountRows(
        token=rows.token.take(places, axis=0),
        account=rows.account.take(places, axis=0),
        app=rows.app.take(places, axis=0),
        role=rows.role[places],
        amount=rows.amount.take(places, axis=0),
    )
