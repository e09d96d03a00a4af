"""Brings a lake to the form that this version reads and writes: forward only, and only by whoever writes to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from indexer.adapters.store.parquet_filters import remove_filters
from indexer.rules.protocols.protocol import EventTable
from indexer.rules.protocols.signatures import Argument
from indexer.words.errors import InputError, RetryLaterError
from sql import list_sql, load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.connection import LakeConnection

FILTERS_REMOVED = "bloom_filters_removed"
"""The step after the statements: no file has a Bloom filter any more."""
_NUMBERED = re.compile(r"lake/(\d{4}_\w+)")
_TYPES = {"address": "BLOB", "string": "BLOB", "bool": "BOOLEAN"}
_UNSIGNED = {"uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER", "uint64": "UBIGINT"}


def update_lake(lake: LakeConnection, folder: Path) -> list[str]:
    """Apply what the lake lacks, in order; return what an older lake was given, nothing for a new one.

    Killed at any moment it goes on where it stopped. InputError for a lake of a newer version.
    """
    tables = _load_tables(lake)
    applied = _applied(tables)
    missing = [step for step in _statements() if step not in applied]
    changes = _table_changes(lake, tables)
    done = missing + list(changes)
    if done:
        with lake.transaction():
            for step in missing:
                lake.execute(load_sql(f"lake/{step}"))
            _verify_protocol(lake)  # before a table of another protocol is made
            for statement in changes.values():
                lake.execute(statement)
            if not lake.query(load_sql("lake/parquet_version")).num_rows:
                lake.execute("CALL lake.set_option('parquet_version', '2')")  # a third less to write and to keep
            _record(lake, applied | set(missing) | (set() if tables else {FILTERS_REMOVED}))
    if tables and FILTERS_REMOVED not in applied:
        count = sum(remove_filters(path) for path in sorted(folder.rglob("*.parquet")))
        with lake.transaction():
            _record(lake, applied | set(missing) | {FILTERS_REMOVED})
        done.append(f"{count} Bloom filters removed")
    return done if tables else []


def verify_form(lake: LakeConnection) -> None:
    """Raise RetryLaterError for a lake that has not been brought to this form yet, InputError for a newer one."""
    _verify_protocol(lake)
    lacking = {*_statements(), FILTERS_REMOVED} - _applied(_load_tables(lake))
    if lacking:
        raise RetryLaterError(
            "the lake is of an older version",
            expected="all steps to its present form",
            got=f"no {min(lacking)}",
            remedy="run `pozk index`, which brings it up to date once",
        )


def _verify_protocol(lake: LakeConnection) -> None:
    """Raise InputError if the lake is filled for another protocol."""
    for row in lake.query(load_sql("lake/identity")).to_pylist():
        if row["key"] == "protocol" and row["value"] != lake.protocol.name:
            raise InputError(
                "the lake was filled for another protocol",
                expected=row["value"],
                got=lake.protocol.name,
                where="protocol.name",
                remedy="restore the setting, or use another data_dir",
            )


def _table_changes(lake: LakeConnection, tables: Mapping[str, str]) -> dict[str, str]:
    """Return what the tables of events lack, in words, and the statements that give it to them; nothing is taken."""
    changes: dict[str, str] = {}
    for table in lake.protocol.tables.values():
        if table.name not in tables:
            changes[f"table {table.name}"] = table_statement(table)
        elif table.optional:
            stored = lake.query(f'SELECT * FROM lake."{table.name}" LIMIT 0').column_names  # noqa: S608 - our own names
            for argument in table.columns:
                if argument.column not in stored:
                    changes[f"column {table.name}.{argument.column}"] = _column_statement(table.name, argument)
    return changes


def table_statement(table: EventTable) -> str:
    """Return the statement that makes a table of events."""
    columns = ",\n    ".join(
        f'"{argument.column}" {_sql_type(argument)}' + " NOT NULL" * (argument.column not in table.optional)
        for argument in table.columns
    )
    return load_sql("lake/event_table").replace("{table}", table.name).replace("{columns}", columns)


def _column_statement(table: str, argument: Argument) -> str:
    text = load_sql("lake/event_column").replace("{table}", table)
    return text.replace("{column}", argument.column).replace("{type}", _sql_type(argument))


def _sql_type(argument: Argument) -> str:
    if argument.is_amount:
        return "DECIMAL(38,0)"
    return _UNSIGNED.get(argument.abi_type) or _TYPES.get(argument.abi_type, "BLOB")


def _statements() -> list[str]:
    found = (_NUMBERED.fullmatch(name) for name in list_sql("lake"))
    return [match.group(1) for match in found if match]


def _load_tables(lake: LakeConnection) -> dict[str, str]:
    """Return the tables by name, each with its comment."""
    rows = lake.query(load_sql("lake/tables")).to_pylist()
    return {row["table_name"]: row["comment"] or "" for row in rows}


def _applied(tables: Mapping[str, str]) -> set[str]:
    applied = set(tables.get("identity", "").split())
    unknown = applied - {*_statements(), FILTERS_REMOVED}
    if unknown:
        raise InputError(
            "the lake is of a newer version",
            expected=f"no step after {_statements()[-1]}",
            got=min(unknown),
            remedy="use the version of pozk that wrote it, or a later one",
        )
    return applied


def _record(lake: LakeConnection, steps: set[str]) -> None:
    lake.execute(load_sql("lake/remember_form").replace("{steps}", " ".join(sorted(steps))))
