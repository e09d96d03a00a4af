"""Aggregates arranged for a ruleset: apps, and participants with the place of their app."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT
from settlement.rules.columns.conversions import (
    Addresses,
    Amounts,
    addresses_to_bytes,
    amounts_to_ints,
    no_amounts,
    verify_amounts,
)
from settlement.rules.columns.ordering import address_order, equal_to_previous, is_ascending, match_rows, rows_equal
from settlement.rules.facts.aggregates import KIND_APP, KIND_APP_MINERS, KIND_APP_TASKS, KIND_APP_WORK, Aggregates


@dataclass(frozen=True, slots=True)
class Participants:
    """Apps (g of them) and the miner and user rows (r of them) in the order of the aggregates.

    apps: (g, 20), app_x and app_stake: (g, 2). account: (r, 20); place: row of the app of each participant;
    role: u8 (r,) 0 miner 1 user; x and stake: (r, 2). miner_stake: all miners' effective stakes by place of the app,
    where the aggregates hold them.
    x_sum, stake_sum: int [role][app]. counted: bool (g,), the app has a positive x: a proof in the epoch.
    """

    apps: Addresses
    app_x: Amounts
    app_stake: Amounts
    account: Addresses
    place: NDArray[np.int64]
    role: NDArray[np.uint8]
    x: Amounts
    stake: Amounts
    miner_stake: dict[int, int]
    x_sum: list[list[int]]
    stake_sum: list[list[int]]
    counted: NDArray[np.bool_]

    def rows_of(self, account: bytes) -> list[int]:
        """Return the rows of an account, in the order of the aggregates."""
        return rows_equal(self.account, account)


def arrange_participants(aggregates: Aggregates) -> Participants:
    """Return the arranged aggregates; UnsoundError on an unknown kind, duplicates, or an app without its row."""
    kind = aggregates.kind
    if len(kind) and kind.max() > KIND_APP_MINERS:
        raise UnsoundError("unknown kind of aggregate", expected=f"0..{KIND_APP_MINERS}", got=str(int(kind.max())))
    verify_amounts(aggregates.x, "x of the aggregates")
    verify_amounts(aggregates.stake, "stake of the aggregates")
    _refuse_duplicates(aggregates)
    is_app, rows = kind == KIND_APP, aggregates.is_participant()
    apps = aggregates.app[is_app]
    place = places_of(aggregates.app[rows], apps)
    role = (kind[rows] - 1).astype(np.uint8)
    x, stake = aggregates.x[rows], aggregates.stake[rows]
    x_sum = sums_by_app(x, place, role, len(apps))
    return Participants(
        apps=apps,
        app_x=aggregates.x[is_app],
        app_stake=aggregates.stake[is_app],
        account=aggregates.account[rows],
        place=place,
        role=role,
        x=x,
        stake=stake,
        miner_stake=_miner_stakes(aggregates, apps),
        x_sum=x_sum,
        stake_sum=sums_by_app(stake, place, role, len(apps)),
        counted=np.array([m + u > 0 for m, u in zip(*x_sum, strict=True)], dtype=np.bool_),
    )


def arrange_apps(aggregates: Aggregates) -> Participants:
    """Return the apps without their participants, whose sums are those of kinds 3 and 4; as `arrange_participants`."""
    alone = arrange_participants(aggregates)
    sums = [_sums_of_kind(aggregates, alone.apps, kind) for kind in (KIND_APP_WORK, KIND_APP_TASKS)]
    x_sum, stake_sum = ([column[part] for column in sums] for part in range(2))
    counted = np.array([m + u > 0 for m, u in zip(*x_sum, strict=True)], dtype=np.bool_)
    return replace(alone, x_sum=x_sum, stake_sum=stake_sum, counted=counted)


def _sums_of_kind(aggregates: Aggregates, apps: Addresses, kind: int) -> tuple[list[int], list[int]]:
    """Return x and stake of the rows of one kind, by place of the app; 0 where it has none."""
    rows = aggregates.kind == kind
    place, x, stake = places_of(aggregates.app[rows], apps), no_amounts(len(apps)), no_amounts(len(apps))
    x[place], stake[place] = aggregates.x[rows], aggregates.stake[rows]
    return amounts_to_ints(x), amounts_to_ints(stake)


def places_of(app: Addresses, apps: Addresses) -> NDArray[np.int64]:
    """Return the place of each row's app; UnsoundError if one has no row of kind 0."""
    place = match_rows(app, apps)
    if (place < 0).any():
        missing = app[int(place.argmin())].tobytes().hex()
        raise UnsoundError("an aggregate has no row of its app", expected="one of kind 0", got=f"0x{missing}")
    return place


def _miner_stakes(aggregates: Aggregates, apps: Addresses) -> dict[int, int]:
    rows = aggregates.kind == KIND_APP_MINERS
    place = places_of(aggregates.app[rows], apps)
    return dict(zip(place.tolist(), amounts_to_ints(aggregates.stake[rows]), strict=True))


def sums_by_app(values: Amounts, place: NDArray[np.int64], role: NDArray[np.uint8], apps: int) -> list[list[int]]:
    """Return the exact sums as [role][app]."""
    group = role.astype(np.int64) * apps + place
    quarters = np.ascontiguousarray(values).view(np.uint32).reshape(-1, 4)
    # 32-bit quarters summed as float64 would round above 2^53: add halves of 16 bits, exact below 2^37 rows.
    sums = [0] * (2 * apps)
    for part in range(4):
        for half in range(2):
            piece = (quarters[:, part] >> np.uint32(16 * half)) & np.uint32(0xFFFF)
            totals = np.bincount(group, weights=piece.astype(np.float64), minlength=2 * apps)
            for at in np.flatnonzero(totals):
                sums[at] += int(totals[at]) << (32 * part + 16 * half)
    return [sums[:apps], sums[apps:]]


def checked_sum(values: list[int], what: str) -> int:
    """Return the sum; UnsoundError above the limit of amounts."""
    total = sum(values)
    if total > AMOUNT_LIMIT:
        raise UnsoundError(f"{what} is out of range", expected=f"at most {AMOUNT_LIMIT}", got=str(total))
    return total


def app_index(participants: Participants) -> dict[bytes, int]:
    """Return the place of each app by its address."""
    return {app: place for place, app in enumerate(addresses_to_bytes(participants.apps))}


def is_sound(aggregates: Aggregates) -> bool:
    """Return whether no (kind, app, account) is repeated and every row has the row of its app."""
    is_app = aggregates.kind == KIND_APP
    known = match_rows(aggregates.app[~is_app], aggregates.app[is_app]) >= 0
    return bool(known.all()) and _repeated_row(aggregates) is None


def _repeated_row(aggregates: Aggregates) -> int | None:
    columns = (aggregates.account, aggregates.app, aggregates.kind.reshape(-1, 1))
    if is_ascending(*columns):
        return None
    order = address_order(*columns)
    same = equal_to_previous(*(column[order] for column in columns))
    return int(order[int(same.argmax())]) if same.any() else None


def _refuse_duplicates(aggregates: Aggregates) -> None:
    row = _repeated_row(aggregates)
    if row is not None:
        got = f"kind {aggregates.kind[row]}, app 0x{aggregates.app[row].tobytes().hex()}"
        got += f", account 0x{aggregates.account[row].tobytes().hex()}"
        raise UnsoundError("two aggregates have one key", expected="one row per (kind, app, account)", got=got)
