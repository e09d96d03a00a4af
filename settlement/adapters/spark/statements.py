"""The SQL of a step as Spark reads it: the same text, with the lake's tables, bound values, and the blocks it reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from settlement.ports.engine import Params

PORTABLE = "-- Portable: DuckDB and Spark read it alike.\n"
"""The first line of a file in the subset that both engines read alike; `tests/test_sql.py` holds it."""
_DIALECT = "spark"
_LAKE = "lake"


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a table that a statement can use, both ends closed, None for no bound."""

    low: int | None
    high: int | None


def is_portable(text: str) -> bool:
    """Return whether a file is in the subset that Spark reads."""
    return text.startswith(PORTABLE)


def spark_statement(
    text: str, params: Params, block_column: Callable[[str], str], view_of: Callable[[str, Blocks], str]
) -> str:
    """Return a portable statement for Spark. `view_of` names the view of a lake's table of which some blocks are read.

    Bound values become literals: whole numbers and bytes, nothing else can stand there.
    """
    tree = sqlglot.parse_one(text.replace("$", ":"), read=_DIALECT)
    for table in list(tree.find_all(exp.Table)):
        if table.db == _LAKE:
            blocks = _blocks_read(table, block_column(table.name), params)
            table.set("db", None)
            table.set("this", exp.to_identifier(view_of(table.name, blocks)))
    for place in list(tree.find_all(exp.Placeholder)):
        place.replace(_literal(params[place.name]))
    return tree.sql(_DIALECT, comments=False)


@cache
def tables_named(text: str) -> frozenset[str]:
    """Return the names of all tables that a statement names, those of the lake as `lake.<table>`."""
    tree = sqlglot.parse_one(text, read="duckdb")
    return frozenset(f"{table.db}.{table.name}" if table.db else table.name for table in tree.find_all(exp.Table))


def _literal(value: int | bytes) -> exp.Expression:
    if isinstance(value, bytes):
        return exp.HexString(this=value.hex())
    return exp.cast(exp.Literal.number(value), "DECIMAL(20, 0)")


def _blocks_read(table: exp.Table, column: str, params: Params) -> Blocks:
    """Return the bounds that every row of a table has to meet by what its SELECT asks of all of them."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select is not None else None
    low, high = None, None
    for condition in _conditions(where):
        for is_low, bound in _bounds(condition, table.alias_or_name, column, params):
            if is_low:
                low = bound if low is None else max(low, bound)
            else:
                high = bound if high is None else min(high, bound)
    return Blocks(low, high)


def _conditions(where: exp.Where | None) -> list[exp.Expr]:
    """Return what has to hold all at once."""
    if where is None:
        return []
    return list(where.this.flatten()) if isinstance(where.this, exp.And) else [where.this]


def _bounds(condition: exp.Expr, table: str, column: str, params: Params) -> list[tuple[bool, int]]:
    """Return what a condition asks of the column at least: (whether from below, value)."""
    found: list[tuple[bool, exp.Expression | None]] = []
    if isinstance(condition, exp.Between):
        found = [(True, condition.args["low"]), (False, condition.args["high"])]
    elif isinstance(condition, exp.LTE | exp.LT):
        found = [(False, condition.expression)]
    elif isinstance(condition, exp.GTE | exp.GT):
        found = [(True, condition.expression)]
    elif isinstance(condition, exp.EQ):
        found = [(True, condition.expression), (False, condition.expression)]
    subject = condition.this if found else None
    if not isinstance(subject, exp.Column) or subject.name != column or subject.table not in ("", table):
        return []
    return [(is_low, value) for is_low, bound in found if (value := _value(bound, params)) is not None]


def _value(bound: exp.Expression | None, params: Mapping[str, int | bytes]) -> int | None:
    value = params.get(bound.name) if isinstance(bound, exp.Placeholder) else None
    return value if isinstance(value, int) else None
