"""What the catalog says of the values in files and tables, by which filters leave them out, held against what is there.

A bound that is too narrow hides rows from every reader that filters, and no comparison of rows would find them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from sql import load_sql

if TYPE_CHECKING:
    import psycopg
    import pyarrow.parquet as pq

Bounds: TypeAlias = Mapping[str, tuple[Any, Any]]
"""The least and the greatest value of columns."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """What the catalog says of a file: how many rows it has, and the bounds of its columns as text."""

    rows: int
    bounds: dict[str, tuple[str, str]] = field(default_factory=dict)

    def verify(self, rows: int, found: Bounds) -> None:
        """Raise ValueError unless the file has so many rows, and no bound hides any of its values."""
        if self.rows != rows:
            raise ValueError(f"a catalog that names {self.rows} rows")
        for column, (least, greatest) in found.items():
            if column in self.bounds and _hides(self.bounds[column], least, greatest):
                low, high = self.bounds[column]
                raise ValueError(f"a catalog that names {column} of {low[:80]} to {high[:80]}")


def load_named(connection: psycopg.Connection[Any]) -> dict[str, NamedFile]:
    """Return what the catalog says of each file of the newest snapshot, by its name."""
    found: dict[str, NamedFile] = {}
    for path, count, column, least, greatest in connection.execute(load_sql("catalog/file_bounds").encode()).fetchall():
        named = found.setdefault(Path(path).name, NamedFile(count))
        if least is not None and greatest is not None:
            named.bounds[column] = (least, greatest)
    return found


def bounds_of(rows: pa.Table) -> Bounds:
    """Return the bounds of the columns that have values."""
    found = {}
    for name, values in zip(rows.column_names, rows.columns, strict=True):
        plain = values.cast(values.type.value_type) if pa.types.is_dictionary(values.type) else values
        least, greatest = (each.as_py() for each in pc.min_max(plain).values())
        if least is not None:
            found[name] = (least, greatest)
    return found


def joined(one: Bounds, other: Bounds) -> Bounds:
    """Return the bounds of both."""
    found = dict(one)
    for name, (least, greatest) in other.items():
        low, high = one.get(name, (least, greatest))
        found[name] = (min(low, least), max(high, greatest))
    return found


def verify_statistics(group: pq.RowGroupMetaData, found: Bounds) -> None:
    """Raise ValueError where the bounds that a footer names of a row group would hide rows of it from a filter."""
    for place in range(group.num_columns):
        column = group.column(place)
        named = column.statistics if column.is_stats_set else None
        if named is None or not named.has_min_max or column.path_in_schema not in found:
            continue
        least, greatest = found[column.path_in_schema]
        if type(named.min) is type(least) and not named.min <= least <= greatest <= named.max:
            raise ValueError(f"statistics of {column.path_in_schema} that hide rows: {named.min} to {named.max}")


def widen_tables(connection: psycopg.Connection[Any], tables: tuple[str, ...]) -> list[tuple[str, int, str, str]]:
    """Let the bounds of whole tables hold those of their files; return table, 0, bounds and what they were of each."""
    columns: dict[tuple[Any, ...], list[tuple[str, str]]] = defaultdict(list)
    for *column, least, greatest in connection.execute(load_sql("catalog/table_bounds").encode()).fetchall():
        if column[0] in tables:
            columns[tuple(column)].append((least, greatest))
    found = []
    for (table, name, kind, table_id, column_id, least, greatest), files in columns.items():
        ends = [end for each in files for end in each] + [end for end in (least, greatest) if _is_value(kind, end)]
        low, high = (choose(ends, key=lambda end: _value(kind, end)) for choose in (min, max))
        if (low, high) != (least, greatest):
            values = {"table": table_id, "column": column_id, "least": low, "greatest": high}
            connection.execute(load_sql("catalog/widen_table_bounds").encode(), values)
            found.append((table, 0, f"{name} of {low} to {high}", f"a catalog that names {least} to {greatest}"))
    return found


def _value(kind: str, text: str) -> int | bool | str:
    """Return what orders a value of a column of some type; bytes are digits of hex, which order as they do."""
    if kind == "boolean":
        return text == "true"
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
    return text == "true" if kind is bool else kind(text)
