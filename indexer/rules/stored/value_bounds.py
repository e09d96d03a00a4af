"""What catalog and footers say of the values in files, by which filters leave them out, held against what is there.

A bound that is too narrow hides rows from every reader that filters, and no comparison of rows would find them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow.parquet as pq

ValueBounds: TypeAlias = Mapping[str, tuple[Any, Any]]
"""The least and the greatest value of columns."""

_INTERNAL = "_ducklake_internal_"
"""Columns of DuckLake's own, in files that an update or a merge wrote."""
_TRUTHS = ("0", "1", "false", "true")
"""How the catalog writes truths: those of files as numbers."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """What the catalog says of a file: how many rows it has, its columns' numbers, and their bounds as text."""

    rows: int
    numbers: dict[str, int] = field(default_factory=dict)
    bounds: dict[str, tuple[str, str]] = field(default_factory=dict)

    def verify_numbers(self, footer: pq.FileMetaData) -> None:
        """Raise ValueError unless each column has the number of its name: DuckLake goes by that, others by this."""
        for column in footer.schema.to_arrow_schema():
            number = (column.metadata or {}).get(b"PARQUET:field_id", b"none").decode()
            is_own = column.name.startswith(_INTERNAL)
            if not is_own and number != str(self.numbers.get(column.name, "none")):
                raise ValueError(f"the column {column.name} under the number {number}")

    def verify(self, rows: int, found: ValueBounds) -> None:
        """Raise ValueError unless the file has so many rows, and no bound hides any of its values."""
        if self.rows != rows:
            raise ValueError(f"a catalog that names {self.rows} rows")
        for column, (least, greatest) in found.items():
            if column in self.bounds and _hides(self.bounds[column], least, greatest):
                low, high = self.bounds[column]
                raise ValueError(f"a catalog that names {column} of {low[:80]} to {high[:80]}")


def bounds_of(rows: pa.Table) -> ValueBounds:
    """Return the bounds of the columns that have values."""
    found = {}
    for name, values in zip(rows.column_names, rows.columns, strict=True):
        plain = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
        least, greatest = (each.as_py() for each in pc.min_max(plain).values())
        if least is not None:
            found[name] = (least, greatest)
    return found


def joined(one: ValueBounds, other: ValueBounds) -> ValueBounds:
    """Return the bounds of both."""
    found = dict(one)
    for name, (least, greatest) in other.items():
        low, high = one.get(name, (least, greatest))
        found[name] = (min(low, least), max(high, greatest))
    return found


def verify_statistics(group: pq.RowGroupMetaData, found: ValueBounds) -> None:
    """Raise ValueError where the bounds that a footer names of a row group would hide rows of it from a filter."""
    for place in range(group.num_columns):
        column = group.column(place)
        named = column.statistics if column.is_stats_set else None
        if named is None or not named.has_min_max or column.path_in_schema not in found:
            continue
        least, greatest = found[column.path_in_schema]
        if type(named.min) is type(least) and not named.min <= least <= greatest <= named.max:
            raise ValueError(f"statistics of {column.path_in_schema} that hide rows: {named.min} to {named.max}")


def widened(kind: str, named: tuple[str, str], files: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the bounds of a column of a whole table, as text: those that are named, and those of all its files."""
    ends = [end for each in (named, *files) for end in each if _is_value(kind, end)]
    if not ends:
        return named
    low, high = (choose(ends, key=lambda end: _value(kind, end)) for choose in (min, max))
    return low, high


def _value(kind: str, text: str) -> int | bool | str:
    """Return what orders a value of a column of some type; bytes are digits of hex, which order as they do."""
    if kind == "boolean":
        return _TRUTHS.index(text) % 2 == 1
    return text if kind in ("blob", "varchar") else int(text)


def _is_value(kind: str, text: str) -> bool:
    try:
        _value(kind, text)
    except ValueError:
        return False
    return True


def _hides(named: tuple[str, str], least: Any, greatest: Any) -> bool:
    """Return whether a filter that believes the named bounds would leave out one of these values."""
    low, high = (_as(type(least), text) for text in named)
    return not (low <= least and greatest <= high)


def _as(kind: type[Any], text: str) -> Any:
    """Return what the catalog's text of a value stands for; ValueError where it stands for none."""
    if kind is bytes:
        return bytes.fromhex(text)
    if kind is bool:
        return _TRUTHS.index(text) % 2 == 1
    return text if kind is str else int(text)
