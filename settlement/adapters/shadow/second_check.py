"""The engine checked: what a shadow is computed from is read again without it, held against ledger and engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.rules.columns.arrays import U64
from indexer.rules.protocols.pozk import POZK
from indexer.rules.stored.hashed_columns import numbers_of
from indexer.words.quantities import Address
from settlement.adapters.lake.lake_snapshot import LakeSnapshot
from settlement.adapters.lake.verified_rows import VerifiedRows
from settlement.rules.shadow.second_reading import TABLES, Known, compare_network, first_labor_blocks, read_again
from settlement.rules.shadow.seen import NetworkSeen
from settlement.rules.shadow.vesting import VestingAmount


def check_network(
    steps: LakeSnapshot, seen: NetworkSeen, vesting: Sequence[VestingAmount], vesting_address: Address, reward: Address
) -> None:
    """Raise UnsoundError where the files are not what was committed, or the engine read something else.

    RetryLaterError where the ledger knows nothing of the files. Of another protocol than `pozk` the files are held
    against the ledger alone.
    """
    stored = VerifiedRows(steps.lake, steps.tallies, seen.finalized, "this network")
    if steps.lake.protocol.name != POZK.name:
        for kind in steps.lake.protocol.counted:
            stored.tables(kind.table, 0, seen.finalized)
        return
    rows = {table: stored.rows(table, 0, seen.finalized) for table in TABLES if table != "transfer"}
    transfers = _Transfers(reward)
    stored.count("transfer", 0, seen.finalized, transfers)
    times = _Times(np.array(sorted(first_labor_blocks(rows)), dtype=np.uint64))
    stored.count("blocks", 0, seen.finalized, times)
    known = Known(times.found, vesting, vesting_address, reward)
    compare_network(seen, read_again(rows | {"transfer": transfers.rows}, known, seen))


@dataclass
class _Transfers:
    """Keeps the transfers from or to where rewards are, of the many that a token has."""

    reward: Address
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, batch: pa.Table) -> None:
        """Take in rows."""
        self.rows += [row for row in batch.to_pylist() if self.reward in (row["from_account"], row["to_account"])]

    def condense(self) -> None:
        """Do nothing: all of them are wanted."""


@dataclass
class _Times:
    """Keeps when some blocks were, in seconds since 1970; wanted: u64 (n,)."""

    wanted: U64
    found: dict[int, int] = field(default_factory=dict)

    def add(self, batch: pa.Table) -> None:
        """Take in rows."""
        kept = batch.filter(pa.array(np.isin(numbers_of(batch["number"]), self.wanted)))
        self.found |= dict(zip(kept["number"].to_pylist(), kept["timestamp"].to_pylist(), strict=True))

    def condense(self) -> None:
        """Do nothing: all of them are wanted."""
