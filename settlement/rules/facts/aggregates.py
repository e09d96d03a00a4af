"""The rows of an epoch that amounts are made of: aggregates of work and stake, and bonus deposits (SPEC section 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64
from settlement.rules.columns.conversions import (
    Addresses,
    Amounts,
    addresses_from_arrow,
    addresses_from_bytes,
    amounts_from_arrow,
    amounts_from_ints,
    no_addresses,
    no_amounts,
)
from settlement.rules.columns.ordering import address_order

if TYPE_CHECKING:
    import pyarrow as pa

KIND_APP, KIND_MINER, KIND_USER = 0, 1, 2
KIND_APP_WORK, KIND_APP_TASKS, KIND_BONUS_POOL, KIND_APP_MINERS = 3, 4, 5, 6
"""Rows of apps and pools that a client checks its own row by: sums of kind 1, sums of kind 2, B and R, all miners."""
ROLE_MINER, ROLE_USER, ROLE_RETURNED = 0, 1, 2
ROLE_NAMES = ("miner", "user", "returned")


@dataclass(frozen=True, slots=True)
class Aggregates:
    """The rows of the aggregates stage, in any order.

    kind: u8 (n,) 0 app, 1 miner, 2 user, 6 all miners of an app; rulesets read no other. app, account: (n, 20),
    account zero for kinds 0 and 6. x: amounts (n, 2): app_cs, work, tasks or 0. stake: amounts (n, 2): effective user
    stake of the app, of this account in its role, or of all the app's miners.
    """

    kind: NDArray[np.uint8]
    app: Addresses
    account: Addresses
    x: Amounts
    stake: Amounts

    def __len__(self) -> int:
        return len(self.kind)

    def is_participant(self) -> NDArray[np.bool_]:
        """Return which rows are those of a miner or a user: bool (n,)."""
        return np.isin(self.kind, (KIND_MINER, KIND_USER))


@dataclass(frozen=True, slots=True)
class Bonuses:
    """Deposits of the epoch, in any order: app, token, depositor (m, 20), amount (m, 2)."""

    app: Addresses
    token: Addresses
    amount: Amounts
    depositor: Addresses

    def __len__(self) -> int:
        return len(self.app)


def aggregates_from_arrow(table: "pa.Table") -> Aggregates:
    """Return the rows of a table with the columns of Aggregates; UnsoundError on nulls or a column of another width."""
    return Aggregates(
        kind=table["kind"].to_numpy().astype(np.uint8),
        app=addresses_from_arrow(table["app"]),
        account=addresses_from_arrow(table["account"]),
        x=amounts_from_arrow(table["x"]),
        stake=amounts_from_arrow(table["stake"]),
    )


def arrange_aggregates(rows: Aggregates) -> Aggregates:
    """Return the rows by (account, app, kind), the one order that any sequence of them is brought into.

    Amounts and entitlements follow from it in theirs, so that rows are sorted once.
    """
    return take_aggregates(rows, address_order(rows.account, rows.app, rows.kind[:, None]))


def take_aggregates(rows: Aggregates, places: I64) -> Aggregates:
    """Return the rows at these places."""
    return Aggregates(
        kind=rows.kind[places],
        app=rows.app.take(places, axis=0),
        account=rows.account.take(places, axis=0),
        x=rows.x.take(places, axis=0),
        stake=rows.stake.take(places, axis=0),
    )


def aggregates_from_rows(rows: Sequence[tuple[int, bytes, bytes, int, int]]) -> Aggregates:
    """Return rows of kind, app, account, x and stake as columns."""
    return Aggregates(
        kind=np.array([row[0] for row in rows], dtype=np.uint8),
        app=addresses_from_bytes([row[1] for row in rows]),
        account=addresses_from_bytes([row[2] for row in rows]),
        x=amounts_from_ints(row[3] for row in rows),
        stake=amounts_from_ints(row[4] for row in rows),
    )


def no_aggregates() -> Aggregates:
    """Return the aggregates of an epoch without proofs."""
    return Aggregates(np.zeros(0, dtype=np.uint8), no_addresses(), no_addresses(), no_amounts(), no_amounts())


def no_bonuses() -> Bonuses:
    """Return no deposits."""
    return Bonuses(no_addresses(), no_addresses(), no_amounts(), no_addresses())


def join_aggregates(parts: Sequence[Aggregates]) -> Aggregates:
    """Return the rows of all parts; those of a single one that has any are not copied."""
    held = [part for part in parts if len(part)]
    if len(held) == 1:
        return held[0]
    return Aggregates(
        kind=np.concatenate([part.kind for part in parts]),
        app=np.concatenate([part.app for part in parts]),
        account=np.concatenate([part.account for part in parts]),
        x=np.concatenate([part.x for part in parts]),
        stake=np.concatenate([part.stake for part in parts]),
    )
