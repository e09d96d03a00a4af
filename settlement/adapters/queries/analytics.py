"""Named queries and SQL over the lake and the settled epochs, for reading only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa

from indexer.adapters.store.lake import Lake
from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Address, Epoch
from settlement.rules.columns.conversions import AMOUNT_TYPE
from settlement.rules.columns.people_columns import (
    Column,
    ShownColumn,
    people_columns,
    raw_columns,
    rows_of,
    select_list,
    types_of,
)
from settlement.rules.columns.units import TokenUnits
from settlement.rules.epoch.read_report import ROW_STAGES, parse_report
from settlement.rules.epoch.stage_words import ADDRESS_BYTES, LAYOUTS
from settlement.rules.questions.near_names import no_such
from sql import load_sql

REPORTS = "settled_reports"
_SHOW_TABLES = re.compile(r"\s*show\s+(all\s+)?tables\s*;?\s*", re.IGNORECASE)
_VIEWS = re.compile(r'analytics\s*\.\s*"?(\w+)', re.IGNORECASE)
_WRONG = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.InvalidTypeException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
    duckdb.TypeMismatchException,
)
"""What DuckDB calls a query that cannot be answered, wherever it notices."""


@dataclass(frozen=True, slots=True)
class Described:
    """A table or view: what one row is, and its columns."""

    table: str
    rows: str
    columns: tuple[ShownColumn, ...]


class Analytics:
    """The tables of a lake and of its settled epochs, raw as `lake.*` and `settled_*`, for people as `analytics.*`."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    @cached_property
    def columns(self) -> Mapping[tuple[str, str], list[Column]]:
        """Return the stored columns by schema (`lake`, or `main` for the settled stages) and table."""
        found: dict[tuple[str, str], list[Column]] = {}
        for row in self._lake.query(load_sql("lake_views/columns")).to_pylist():
            place = ("lake" if row["in_lake"] else "main", row["table_name"])
            found.setdefault(place, []).append(Column(row["column_name"], row["data_type"]))
        return found

    def run(self, statement: str, params: Mapping[str, object] | None = None, *, is_ours: bool = False) -> pa.Table:
        """Return the rows of one SQL statement with bound parameters; InputError if it is wrong.

        A statement of people is searched for comparisons that are never true; ours are by the tests.
        """
        if _SHOW_TABLES.fullmatch(statement):
            return self._tables()
        self._make_views(statement)
        if not is_ours and (
            "'" in statement or "$" in statement
        ):  # without a text constant there is nothing to find, nor to import
            from settlement.adapters.queries.sql_check import verify_comparisons

            verify_comparisons(statement, self._types())
        try:
            return self._lake.query(statement, params)
        except UnsoundError as error:
            if isinstance(error.__cause__, _WRONG):
                raise InputError("the query is wrong", got=error.got) from error
            raise

    def describe(self, table: str) -> Described:
        """Return what a table or view holds; InputError naming near ones where there is none."""
        names = self._names()
        wanted = table.lower().removeprefix("main.")
        wanted = f"analytics.{wanted}" if f"analytics.{wanted}" in names and wanted not in names else wanted
        if wanted not in names:
            raise no_such("no such table", table, list(names), remedy='see `pozk query "SHOW TABLES"`')
        place, for_people = names[wanted]
        protocol, shown = self._lake.protocol, people_columns if for_people else raw_columns
        return Described(wanted, rows_of(protocol, place[1]), tuple(shown(protocol, place[1], self.columns[place])))

    def _names(self) -> dict[str, tuple[tuple[str, str], bool]]:
        """Return every table and view as a query names it, with its place and whether it is for people."""
        raw = {f"lake.{name}" if schema == "lake" else name: ((schema, name), False) for schema, name in self.columns}
        return raw | {f"analytics.{place[1]}": (place, True) for place in self.columns}

    def _tables(self) -> pa.Table:
        described = [self.describe(name) for name in sorted(self._names())]
        return pa.table(
            {
                "table": [each.table for each in described],
                "one_row_is": [each.rows for each in described],
                "columns": [", ".join(column.name for column in each.columns) for each in described],
            }
        )

    def _types(self) -> dict[str, dict[str, dict[str, str]]]:
        types: dict[str, dict[str, dict[str, str]]] = {"lake": {}, "main": {}, "analytics": {}}
        for (schema, name), columns in self.columns.items():
            types[schema][name] = dict(types_of(self._lake.protocol, name, columns))
            types["analytics"][name] = {
                each.name: each.sql_type for each in people_columns(self._lake.protocol, name, columns)
            }
        return types

    def _make_views(self, statement: str) -> None:
        for name in {match.lower() for match in _VIEWS.findall(statement)}:
            place = next((place for place in self.columns if place[1] == name), None)
            if place is not None:
                source = f'lake."{name}"' if place[0] == "lake" else f'"{name}"'
                shown = select_list(people_columns(self._lake.protocol, name, self.columns[place]))
                text = load_sql("lake_views/view").replace("{table}", name).replace("{source}", source)
                self._lake.execute(text.replace("{columns}", shown))


@contextmanager
def open_analytics(
    lake: Lake, data_dir: Path, token: Address | None = None, units: Mapping[Address, TokenUnits] | None = None
) -> Iterator[Analytics]:
    """Make the settled stages, the macros and what is known of tokens visible to the queries inside the block.

    `token` is the network's own. Besides `lake.*`, statements may read `settled_aggregates`, `settled_deposits`,
    `settled_amounts` and `settled_leaves`, the stages of every settled epoch with a column `epoch`; `settled_reports`,
    a row an epoch; and all of them as `analytics.*`.
    """
    for stage in ROW_STAGES:
        create_stage(lake, data_dir, stage)
    known = units or {}
    lake.execute(load_sql("lake_views/macros"))
    decimals = [each.decimals for each in known.values()]
    lake.execute(load_sql("lake_views/decimals"), {"tokens": list(known), "decimals": decimals})
    lake.execute(load_sql("lake_views/network_token"), {"token": token})
    with lake.registered(REPORTS, _settled_reports(data_dir)):
        yield Analytics(lake)


def _settled_reports(data_dir: Path) -> pa.Table:
    """Return what the report of each settled epoch says of the emission, in wei, of its rules and its tree."""
    paths = sorted((data_dir / "epochs").glob("[0-9]*/report.json"))
    reports = [parse_report(path.read_bytes(), str(path), Epoch(int(path.parent.name))) for path in paths]
    amounts = {
        name: pa.array([Decimal(getattr(report, name)) for report in reports], AMOUNT_TYPE)
        for name in ("pool", "distributed", "remainder")
    }
    return pa.table(
        {
            "epoch": pa.array([report.epoch for report in reports], pa.uint64()),
            "voided": pa.array([report.is_voided for report in reports], pa.bool_()),
            "ruleset": pa.array([report.content["ruleset"] for report in reports], pa.string()),
            "residual": pa.array([report.content["residual"] for report in reports], pa.string()),
        }
        | amounts
        | {
            "leaves": pa.array([report.stages["leaves"].count for report in reports], pa.uint64()),
            "root": pa.array([report.root for report in reports], pa.binary()),
        }
    )


def create_stage(lake: Lake, data_dir: Path, stage: str) -> None:
    """Make `settled_<stage>`, the rows of all settled epochs with a column `epoch`, visible to one connection."""
    if any((data_dir / "epochs").glob(f"[0-9]*/{stage}.parquet")):
        pattern = str(data_dir / "epochs" / "[0-9]*" / f"{stage}.parquet").replace("'", "''")
        lake.execute(load_sql("lake_views/settled_stage").replace("{stage}", stage).replace("{pattern}", pattern))
        return
    columns = ", ".join(f'NULL::{_stage_type(width)} AS "{name}"' for name, width in LAYOUTS[stage])
    text = load_sql("lake_views/no_settled_stage").replace("{stage}", stage)
    lake.execute(text.replace("{columns}", columns))


def _stage_type(width: int) -> str:
    return {1: "UTINYINT", ADDRESS_BYTES: "BLOB"}.get(width, "DECIMAL(38,0)")
