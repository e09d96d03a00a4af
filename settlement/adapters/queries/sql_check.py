"""Finds comparisons that are never true: bytes with text, and hex text with text in another case than ours.

DuckDB compares them silently: text that is cast to bytes is the bytes of its characters.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence

import sqlglot
from sqlglot import MappingSchema, exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from indexer.words.errors import InputError

Types = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Of each schema (`lake`, `analytics`, and `main` for what stands in none) the columns' types by table."""

_BYTES, _TEXT = "bytes", "text"
_ADDRESS_OR_HASH = re.compile(r"0[xX](?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})")
_WRITES_BYTES = "\\x"
"""How a text constant begins that writes bytes, as DuckDB shows them."""
_MACROS = {"addr": _BYTES, "hex_text": _TEXT, "in_tokens": _TEXT}
_FUNCTIONS = (exp.StartsWith, exp.EndsWith, exp.Contains, exp.RegexpLike, exp.ArrayContains, exp.Like, exp.ILike)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, *_FUNCTIONS)


def verify_comparisons(statement: str, types: Types) -> None:
    """Raise InputError for a comparison that is never true; what cannot be read is left to the database."""
    logging.getLogger("sqlglot").disabled = True  # what it cannot read is the database's to tell
    try:
        trees = [tree for tree in sqlglot.parse(statement, read="duckdb") if tree is not None]
    except (SqlglotError, RecursionError):
        return
    for tree in trees:
        for node, sides in _compared(_typed(tree, types)):
            _verify_sides(node, sides)


def _typed(tree: exp.Expr, types: Types) -> exp.Expr:
    """Return a statement whose columns know their types, as far as its tables are known."""
    for table in tree.find_all(exp.Table):
        if (table.catalog, table.db) == ("lake", "main"):
            table.set("db", exp.to_identifier("lake"))
        if table.catalog:
            table.set("catalog", None)
    schema = MappingSchema({name: dict(tables) for name, tables in types.items()}, dialect="duckdb")
    try:
        known = qualify(
            tree.copy(),
            schema=schema,
            db="main",
            dialect="duckdb",
            quote_identifiers=False,
            validate_qualify_columns=False,
        )
        return annotate_types(known, schema=schema, dialect="duckdb")
    except (SqlglotError, RecursionError):
        return tree


def _compared(tree: exp.Expr) -> Iterator[tuple[exp.Expr, tuple[exp.Expr, ...]]]:
    """Return each comparison with what it compares, tuples element by element."""
    for node in tree.walk():
        if isinstance(node, _COMPARISONS):
            yield from ((node, pair) for pair in _pairs(node.this, node.expression))
        elif isinstance(node, exp.Between):
            yield node, (node.this, node.args["low"], node.args["high"])
        elif isinstance(node, exp.In):
            query = node.args.get("query")
            others = [*node.expressions, *(query.this.selects if query is not None else [])]
            yield from ((node, pair) for other in others for pair in _pairs(node.this, other))
        elif isinstance(node, exp.Case) and node.this is not None:
            yield from ((branch, (node.this, branch.this)) for branch in node.args["ifs"])


def _pairs(left: exp.Expr, right: exp.Expr) -> Iterator[tuple[exp.Expr, ...]]:
    left, right = left.unnest(), right.unnest()
    if isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple):
        for pair in zip(left.expressions, right.expressions, strict=False):
            yield from _pairs(*pair)
    else:
        yield *_elements(left), *_elements(right)


def _elements(side: exp.Expr) -> Sequence[exp.Expr]:
    """Return what is compared one by one: the members of a list, or the value itself."""
    if isinstance(side, exp.Any | exp.All):
        return _elements(side.this.unnest())
    return side.expressions if isinstance(side, exp.Array) else [side]


def _verify_sides(node: exp.Expr, sides: Sequence[exp.Expr]) -> None:
    kinds = [_kind(side) for side in sides]
    if _BYTES in kinds and _TEXT in kinds:
        raise InputError(
            "bytes are compared with text, which is never true",
            expected=f"bytes on both sides, as in {_shown(sides[kinds.index(_BYTES)])} = addr('0x..')",
            got=_shown(node),
            remedy="write addr('0x..') for the text, or ask analytics.*, where addresses and hashes are hex text",
        )
    literals = [side.name for side in sides if isinstance(side, exp.Literal) and side.is_string]
    if any(isinstance(side, exp.Column) and kind == _TEXT for side, kind in zip(sides, kinds, strict=True)):
        for text in literals:
            if _ADDRESS_OR_HASH.fullmatch(text) and text != text.lower():
                raise InputError(
                    "hex text is in lower case here", expected=text.lower(), got=text, remedy="write it in lower case"
                )


def _kind(side: exp.Expr) -> str | None:
    """Return whether an expression is bytes or text; None where that is not known, or for text that writes bytes."""
    side = side.unnest()
    if isinstance(side, exp.Anonymous):
        return _MACROS.get(side.name.lower())
    if isinstance(side, exp.Literal):
        return _TEXT if side.is_string and not side.name.startswith(_WRITES_BYTES) else None
    if isinstance(side, exp.Cast) and (inner := _kind(side.this)) is not None:
        return inner  # a cast shows bytes as \x.. and reads text as its characters: neither is hex text
    if side.type is None:
        return None
    return _BYTES if side.is_type("binary", "varbinary") else _TEXT if side.is_type("text", "varchar") else None


def _shown(node: exp.Expr) -> str:
    return node.sql(dialect="duckdb")
