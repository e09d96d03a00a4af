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
DUCKDB_ALONE = {"wide_stakes", "wide_stake_totals"}
"""Steps of a settlement that need integers of 128 bits, which another engine words otherwise."""
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


def test_sql__steps_of_a_settlement__are_marked_portable_but_those_that_need_128_bits():
    assert {path.stem for path in SETTLEMENT} - {path.stem for path in PORTABLE} == DUCKDB_ALONE


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
