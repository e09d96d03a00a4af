"""Bonus deposits pooled by (token, app), split among the app's participants, and the rest returned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64
from settlement.rules.allocation.amounts import BonusRows
from settlement.rules.allocation.participation import Participants, app_index, arrange_participants, checked_sum
from settlement.rules.allocation.residual import hand_out_spare, scale_to
from settlement.rules.columns.conversions import (
    Amounts,
    addresses_from_bytes,
    addresses_to_bytes,
    amounts_from_ints,
    amounts_to_ints,
    no_amounts,
    sum_amounts,
)
from settlement.rules.columns.ordering import address_order
from settlement.rules.facts.aggregates import ROLE_RETURNED, Bonuses, no_aggregates


@dataclass(frozen=True, slots=True)
class BonusPool:
    """All deposits of one (token, app): the sum in wei, and who deposited how much."""

    token: bytes
    app: bytes
    total: int
    deposits: dict[bytes, int]

    def returned(self, rest: int) -> dict[bytes, int]:
        """Split the rest over the depositors: pro rata, spare wei to the largest, ties by address."""
        names = sorted(self.deposits, key=lambda name: (-self.deposits[name], name))
        parts = scale_to(rest, [self.deposits[name] for name in names])
        return dict(zip(names, hand_out_spare(rest, parts, range(len(names))), strict=True))


@dataclass(frozen=True, slots=True)
class PoolRows:
    """The participants of every pool: pool u64 (k,) index of the pool, row (k,) index of the participant."""

    pool: NDArray[np.int64]
    row: NDArray[np.int64]


EvaluatePools = Callable[[Sequence[tuple[BonusPool, int]], PoolRows], Amounts]
ReturnRest = Callable[[BonusPool, int], dict[bytes, int]]


def split_bonuses(
    bonuses: Bonuses,
    participants: Participants,
    active: NDArray[np.bool_],
    evaluate: EvaluatePools,
    rest_of: ReturnRest,
) -> BonusRows:
    """Return the bonus rows above 0, sorted by (token, account, app, role).

    `active`: bool per app, whether its pools are split; others are returned whole. `evaluate` gives the amounts of
    the participants of active pools, each with the place of its app; `rest_of` who gets what is left of a pool.
    """
    pools = pool_deposits(bonuses)
    paid = paid_pools(pools, participants, active)
    rows = rows_of_pools([place for _, place in paid], participants.place, len(participants.apps))
    amounts = evaluate(paid, rows)
    rests = _list_rests(pools, paid, spent_of_pools(rows, amounts, len(paid)), rest_of)
    return _sorted_rows([pool for pool, _ in paid], rows, amounts, rests, participants)


def paid_pools(
    pools: Sequence[BonusPool], participants: Participants, active: NDArray[np.bool_]
) -> list[tuple[BonusPool, int]]:
    """Return the pools of active apps, each with the place of its app."""
    places = app_index(participants)
    return [(pool, places[pool.app]) for pool in pools if pool.app in places and active[places[pool.app]]]


def spent_of_pools(rows: "PoolRows", amounts: Amounts, pools: int) -> list[int]:
    """Return what each of so many pools pays, in wei."""
    bounds = np.searchsorted(rows.pool, np.arange(pools + 1))
    return [sum_amounts(amounts[bounds[number] : bounds[number + 1]]) for number in range(pools)]


def returned_rows(bonuses: Bonuses, paid: Sequence[tuple[BonusPool, int]], spent: Sequence[int]) -> BonusRows:
    """Return what goes back to depositors where the pools `paid`, by (token, app), have paid `spent`, as BonusRows."""
    nobody, none = arrange_participants(no_aggregates()), rows_of_pools([], np.zeros(0, dtype=np.int64), 0)
    rests = _list_rests(pool_deposits(bonuses), paid, spent, BonusPool.returned)
    return _sorted_rows([], none, no_amounts(), rests, nobody)


def _list_rests(
    pools: Sequence[BonusPool], paid: Sequence[tuple[BonusPool, int]], spent: Sequence[int], rest_of: ReturnRest
) -> list[tuple[BonusPool, bytes, int]]:
    """Return who gets what of each pool after what was paid of it, all of one that is not paid."""
    paid_of = {(pool.token, pool.app): wei for (pool, _), wei in zip(paid, spent, strict=True)}
    lefts = [(pool, pool.total - paid_of.get((pool.token, pool.app), 0)) for pool in pools]
    return [(pool, who, wei) for pool, left in lefts for who, wei in rest_of(pool, left).items()]


def return_deposits(bonuses: Bonuses) -> BonusRows:
    """Return every deposit to who made it, as in a voided epoch."""
    nobody = arrange_participants(no_aggregates())
    return split_bonuses(bonuses, nobody, nobody.counted, _pay_nobody, BonusPool.returned)


def _pay_nobody(_paid: Sequence[tuple[BonusPool, int]], _rows: PoolRows) -> Amounts:
    return no_amounts()


def pool_deposits(bonuses: Bonuses) -> list[BonusPool]:
    """Return the pools by (token, app) ascending, without empty ones; UnsoundError above the limit."""
    found: dict[tuple[bytes, bytes], dict[bytes, int]] = {}
    columns = (bonuses.token, bonuses.app, bonuses.depositor)
    keys = zip(*(addresses_to_bytes(column) for column in columns), amounts_to_ints(bonuses.amount), strict=True)
    for token, app, depositor, amount in keys:
        deposits = found.setdefault((token, app), {})
        deposits[depositor] = deposits.get(depositor, 0) + amount
    pools = [
        BonusPool(token, app, checked_sum(list(deposits.values()), "a bonus pool"), deposits)
        for (token, app), deposits in sorted(found.items())
    ]
    return [pool for pool in pools if pool.total > 0]


def rows_of_pools(places: Sequence[int], place_of: I64, apps: int) -> PoolRows:
    """Return the rows of the app at each of `places`, pool after pool; `place_of` (r,) is the app of each row."""
    if not places:
        return PoolRows(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    by_app = np.argsort(place_of, kind="stable")
    starts = np.searchsorted(place_of[by_app], np.arange(apps + 1))
    parts = [by_app[starts[place] : starts[place + 1]] for place in places]
    sizes = np.array([len(part) for part in parts], dtype=np.int64)
    return PoolRows(np.repeat(np.arange(len(parts), dtype=np.int64), sizes), np.concatenate(parts))


def _sorted_rows(
    paid: Sequence[BonusPool],
    rows: PoolRows,
    amounts: Amounts,
    rests: Sequence[tuple[BonusPool, bytes, int]],
    participants: Participants,
) -> BonusRows:
    kept = amounts.any(axis=1)
    pool, row = rows.pool[kept], rows.row[kept]
    rests = [rest for rest in rests if rest[2] > 0]
    tokens = addresses_from_bytes([one.token for one in paid])
    token = np.concatenate([tokens[pool], addresses_from_bytes([one.token for one, _, _ in rests])])
    apps = participants.apps[participants.place[row]]
    app = np.concatenate([apps, addresses_from_bytes([one.app for one, _, _ in rests])])
    account = np.concatenate([participants.account[row], addresses_from_bytes([who for _, who, _ in rests])])
    role = np.concatenate([participants.role[row], np.full(len(rests), ROLE_RETURNED, dtype=np.uint8)])
    amount = np.concatenate([amounts[kept], amounts_from_ints(wei for _, _, wei in rests)])
    order = address_order(token, account, app, role.reshape(-1, 1))
    return BonusRows(token[order], account[order], app[order], role[order], amount[order])
