"""What SQL of people may do: one SELECT over the lake's tables and views. No files, no other database, no settings.

DuckDB's own parser says what a statement names; its settings (`LakeConnection.confine`) hold the same a second time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import duckdb

from indexer.words.errors import InputError

FUNCTIONS = frozenset(
    {
        *("range", "generate_series", "unnest", "repeat", "repeat_row"),
        *("duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_functions", "duckdb_types", "duckdb_schemas"),
    }
)
"""Table functions that read nothing but their arguments or the names of tables."""
_CATALOGS = frozenset({"", "lake", "memory", "temp", "system"})
_SYSTEM = ("duckdb_", "pragma_", "pg_", "sqlite_", "__")
_REFUSED_SCALARS = frozenset({"write_log", "current_setting", "nextval", "currval", "getenv", "query", "query_table"})
_EXPLAIN = re.compile(r"\s*explain\s*(\([^)]*\)|analyze\b)?", re.IGNORECASE)
_READS = "a statement that reads: SELECT"
_REMEDY = "ask one SELECT over lake.*, settled_* and analytics.*; `--out FILE` writes rows to a file"


def verify_reading(statement: str, serialize: Callable[[str], str]) -> None:
    """Raise InputError unless a text is one SELECT that reads tables alone.

    `serialize` is DuckDB's json_serialize_sql.
    """
    try:
        found = duckdb.extract_statements(statement)
    except duckdb.Error as error:
        raise InputError("the query is wrong", got=str(error).strip().splitlines()[0]) from error
    if len(found) != 1:
        raise InputError("not one statement", expected="one SELECT", got=f"{len(found)} statements", remedy=_REMEDY)
    kind = found[0].type.name
    if kind == "EXPLAIN":
        explained = _EXPLAIN.match(statement)
        if explained and explained.end() > 0:
            verify_reading(statement[explained.end() :], serialize)
            return
    if kind != "SELECT":
        raise InputError("only questions are asked here", expected=_READS, got=kind, remedy=_REMEDY)
    for node in _nodes(_parsed(statement, serialize)):
        _verify_node(node)


def _parsed(statement: str, serialize: Callable[[str], str]) -> Any:
    try:
        tree = json.loads(serialize(statement))
    except RecursionError as error:
        raise InputError("the query is nested too deeply", remedy="write its parts as WITH") from error
    if tree["error"]:
        raise InputError(
            "only questions are asked here",
            expected="a statement that reads: SELECT",
            got=tree["error_message"],
            remedy=_REMEDY,
        )
    return tree


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a tree."""
    rest = [tree]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            yield node
            rest += node.values()
        elif isinstance(node, list):
            rest += node


def _verify_node(node: dict[str, Any]) -> None:
    kind = node.get("type")
    if kind == "TABLE_FUNCTION":
        name = str(node["function"].get("function_name", "")).lower()
        if name not in FUNCTIONS:
            raise _refused(f"{name}()")
    elif kind in ("BASE_TABLE", "SHOW_REF"):
        _verify_table(
            *(str(node.get(f"{part}_name") or "").strip('"').lower() for part in ("catalog", "schema", "table"))
        )
    elif kind == "FUNCTION" and str(node.get("function_name", "")).lower() in _REFUSED_SCALARS:
        raise _refused(f"{node['function_name']}()")


def _verify_table(catalog: str, schema: str, table: str) -> None:
    is_system = schema in ("", "main", "pg_catalog") and table.startswith(_SYSTEM) and table not in FUNCTIONS
    if is_system or catalog not in _CATALOGS or schema.startswith(_SYSTEM) or re.search(r"[./\\:]", table):
        raise _refused(".".join(part for part in (catalog, schema, table) if part))


def _refused(got: str) -> InputError:
    what = "a query reads tables and views alone"
    return InputError(what, expected="tables of the lake and its settled epochs", got=got, remedy=_REMEDY)
