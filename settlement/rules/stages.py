"""The stages of a settlement as rows of bytes (SPEC section 7), and the amounts of an epoch put together."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.words.quantities import ZERO_ADDRESS, Address
from settlement.rules.allocation import KIND_APP, Aggregates, Allocation
from settlement.rules.columns import (
    Addresses,
    Amounts,
    addresses_from_bytes,
    amounts_from_ints,
    words_from_amounts,
)
from settlement.rules.digests import StageRows, arrange_rows
from settlement.rules.facts import Correction
from settlement.rules.ledger import Leaves, sum_runs
from settlement.rules.ordering import address_order, equal_to_previous

ROLE_CORRECTION, ROLE_OPENING = 3, 4


@dataclass(frozen=True, slots=True)
class AmountRows:
    """Amounts above 0 of one epoch, one row a (token, account, app, role), ascending by that key.

    token, account, app: u8 (n, 20); role: u8 (n,) 0 miner, 1 user, 2 bonus returned, 3 correction (zero app);
    amount: u64 (n, 2).
    """

    token: Addresses
    account: Addresses
    app: Addresses
    role: npt.NDArray[np.uint8]
    amount: Amounts

    def __len__(self) -> int:
        return len(self.role)


def gather_amounts(
    aggregates: Aggregates, allocation: Allocation, corrections: tuple[Correction, ...], token: Address
) -> AmountRows:
    """Return all amounts of an epoch: emission in `token`, bonuses, corrections; rows of one key are added up."""
    is_participant = aggregates.is_participant()
    paid = allocation.amounts.any(axis=1)
    bonuses, count = allocation.bonuses, int(paid.sum())
    rows = AmountRows(
        token=np.concatenate(
            [_repeat(token, count), bonuses.token, addresses_from_bytes([row.token for row in corrections])]
        ),
        account=np.concatenate(
            [
                aggregates.account[is_participant][paid],
                bonuses.account,
                addresses_from_bytes([row.account for row in corrections]),
            ]
        ),
        app=np.concatenate(
            [aggregates.app[is_participant][paid], bonuses.app, _repeat(ZERO_ADDRESS, len(corrections))]
        ),
        role=np.concatenate(
            [
                (aggregates.kind[is_participant][paid] - 1).astype(np.uint8),
                bonuses.role.astype(np.uint8),
                np.full(len(corrections), ROLE_CORRECTION, dtype=np.uint8),
            ]
        ),
        amount=np.concatenate(
            [allocation.amounts[paid], bonuses.amount, amounts_from_ints([row.amount for row in corrections])]
        ),
    )
    return _merge_equal_keys(rows)


def aggregate_rows(aggregates: Aggregates) -> StageRows:
    """Return the aggregates stage: `kind u8 | app | account | x | stake`; kind 0 is grouped by app."""
    rows = np.concatenate(
        [
            aggregates.kind[:, None],
            aggregates.app,
            aggregates.account,
            words_from_amounts(aggregates.x),
            words_from_amounts(aggregates.stake),
        ],
        axis=1,
    )
    groups = np.where(aggregates.kind == KIND_APP, aggregates.app[:, 0], aggregates.account[:, 0])
    return arrange_rows(rows, groups)


def amount_rows(amounts: AmountRows) -> StageRows:
    """Return the amounts stage: `token | account | app | role u8 | amount`, grouped by account."""
    columns = [amounts.token, amounts.account, amounts.app, amounts.role[:, None], words_from_amounts(amounts.amount)]
    return arrange_rows(np.concatenate(columns, axis=1), amounts.account[:, 0])


def leaf_rows(leaves: Leaves) -> StageRows:
    """Return the leaves stage: `account | token | cumulative`, grouped by account."""
    columns = [leaves.account, leaves.token, words_from_amounts(leaves.cumulative)]
    return arrange_rows(np.concatenate(columns, axis=1), leaves.account[:, 0])


def _repeat(address: Address, count: int) -> Addresses:
    return np.tile(np.frombuffer(address, dtype=np.uint8), (count, 1))


def _merge_equal_keys(rows: AmountRows) -> AmountRows:
    """Return the rows sorted by key, those of one key added up, so that a key is paid by one row."""
    order = address_order(rows.token, rows.account, rows.app, rows.role[:, None])
    token, account, app = rows.token[order], rows.account[order], rows.app[order]
    role, amount = rows.role[order], rows.amount[order]
    starts = np.flatnonzero(~equal_to_previous(token, account, app, role))
    if not len(starts):
        return rows
    return AmountRows(token[starts], account[starts], app[starts], role[starts], sum_runs(amount, starts))
