"""The stake changes of an epoch read a second time: their sums, and one sum that knows of each account."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from indexer.rules.columns.arrays import U64
from indexer.rules.stored.hashed_columns import numbers_of, words_of
from indexer.rules.stored.row_sums import magnitudes
from settlement.rules.second_reading.tallies import Accounts

NO_SHARD = 256
"""The shard of no account."""
_COLUMNS = ["app", "account", "role", "delta", "effective_epoch"]


@dataclass
class StakeTally:
    """The stake changes up to an epoch's end: what is effective of both roles, of each app, and of each of the shard.

    `all_totals` count what becomes effective later as well; so does `sketch`, which is another one if two accounts are
    exchanged. Counted in several processes, one is merged of many.
    """

    epoch: int
    shard: int | None
    totals: list[int] = field(default_factory=lambda: [0, 0])
    all_totals: list[int] = field(default_factory=lambda: [0, 0])
    sketch: int = 0
    of_app: dict[tuple[int, bytes], int] = field(default_factory=lambda: defaultdict(int))
    own: dict[tuple[int, bytes, bytes], int] = field(default_factory=lambda: defaultdict(int))

    def merge(self, other: StakeTally) -> None:
        """Take in what another tally of the same epoch has counted, of other rows."""
        self.totals = [one + more for one, more in zip(self.totals, other.totals, strict=True)]
        self.all_totals = [one + more for one, more in zip(self.all_totals, other.all_totals, strict=True)]
        self.sketch = (self.sketch + other.sketch) % (1 << 64)
        for key, stake in other.of_app.items():
            self.of_app[key] += stake
        for row, stake in other.own.items():
            self.own[row] += stake

    def condense(self) -> None:
        """Do nothing: sums are all there is."""

    def add(self, batch: pa.Table) -> None:
        """Take in changes of blocks up to the last one, or the sums that were kept before."""
        for part in batch.select(_COLUMNS).to_batches():
            self._add(part)

    def _add(self, batch: pa.RecordBatch) -> None:
        from settlement.rules.second_reading.sketch_kernel import sketch_stakes

        app = batch["app"] if pa.types.is_dictionary(batch["app"].type) else batch["app"].dictionary_encode()
        names, index = app.dictionary.to_pylist(), numbers_of(app.indices)
        effective = numbers_of(batch["effective_epoch"]).astype(np.uint64, copy=False)
        role = numbers_of(batch["role"])
        words = words_of(batch["delta"])
        apps, account = Accounts.of(app.dictionary), Accounts.of(batch["account"])
        amounts = np.ascontiguousarray(words[:, 0])
        sketched = sketch_stakes(index, apps.lanes, account.lanes, role, effective, np.uint64(self.epoch), amounts)
        self.sketch = (self.sketch + int(sketched)) % (1 << 64)
        counts = effective <= np.uint64(self.epoch)
        self._add_sums(names, 2 * index.astype(np.int64) + role, counts, words)
        chosen = counts if self.shard is None else counts & (account.first == self.shard)
        for row in batch.take(pa.array(np.flatnonzero(chosen))).to_pylist():
            self.own[row["role"], row["app"], row["account"]] += int(row["delta"])

    def _add_sums(self, names: list[bytes], key: np.ndarray, counts: np.ndarray, words: U64) -> None:
        """Add amounts to the sums of `names[key // 2]` in the role `key % 2`, apart those that are effective."""
        from indexer.rules.stored.row_hash_kernel import sum_amounts

        limbs, negative = magnitudes(words)
        sums = np.zeros((8 * len(names), 3), dtype=np.uint64)
        sum_amounts(np.ascontiguousarray(limbs), 4 * key + 2 * counts + negative, sums)
        for place in np.flatnonzero(sums.any(axis=1)).tolist():
            low, middle, high = sums[place].tolist()
            total = (low + (middle << 64) + (high << 128)) * (-1 if place % 2 else 1)
            role = place // 4 % 2
            self.all_totals[role] += total
            if place // 2 % 2:
                self.totals[role] += total
                self.of_app[role, names[place // 8]] += total


def tally_kept(epoch: int, sums: pa.Table) -> StakeTally:
    """Return the tally of sums that were kept, or are to be; of no account alone."""
    tally = StakeTally(epoch, NO_SHARD)
    tally.add(sums)
    return tally
