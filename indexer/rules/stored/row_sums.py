"""What the ledger keeps of the rows of a table: how many, the sums that money hangs on, and a sum of hashes.

The hash of a row: its columns, in the order of `Protocol.columns_of`, are words of 64 bits: a number is one word, an
amount two (low half first, two's complement), a byte string its length and then its bytes, eight at a time,
little-endian, the last padded with zeros. A lane begins as the keccak of the table's name (its first and second eight
bytes), is multiplied by its factor and grows by each word, modulo 2^64; in the end it is mixed. The hash is
lane 1 + 2^64 x lane 2. A column that came later is in the hash of the rows that have it. Sums are modulo 2^128: they
depend on no order, file or engine, add up, and change with any bit, swap, or row lost or added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from indexer.rules.columns.arrays import I64, U64
from indexer.rules.consensus.keccak import keccak256
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.stored import row_hash
from indexer.rules.stored.hashed_columns import numbers_of, places_of, words_of

UNPROVEN = frozenset({"tx_hash"})
"""No receipts root holds a transaction's hash: it is the word of the node asked, and in no sum."""
_MODULUS = 1 << 128
_FEW = 1 << 14  # rows; up to here loading the compiled kernel costs more than it saves

Hashing: TypeAlias = ModuleType
"""`row_hash`, or `row_hash_kernel`, which does the same for many rows."""


@dataclass(frozen=True, slots=True)
class RowSums:
    """Of some rows of a table: how many, the sum of their hashes modulo 2^128, exact sums by name.

    `lean` is the sum of the hashes of the columns that are `lean` alone, 0 where a table has none there.
    """

    rows: int = 0
    hashes: int = 0
    lean: int = 0
    amounts: Mapping[str, int] = field(default_factory=dict)

    def plus(self, other: RowSums, sign: int = 1) -> RowSums:
        """Return the sums of both, or with sign -1 of what is left without the other's rows."""
        names = dict.fromkeys((*self.amounts, *other.amounts))
        amounts = {name: self.amounts.get(name, 0) + sign * other.amounts.get(name, 0) for name in names}
        return RowSums(
            self.rows + sign * other.rows,
            (self.hashes + sign * other.hashes) % _MODULUS,
            (self.lean + sign * other.lean) % _MODULUS,
            {name: value for name, value in sorted(amounts.items()) if value},
        )


def sum_rows(protocol: Protocol, table: str, rows: pa.Table) -> RowSums:
    """Return the sums of all rows of an Arrow table that has the columns of a table of the lake."""
    return sum_by_group(protocol, table, rows, np.zeros(len(rows), dtype=np.int64), 1)[0]


def sum_by_group(protocol: Protocol, table: str, rows: pa.Table, group: I64, groups: int) -> list[RowSums]:
    """Return the sums of the rows of each group 0 .. groups - 1; `group` says which a row is of, -1 none.

    Where `rows` have only the columns of `lean`, `hashes` is 0.
    """
    if not len(rows):
        return [RowSums()] * groups
    hashing = _hashing(len(rows))
    columns, lean = protocol.columns_of(table), len(protocol.lean.get(table, ()))
    stored = protocol.tables.get(table)
    optional = stored.optional if stored is not None else frozenset()
    if lean and rows.num_columns == lean:
        columns = columns[:lean]
    hashes = np.zeros((2, groups, 3), dtype=np.uint64)
    amounts: list[dict[str, int]] = [{} for _ in range(groups)]
    seed, start = np.frombuffer(keccak256(table.encode())[:16], dtype=np.uint64).copy(), 0
    for batch in rows.select(columns).to_batches():
        part = group[start : start + len(batch)]
        start += len(batch)
        found = places_of(dict(zip(columns, batch.columns, strict=True)), optional, hashing.values_of)
        hashing.sum_columns(seed, found.places, lean, part, hashes)
        _add_amounts(hashing, protocol, table, batch, part, amounts)
    return [_as_sums(hashes[:, place], amounts[place]) for place in range(groups)]


def _as_sums(hashes: U64, amounts: dict[str, int]) -> RowSums:
    """Return the sums of one group from u64 (2, 3): of whole rows and of lean ones, rows, low and high half."""
    whole, lean = (int(low) | int(high) << 64 for _, low, high in hashes)
    return RowSums(int(hashes[:, 0].max()), whole, lean, dict(sorted(amounts.items())))


def _hashing(rows: int) -> Hashing:
    """Return what hashes so many rows: the compiled kernel where they are many."""
    if rows <= _FEW:
        return row_hash
    from indexer.rules.stored import row_hash_kernel

    return row_hash_kernel


def _add_amounts(
    hashing: Hashing,
    protocol: Protocol,
    table: str,
    batch: pa.RecordBatch,
    group: I64,
    found: list[dict[str, int]],
) -> None:
    """Add what the rows of each group sum up to; group -1 is left out."""
    for name, sums, labels in _summed(hashing, protocol, table, batch, group, len(found)):
        for at in np.flatnonzero(sums.any(axis=1)).tolist():
            total = sum(int(limb) << (64 * half) for half, limb in enumerate(sums[at]))
            amounts, label = found[at // len(labels)], f"{name}{labels[at % len(labels)]}"
            amounts[label] = amounts.get(label, 0) + total


def _summed(
    hashing: Hashing, protocol: Protocol, table: str, batch: pa.RecordBatch, group: I64, groups: int
) -> Iterator[tuple[str, U64, list[str]]]:
    """Yield (name, sums u64 (groups x labels, 3) of 192 bits, what each label says) of everything that is summed."""
    if table not in protocol.tables:
        return
    value, apart = protocol.apart.get(table, (None, None))
    for argument in protocol.tables[table].columns:
        if argument.column == value:
            yield (value, *_sums_apart(hashing, batch[value], str(apart), numbers_of(batch[apart]), group, groups))
        elif argument.is_amount:
            column = batch[argument.column]
            limbs, negative = magnitudes(words_of(column.fill_null(0) if column.null_count else column))
            yield (argument.column, *_sums_of(hashing, limbs, group, negative.astype(np.int64), groups, ["", " taken"]))


def _sums_apart(
    hashing: Hashing, column: pa.Array, apart: str, keys: NDArray[Any], group: I64, groups: int
) -> tuple[U64, list[str]]:
    """Return the sums of a column by another one's value."""
    most = int(keys.max()) + 1
    if not pa.types.is_decimal(column.type):
        sums = np.zeros((groups * most, 3), dtype=np.uint64)
        hashing.sum_numbers(words_of(column)[:, 0], keys, group, most, sums)
        return sums, [f" of {apart} {key}" for key in range(most)]
    limbs, negative = magnitudes(words_of(column))
    labels = [f" of {apart} {key}{sign}" for key in range(most) for sign in ("", " taken")]
    return _sums_of(hashing, limbs, group, 2 * keys.astype(np.int64) + negative, groups, labels)


def _sums_of(
    hashing: Hashing, limbs: U64, group: I64, bucket: I64, groups: int, labels: list[str]
) -> tuple[U64, list[str]]:
    sums = np.zeros((groups * len(labels), 3), dtype=np.uint64)
    hashing.sum_amounts(limbs, np.where(group >= 0, group * len(labels) + bucket, -1), sums)
    return sums, labels


def magnitudes(words: U64) -> tuple[U64, NDArray[np.bool_]]:
    """Return numbers u64 (n, 1) or two's complement (n, 2) as magnitudes u64 (n, 2), and which are below 0."""
    if words.shape[1] == 1:
        return np.concatenate([words, np.zeros_like(words)], axis=1), np.zeros(len(words), dtype=np.bool_)
    negative = words[:, 1] >> np.uint64(63) != 0
    if not negative.any():
        return words, negative
    low = np.where(negative, ~words[:, 0] + np.uint64(1), words[:, 0])
    carry = (negative & (low == 0)).astype(np.uint64)
    return np.stack([low, np.where(negative, ~words[:, 1] + carry, words[:, 1])], axis=1), negative
