"""What a lake notes of itself, row by row: whether a row can be one that was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from indexer.rules.stored.range_sums import read_range
from indexer.words.blocks import block_range
from indexer.words.levels import parse_level

NotedRow = Mapping[str, Any]
_HEX = frozenset("0123456789abcdef")


def verify_notes(table: str, rows: Iterable[NotedRow]) -> None:
    """Raise ValueError where a row of a table of notes says what nobody wrote; other tables' rows pass."""
    verify = _OF_TABLES.get(table)
    if verify is None:
        return
    for row in rows:
        try:
            verify(row)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a row that nobody wrote: {error!r}") from error


def _verify_ledger(row: NotedRow) -> None:
    read_range(row["from_block"], row["to_block"], row["sums"])


def _verify_coverage(row: NotedRow) -> None:
    block_range(row["from_block"], row["to_block"])
    for name in ("parent_hash", "from_hash", "to_hash"):
        _verify_length(row, name, 32)
    parse_level(row["level"])
    if row.get("kinds") is not None:
        _verify_digest(row["kinds"])


def _verify_finality(row: NotedRow) -> None:
    _verify_length(row, "hash", 32)


def _verify_kind(row: NotedRow) -> None:
    _verify_digest(row["digest"])
    _verify_length(row, "address", 20)
    _verify_length(row, "topic0", 32)


def _verify_length(row: NotedRow, name: str, size: int) -> None:
    if len(row[name]) != size:
        raise ValueError(f"{name} of {len(row[name])} bytes, not {size}")


def _verify_digest(text: str) -> None:
    if len(text) != 64 or not _HEX.issuperset(text):
        raise ValueError(f"kinds {text!r}, not a sha256 in hex")


_OF_TABLES: Mapping[str, Callable[[NotedRow], None]] = {
    "ledger": _verify_ledger,
    "coverage": _verify_coverage,
    "finality": _verify_finality,
    "final_claims": _verify_finality,
    "kinds": _verify_kind,
}
