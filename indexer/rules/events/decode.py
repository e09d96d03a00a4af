"""Logs to the columns of their event's table; what cannot be decoded goes whole into the quarantine, or where its kind
does not count, among the undecoded.

A row is refused where strict eth-abi refuses it (short data, dirty padding, an offset into the head or beyond the
end), where its number of topics is wrong, an argument is above its limit, an amount above 10^38 - 1, or its emitter is
not the contract of that event. Strings stay bytes: NUL and broken UTF-8 are no reason to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from indexer.rules.columns import words32
from indexer.rules.columns.arrays import I64, U8, Mask
from indexer.rules.columns.logs import LogColumns, take_ragged
from indexer.rules.columns.membership import is_one_of
from indexer.rules.protocols.protocol import EventTable, Protocol
from indexer.rules.protocols.signatures import Argument, EventType

_PLACES = [("block_number", "ascending"), ("log_index", "ascending")]


@dataclass(slots=True)
class Decoded:
    """Arrow tables by lake table name, the quarantine and the undecoded among them where there are any.

    `logs` and `quarantined` count the kinds that count.
    """

    tables: dict[str, pa.Table] = field(default_factory=dict)
    logs: int = 0
    quarantined: int = 0


def decode_logs(logs: LogColumns, emitters: Mapping[str, U8], protocol: Protocol) -> Decoded:
    """Decode logs of a protocol's kinds, sorted by (block, log index).

    `emitters` holds for each contract its addresses as uint8 (k, 20).
    """
    decoded = Decoded()
    refused: dict[str, list[pa.Table]] = {}
    found: dict[str, list[pa.Table]] = {}
    for event, rows in _rows_by_event(logs, protocol):
        allowed = np.concatenate([emitters[name] for name in event.emitters])
        table, bad = _decode_event(event, logs.take(rows), allowed, protocol.limits)
        is_counted = event.topic0 in protocol.counted_topics
        decoded.logs += len(rows) if is_counted else 0
        if len(table):
            found.setdefault(event.table, []).append(table)
        if bad is not None:
            refused.setdefault("quarantine" if is_counted else "undecoded", []).append(bad)
    decoded.tables |= {name: _joined(parts, protocol.tables[name]) for name, parts in found.items()}
    decoded.tables |= {name: pa.concat_tables(parts).sort_by(_PLACES) for name, parts in refused.items()}
    decoded.quarantined = len(decoded.tables.get("quarantine", ()))
    return decoded


def join_decoded(parts: Sequence[Decoded]) -> Decoded:
    """Return the tables of consecutive parts as one, chunk behind chunk, nothing copied."""
    if len(parts) == 1:
        return parts[0]
    names = dict.fromkeys(name for part in parts for name in part.tables)
    tables = {name: pa.concat_tables([p.tables[name] for p in parts if name in p.tables]) for name in names}
    return Decoded(tables, sum(part.logs for part in parts), sum(part.quarantined for part in parts))


def _joined(parts: list[pa.Table], table: EventTable) -> pa.Table:
    """Return what the kinds of one table gave; NULL in the columns that a kind has not."""
    names = [name for name in parts[0].column_names if name not in {each.column for each in table.columns}]
    names += [each.column for each in table.columns]
    if len(parts) == 1 and parts[0].column_names == names:
        return parts[0]
    whole = pa.concat_tables(parts, promote_options="default")
    for argument in table.columns:
        if argument.column not in whole.column_names:
            whole = whole.append_column(argument.column, pa.nulls(len(whole), arrow_type(argument)))
    return whole.select(names).sort_by(_PLACES)


def arrow_type(argument: Argument) -> pa.DataType:
    """Return the Arrow type of an argument's column."""
    if argument.is_amount:
        return pa.decimal128(38, 0)
    if argument.is_dynamic:
        return pa.large_binary()
    if argument.abi_type == "bool":
        return pa.bool_()
    if argument.abi_type.startswith("uint") and argument.abi_type != "uint256":
        return pa.from_numpy_dtype(np.dtype(argument.abi_type))
    return pa.binary()


def _rows_by_event(logs: LogColumns, protocol: Protocol) -> list[tuple[EventType, I64]]:
    """Split the logs by topic0, in catalog order."""
    first = logs.topics.view(np.uint64)[:, 0, 0].byteswap()
    present = set(np.unique(first).tolist())
    groups = []
    for event in protocol.kinds:
        key = int.from_bytes(event.topic0[:8], "big")  # the filter compared all 32 bytes
        if key in present:
            groups.append((event, np.flatnonzero(first == key)))
    return groups


def _decode_event(
    event: EventType, logs: LogColumns, emitters: U8, limits: Mapping[str, int]
) -> tuple[pa.Table, pa.Table | None]:
    work = _EventRows(logs, limits)
    work.refuse(~is_one_of(logs.address, emitters), f"emitted by a contract that is not {event.emitter}")
    work.refuse(logs.topic_count != 1 + len(event.indexed), f"expected {1 + len(event.indexed)} topics")
    columns: dict[str, pa.Array] = {}
    for position, argument in enumerate(event.indexed, start=1):
        columns[argument.column] = work.column(argument, logs.topics[:, position, :])
    head = work.head(len(event.plain))
    for position, argument in enumerate(event.plain):
        word = head[:, position, :]
        if argument.is_dynamic:
            columns[argument.column] = work.dynamic(argument, word, 32 * len(event.plain))
        else:
            columns[argument.column] = work.column(argument, word)
    ordered = {name: columns[name] for name in (argument.column for argument in event.arguments)}
    table = pa.table(_place_columns(logs) | ordered)
    if not work.reasons:
        return table, None
    good = work.accepted()
    reasons = [work.reasons[row] for row in np.flatnonzero(~good).tolist()]
    return table.filter(pa.array(good)), _quarantine_table(event, logs.take(~good), reasons)


class _EventRows:
    """The logs of one event while their columns are decoded, with the first reason against each."""

    def __init__(self, logs: LogColumns, limits: Mapping[str, int]) -> None:
        self.logs, self._limits = logs, limits
        self.sizes = np.diff(logs.data_offsets)
        self.reasons: dict[int, str] = {}

    def refuse(self, rows: Mask, reason: str) -> None:
        """Note `reason` against the rows of the mask that have none yet."""
        for row in np.flatnonzero(rows):
            self.reasons.setdefault(int(row), reason)

    def accepted(self) -> Mask:
        """Return the mask of the rows with no reason against them."""
        good = np.ones(len(self.logs), dtype=np.bool_)
        good[list(self.reasons)] = False
        return good

    def head(self, words: int) -> U8:
        """Return the first `words` words of each data section, (n, words, 32); short ones are refused, read as 0."""
        count, width = len(self.logs), 32 * words
        if count and (self.sizes == width).all():
            start = int(self.logs.data_offsets[0])
            return self.logs.data[start : start + count * width].reshape(count, words, 32)
        self.refuse(self.sizes < width, f"expected at least {width} bytes of data")
        head = np.zeros((count, width), dtype=np.uint8)
        full = np.flatnonzero(self.sizes >= width)
        picked, _ = take_ragged(self.logs.data, self.logs.data_offsets[full], np.full(len(full), width, np.int64))
        head[full] = picked.reshape(len(full), width)
        return head.reshape(count, words, 32)

    def column(self, argument: Argument, words: U8) -> pa.Array:
        """Decode a value that fills one word."""
        kind = argument.abi_type
        if argument.is_amount:
            return self._amounts(argument, words)
        if kind == "address":
            values, dirty = words32.decode_addresses(words)
            self.refuse(dirty, f"dirty padding in {argument.name}")
            return fixed_binary(values)
        if kind == "bool":
            flags, dirty = words32.decode_bools(words)
            self.refuse(dirty, f"{argument.name} is no bool")
            return pa.array(flags)
        if kind.startswith("uint") and kind != "uint256":
            return self._uints(argument, words)
        return fixed_binary(np.ascontiguousarray(words))  # bytes32, or a task id: every word is one

    def _uints(self, argument: Argument, words: U8) -> pa.Array:
        numbers, dirty = words32.decode_uints(words, int(argument.abi_type[4:]))
        self.refuse(dirty, f"{argument.name} is no {argument.abi_type}")
        if (limit := self._limits.get(argument.name)) is not None:
            self.refuse(~dirty & (numbers > limit), f"{argument.name} above {limit}")
        return pa.array(numbers)

    def _amounts(self, argument: Argument, words: U8) -> pa.Array:
        if argument.abi_type.startswith("int"):
            limbs, dirty, too_big = words32.decode_signed_amounts(words)
        else:
            limbs, dirty, too_big = words32.decode_amounts(words, int(argument.abi_type[4:]))
        self.refuse(dirty, f"dirty padding in {argument.name}")
        self.refuse(too_big, f"{argument.name} above 10^38 - 1")
        return pa.Array.from_buffers(pa.decimal128(38, 0), len(limbs), [None, pa.py_buffer(limbs)])

    def dynamic(self, argument: Argument, pointers: U8, head_size: int) -> pa.Array:
        """Decode a `bytes` or `string` behind an offset; refused rows become empty."""
        data, base = self.logs.data, self.logs.data_offsets[:-1]
        offset, far = _small(pointers)
        bad = far | (offset < head_size) | (offset + 32 > self.sizes)
        at = np.where(bad, 0, base + offset)
        length_words, _ = take_ragged(data, at[~bad], np.full(int((~bad).sum()), 32, np.int64))
        length = np.zeros(len(base), dtype=np.int64)
        length[~bad], huge = _small(length_words.reshape(-1, 32))
        bad[~bad] |= huge
        padded = (length + 31) // 32 * 32
        bad |= offset + 32 + padded > self.sizes
        self.refuse(bad, f"{argument.name} lies outside the data")
        length[bad] = 0
        padded[bad] = 0
        tail, tail_offsets = take_ragged(data, at + 32 + length, padded - length)
        self.refuse(_any_in(tail != 0, tail_offsets), f"dirty padding in {argument.name}")
        values, offsets = take_ragged(data, at + 32, length)
        return binary(values, offsets)


def fixed_binary(rows: U8) -> pa.Array:
    """Return uint8 (n, w) as an Arrow column of w-byte values without copying.

    Its type is the one with offsets: DuckDB refers to such values, while it copies those of a fixed size.
    """
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * np.int32(rows.shape[1])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(rows))]
    return pa.BinaryArray.from_buffers(pa.binary(), len(rows), buffers)


def binary(values: U8, offsets: I64) -> pa.Array:
    """Return ragged bytes as an Arrow column."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets)), pa.py_buffer(np.ascontiguousarray(values))]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)


def _small(words: U8) -> tuple[I64, Mask]:
    """Return words below 2^40 as int64 and the mask of those that are not, read as 0."""
    limbs = words32.limbs_of(words)
    far = ((limbs[:, 0] | limbs[:, 1] | limbs[:, 2]) != 0) | (limbs[:, 3] >> np.uint64(40) != 0)
    return np.where(far, np.uint64(0), limbs[:, 3]).astype(np.int64), far


def _any_in(flags: Mask, offsets: I64) -> Mask:
    """Return for each slice of `flags` whether a flag in it is set."""
    counts = np.concatenate([[0], np.cumsum(flags)])
    return counts[offsets[1:]] > counts[offsets[:-1]]


def _place_columns(logs: LogColumns) -> dict[str, pa.Array]:
    return {
        "block_number": pa.array(logs.block_number),
        "log_index": pa.array(logs.log_index),
        "tx_index": pa.array(logs.tx_index),
        "tx_hash": fixed_binary(logs.tx_hash),
        "address": fixed_binary(logs.address),
    }


def _quarantine_table(event: EventType, logs: LogColumns, reasons: list[str]) -> pa.Table:
    topics = [logs.topics[row, : logs.topic_count[row]].tobytes() for row in range(len(logs))]
    data = [logs.data_of(row) for row in range(len(logs))]
    return pa.table(
        _place_columns(logs)
        | {
            "block_hash": fixed_binary(logs.block_hash),
            "event": pa.array([event.name] * len(logs), pa.string()),
            "topics": pa.array(topics, pa.large_binary()),
            "data": pa.array(data, pa.large_binary()),
            "reason": pa.array(reasons, pa.string()),
        }
    )
