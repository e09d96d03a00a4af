"""The lake's types in Spark's, and what Spark hands back in the types that DuckDB hands back."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from indexer.words.errors import UnsoundError

_NUMBER = "decimal(20,0)"
"""What Spark reads an unsigned number of 64 bits as: it has no unsigned types."""
_SPARK_TYPES = {
    "uint8": "smallint",
    "uint16": "int",
    "uint32": "bigint",
    "uint64": _NUMBER,
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "boolean": "boolean",
    "blob": "binary",
    "varchar": "string",
    "decimal(38,0)": "decimal(38,0)",
}
_WIDER = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64(), pa.uint64(): pa.decimal128(20, 0)}
_NUMBER_DIGITS = 20
_AMOUNT = pa.decimal128(38, 0)


def spark_columns(columns: Mapping[str, str], table: str) -> dict[str, str]:
    """Return the columns of a table with Spark's types, by those in the catalog's words; UnsoundError for another type.

    A column that a file does not have, because it came later, is NULL in its rows.
    """
    for name, kind in columns.items():
        if kind not in _SPARK_TYPES:
            raise UnsoundError(
                "a column is of a type that is not read",
                expected=", ".join(_SPARK_TYPES),
                got=kind,
                where=f"lake.{table}.{name}",
            )
    return {name: _SPARK_TYPES[kind] for name, kind in columns.items()}


def schema_of(columns: Mapping[str, str]) -> str:
    """Return columns and their types as Spark reads a schema."""
    return ", ".join(f"`{name}` {kind}" for name, kind in columns.items())


def to_spark(rows: pa.Table) -> pa.Table:
    """Return rows of DuckDB with signed columns that hold the same numbers."""
    return rows.cast(pa.schema([field.with_type(_WIDER.get(field.type, field.type)) for field in rows.schema]))


def from_spark(rows: pa.Table) -> pa.Table:
    """Return rows of Spark: numbers of at most 20 digits as u64 where they fit, others as decimal128(38, 0)."""
    columns = [_from_spark(column) for column in rows.columns]
    return pa.table(columns, names=rows.schema.names)


def _from_spark(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_decimal(column.type):
        return column
    if column.type.precision <= _NUMBER_DIGITS and _is_u64(column):
        return column.cast(pa.decimal128(38, 0)).cast(pa.uint64())
    return column.cast(_AMOUNT)


def _is_u64(column: pa.ChunkedArray) -> bool:
    limits = pc.min_max(column)
    low, high = limits["min"].as_py(), limits["max"].as_py()
    return low is None or (low >= 0 and high < 2**64)
