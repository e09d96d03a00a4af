"""The bonus deposits of an epoch and what comes back of them: a stage of their own, and the pools they make up."""

from dataclasses import dataclass

import numpy as np

from settlement.rules.allocation.amounts import BonusRows
from settlement.rules.allocation.bonus_pools import BonusPool, pool_deposits
from settlement.rules.columns.conversions import (
    Addresses,
    Amounts,
    addresses_from_bytes,
    addresses_to_bytes,
    amounts_from_ints,
    amounts_to_ints,
    words_from_amounts,
)
from settlement.rules.epoch.digests import StageRows, arrange_rows
from settlement.rules.facts.aggregates import KIND_BONUS_POOL, ROLE_RETURNED, Aggregates, Bonuses

ReturnedTo = dict[tuple[bytes, bytes, bytes], int]
"""(token, app, account) -> what came back of a deposit, in wei."""


@dataclass(frozen=True, slots=True)
class Deposits:
    """One row an (app, token, depositor): app, token, account (n, 20), deposited above 0 and returned (n, 2)."""

    app: Addresses
    token: Addresses
    account: Addresses
    deposited: Amounts
    returned: Amounts

    def __len__(self) -> int:
        return len(self.app)


def list_deposits(bonuses: Bonuses, paid: BonusRows) -> Deposits:
    """Return who deposited what and what came back of it; pools of 0 appear nowhere."""
    returned = _returned(paid)
    rows = [
        (pool.app, pool.token, who, wei, returned.get((pool.token, pool.app, who), 0))
        for pool in pool_deposits(bonuses)
        for who, wei in pool.deposits.items()
        if wei > 0
    ]
    return Deposits(
        app=addresses_from_bytes([row[0] for row in rows]),
        token=addresses_from_bytes([row[1] for row in rows]),
        account=addresses_from_bytes([row[2] for row in rows]),
        deposited=amounts_from_ints(row[3] for row in rows),
        returned=amounts_from_ints(row[4] for row in rows),
    )


def list_pools(bonuses: Bonuses, paid: BonusRows) -> Aggregates:
    """Return the aggregates of kind 5: app, token in place of the account, B and R."""
    pools, returned = pool_deposits(bonuses), _returned(paid)
    return Aggregates(
        kind=np.full(len(pools), KIND_BONUS_POOL, dtype=np.uint8),
        app=addresses_from_bytes([pool.app for pool in pools]),
        account=addresses_from_bytes([pool.token for pool in pools]),
        x=amounts_from_ints(pool.total for pool in pools),
        stake=amounts_from_ints(_rest_of(pool, returned) for pool in pools),
    )


def deposit_rows(deposits: Deposits) -> StageRows:
    """Return the deposits stage: `app | token | account | deposited | returned`, grouped by app."""
    amounts = [words_from_amounts(deposits.deposited), words_from_amounts(deposits.returned)]
    rows = np.concatenate([deposits.app, deposits.token, deposits.account, *amounts], axis=1)
    return arrange_rows(rows, deposits.app[:, 0])


def _rest_of(pool: BonusPool, returned: ReturnedTo) -> int:
    return sum(returned.get((pool.token, pool.app, who), 0) for who in pool.deposits)


def _returned(paid: BonusRows) -> ReturnedTo:
    back = paid.role == ROLE_RETURNED
    columns = (addresses_to_bytes(column[back]) for column in (paid.token, paid.app, paid.account))
    return dict(zip(zip(*columns, strict=True), amounts_to_ints(paid.amount[back]), strict=True))
