"""The engine checked: what a shadow is computed from is read again without it, held against ledger and engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.adapters.store.lake import Lake
from indexer.rules.protocols.pozk import POZK
from indexer.rules.stored.row_sums import numbers_of
from indexer.words.quantities import Address
from settlement.adapters.lake.verified_rows import VerifiedRows
from settlement.rules.shadow.second_reading import TABLES, Known, compare_network, first_labor_blocks, read_again
from settlement.rules.shadow.seen import NetworkSeen
from settlement.rules.shadow.vesting import VestingAmount


def check_network(
    lake: Lake, seen: NetworkSeen, vesting: Sequence[VestingAmount], vesting_address: Address, reward: Address
) -> None:
    """Raise UnsoundError where the files are not what was committed, or the engine read something else.

    RetryLaterError where the ledger knows nothing of the files. Of another protocol than `pozk` the files are held
    against the ledger alone. Called inside the transaction that the network was read in.
    """
    stored = VerifiedRows(lake, seen.finalized, "this network")
    if lake.protocol.name != POZK.name:
        for kind in lake.protocol.counted:
            stored.rows(kind.table, seen.finalized)
        return
    rows = {table: _rows(stored, table, seen.finalized, reward) for table in TABLES}
    times = _times(stored, first_labor_blocks(rows), seen.finalized)
    compare_network(seen, read_again(rows, Known(times, vesting, vesting_address, reward), seen))


def _rows(stored: VerifiedRows, table: str, last: int, reward: Address) -> list[dict[str, Any]]:
    if table != "transfer":
        return stored.rows(table, last)
    return [
        row
        for rows in stored.tables(table, 0, last)
        for row in rows.to_pylist()
        if reward in (row["from_account"], row["to_account"])
    ]


def _times(stored: VerifiedRows, wanted: set[int], last: int) -> dict[int, int]:
    found: dict[int, int] = {}
    numbers = np.array(sorted(wanted), dtype=np.uint64)
    for rows in stored.tables("blocks", 0, last):
        kept = rows.filter(pa.array(np.isin(numbers_of(rows["number"]), numbers)))
        found |= dict(zip(kept["number"].to_pylist(), kept["timestamp"].to_pylist(), strict=True))
    return found
