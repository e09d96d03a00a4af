"""What holds for every SQL file."""

import re
from pathlib import Path

import pytest
import sqlglot

FILES = sorted((Path(__file__).parent.parent / "sql").rglob("*.sql"))
COMMENT_OR_TEXT = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


RATIO = Path("lake_views/ratio.sql")
"""Where the one division stands, of statistics for people."""


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if not path.match(str(RATIO))],
    ids=lambda path: f"{path.parent.name}/{path.stem}",
)
def test_sql__every_file__divides_nothing(path):
    code = COMMENT_OR_TEXT.sub(" ", path.read_text())
    assert "/" not in code
    assert not re.search(r"\b(divide|fdiv|round|trunc|floor|ceil|avg|mean|DOUBLE|FLOAT|REAL)\b", code, re.IGNORECASE)


def test_sql__the_one_division__is_a_macro_that_named_queries_alone_use_for_columns_that_say_so():
    (ratio,) = [path for path in FILES if path.match(str(RATIO))]
    assert COMMENT_OR_TEXT.sub(" ", ratio.read_text()).count("/") == 1
    for path in FILES:
        code = COMMENT_OR_TEXT.sub(" ", path.read_text())
        if path != ratio and re.search(r"\bratio\(", code):
            assert path.parent.name == "analytics", path
            assert set(re.findall(r"\bratio\(.*\) AS (\w+)", code)) <= set(
                re.findall(r"\w+_ratio|\w+_hour|share", code)
            )


MARK = "-- Portable: DuckDB and Spark read it alike.\n"
SAME_SIGN = {
    "proofs": "counts",
    "tasks": "counts",
    "gates": "of 64 bits, no sign",
    "alpha_milli": "of 32 bits, no sign",
    "x": "work or tasks of one account, summed before",
    "stake": "a stake in force; stake_sizes bounds what sums of them come to",
    "high": "19 digits",
    "low": "19 digits",
}
"""Columns whose plain sum cannot pass the limit on its way to one that is within it, and why."""
NO_SETTLEMENT = {"explain", "simulate", "distribute", "serve"}
SETTLEMENT = [
    path for path in FILES if {"reference", "epochs"} & set(path.parts) and not NO_SETTLEMENT & set(path.parts)
]
PORTABLE = [path for path in FILES if path.read_text().startswith(MARK)]


def statement_of(path, dialect):
    """Return a file as a dialect reads it; keys are never NULL, so where NULLs stand is no difference."""
    sign = "$" if dialect == "duckdb" else ":"
    parsed = sqlglot.parse_one(path.read_text().replace("$", sign), read=dialect)
    for ordered in parsed.find_all(sqlglot.exp.Ordered):
        ordered.set("nulls_first", None)
    return parsed


def words_of(parsed):
    return parsed.sql("spark", comments=False).replace(" NULLS LAST", "")


def test_sql__steps_of_a_settlement__are_marked_portable():
    assert {path.stem for path in SETTLEMENT} == {path.stem for path in SETTLEMENT if path in PORTABLE}


@pytest.mark.parametrize("path", SETTLEMENT, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_sql__signs_of_a_settlement__are_changed_by_subtraction(path):
    parsed = statement_of(path, "spark")
    negated = [each for each in parsed.find_all(sqlglot.exp.Neg) if not isinstance(each.this, sqlglot.exp.Literal)]
    assert not negated, "Spark negates a decimal with 34 digits alone"
    assert not list(parsed.find_all(sqlglot.exp.Abs)), "so does its abs()"


def is_limb(summed):
    """Return whether what is summed are 19 digits of a number."""
    return isinstance(summed, sqlglot.exp.Cast) and isinstance(summed.this, sqlglot.exp.Substring)


def is_one_sign(total):
    """Return whether the rows of a sum are chosen by the sign of what is summed."""
    chosen = total.parent.expression.this if isinstance(total.parent, sqlglot.exp.Filter) else None
    signed = isinstance(chosen, sqlglot.exp.GT | sqlglot.exp.LT) and chosen.expression.sql() == "0"
    return signed and chosen.this == total.this


@pytest.mark.parametrize("path", SETTLEMENT, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_sql__sums_of_a_settlement__are_of_one_sign_or_of_halves(path):
    for total in statement_of(path, "duckdb").find_all(sqlglot.exp.Sum):
        named = {column.name for column in total.find_all(sqlglot.exp.Column)}
        assert is_limb(total.this) or is_one_sign(total) or named <= SAME_SIGN.keys(), total.sql()


@pytest.mark.parametrize("path", PORTABLE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_sql__marked_portable__means_the_same_in_duckdb_and_spark(path):
    ours, theirs = statement_of(path, "duckdb"), statement_of(path, "spark")
    assert words_of(ours) == words_of(theirs)
    for parsed in (ours, theirs):
        unknown = {node.name.lower() for node in parsed.find_all(sqlglot.exp.Anonymous)}
        assert not unknown, "a function that is not known everywhere"
        assert not list(parsed.find_all(sqlglot.exp.Qualify)), "Spark has no QUALIFY"
        types = {node.sql("spark") for node in parsed.find_all(sqlglot.exp.DataType)}
        assert types <= {"BIGINT", "SMALLINT", "STRING", "DECIMAL(20, 0)", "DECIMAL(38, 0)"}


@pytest.mark.parametrize("path", PORTABLE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_sql__marked_portable__holds_no_row_of_the_lake_against_a_list_by_not_in(path):
    for denied in statement_of(path, "spark").find_all(sqlglot.exp.Not):
        if isinstance(denied.this, sqlglot.exp.In) and denied.this.args.get("query"):
            read = denied.find_ancestor(sqlglot.exp.Select).find(sqlglot.exp.From)
            assert read.this.args.get("db") is None, "Spark compares every row with every one of the list"
