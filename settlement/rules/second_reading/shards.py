"""Aggregates as a second reading has them, and as the engine has: all apps, the accounts of a shard, a sum over all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from indexer.words.quantities import ZERO_ADDRESS
from settlement.rules.facts.aggregates import (
    KIND_APP,
    KIND_APP_MINERS,
    KIND_MINER,
    KIND_USER,
    Aggregates,
    aggregates_from_rows,
)
from settlement.rules.second_reading.stake_tally import StakeTally
from settlement.rules.second_reading.tallies import MINERS, USERS, ProofTally


def sketch_aggregates(aggregates: Aggregates, kind: int) -> int:
    """Return the sketch of the rows of one kind, miners or users."""
    from settlement.rules.second_reading.sketch_kernel import sketch

    chosen = aggregates.kind == kind
    app, account = (_lanes(column[chosen]) for column in (aggregates.app, aggregates.account))
    return int(sketch(app, account, np.ascontiguousarray(aggregates.x[chosen][:, 0])))


def shard_rows(proofs: ProofTally, stakes: StakeTally) -> Aggregates:
    """Return the aggregates of all apps, kinds 0 and 6, and of the accounts of the shard, kinds 1 and 2."""
    rows: list[tuple[int, bytes, bytes, int, int]] = []
    for (role, app, account), x in proofs.own().items():
        rows.append(
            (KIND_MINER if role == MINERS else KIND_USER, app, account, x, stakes.own.get((role, app, account), 0))
        )
    for app in proofs.apps():
        users, miners = (stakes.of_app.get((role, app), 0) for role in (USERS, MINERS))
        rows.append((KIND_APP, app, ZERO_ADDRESS, proofs.app_cs(app), users))
        rows.append((KIND_APP_MINERS, app, ZERO_ADDRESS, 0, miners))
    return aggregates_from_rows(rows)


def of_shard(aggregates: Aggregates, shard: int | None) -> Aggregates:
    """Return the rows of all apps, kinds 0 and 6, and of the accounts of a shard, kinds 1 and 2; None for all."""
    chosen = np.isin(aggregates.kind, (KIND_APP, KIND_MINER, KIND_USER, KIND_APP_MINERS))
    if shard is not None:
        chosen &= ~aggregates.is_participant() | (aggregates.account[:, 0] == shard)
    return Aggregates(
        aggregates.kind[chosen],
        aggregates.app[chosen],
        aggregates.account[chosen],
        aggregates.x[chosen],
        aggregates.stake[chosen],
    )


def _lanes(column: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return one lane of each address of u8 (n, 20)."""
    from indexer.rules.stored.row_hash_kernel import values_of

    flat = np.ascontiguousarray(column)
    values, powers = np.empty((len(flat), 2), dtype=np.uint64), np.empty((len(flat), 2), dtype=np.uint64)
    values_of(flat.ctypes.data, np.arange(len(flat) + 1, dtype=np.int64) * 20, values, powers)
    return np.ascontiguousarray(values[:, 0])
