"""Named queries and SQL over the lake and the settled epochs, for reading only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa

from indexer.adapters.store.bounds import Bounds, too_large
from indexer.adapters.store.lake import Lake
from indexer.words.errors import BrokenFileError, InputError, UnsoundError
from indexer.words.quantities import Address
from settlement.adapters.lake.duckdb_engine import DuckdbSnapshot, used_params
from settlement.adapters.queries.named_queries import NamedQuery
from settlement.adapters.queries.reading_only import verify_reading
from settlement.adapters.queries.setup import setup_statements
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
from settlement.rules.questions.near_names import no_such
from settlement.rules.questions.query_header import parse_header
from sql import list_sql, load_sql

PEOPLE = "lake_views/people"
"""Views for people that no table is behind, one file each."""
_SHOW_TABLES = re.compile(r"\s*show\s+(all\s+)?tables\s*;?\s*", re.IGNORECASE)
_VIEWS = re.compile(r'analytics\s*\.\s*"?(\w+)', re.IGNORECASE)
_FACTS = {"finalized", "genesis", "length", "epoch", "token"}
_TABLES = re.compile(r"\blake\.(\w+)")
_WRONG = (
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.InvalidTypeException,
    duckdb.NotImplementedException,
    duckdb.OutOfRangeException,
    duckdb.PermissionException,
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
    """The tables of a lake and of its settled epochs, raw as `lake.*` and `settled_*`, for people as `analytics.*`.

    `token` is the network's own, bound where a query's text names it.
    """

    def __init__(self, lake: Lake, token: Address | None = None, bounds: Bounds | None = None) -> None:
        self._lake, self._token, self._bounds = lake, token, bounds or Bounds()

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return DuckDB's own connection, for programs."""
        return self._lake.connection

    @cached_property
    def columns(self) -> Mapping[tuple[str, str], list[Column]]:
        """Return the stored columns by schema (`lake`, or `main` for the settled stages) and table."""
        found: dict[tuple[str, str], list[Column]] = {}
        with self._answering():
            rows = self._lake.query(load_sql("lake_views/columns")).to_pylist()
        for row in rows:
            place = ("lake" if row["in_lake"] else "main", row["table_name"])
            found.setdefault(place, []).append(Column(row["column_name"], row["data_type"]))
        return found

    def run(self, statement: str, params: Mapping[str, object] | None = None) -> pa.Table:
        """Return the rows of one SELECT of people, with bound parameters; InputError if it is wrong or asks for more.

        It is searched for comparisons that are never true.
        """
        if _SHOW_TABLES.fullmatch(statement):
            return self._tables()
        verify_reading(statement, self._serialize)
        self.make_views(_VIEWS.findall(statement))
        if "'" in statement or "$" in statement:  # without a text constant there is nothing to find, nor to import
            from settlement.adapters.queries.sql_check import verify_comparisons

            verify_comparisons(statement, self._types())
        return self._query(statement, params)

    def run_named(self, query: NamedQuery, params: Mapping[str, object]) -> pa.Table:
        """Return the rows of a named query; InputError where this network's contracts do not say what it asks."""
        text = self.text_of(query)
        self.make_views(_VIEWS.findall(text))
        return self._query(text, used_params(text, self._facts(text) | dict(params)))

    def text_of(self, query: NamedQuery) -> str:
        """Return the statement of a named query as DuckDB runs it; InputError where this network cannot be asked it."""
        lacking = self.lacks(query)
        if lacking:
            raise InputError(
                f"{query.name} is no question to this network",
                expected=f"contracts that say {lacking[0]}",
                got=f"protocol {self._lake.protocol.name}",
                remedy="`pozk query --list` tells which ones are",
            )
        return query.expand(DuckdbSnapshot(self._lake).text)

    def lacks(self, query: NamedQuery) -> list[str]:
        """Return the tables and steps that a named query reads and this network has not."""
        steps = DuckdbSnapshot(self._lake)
        missing = [step for step in query.steps if not steps.has_step(step)]
        return missing + self._missing(query.text if missing else query.expand(steps.text))

    def describe(self, table: str) -> Described:
        """Return what a table or view holds; InputError naming near ones where there is none."""
        names = self._names()
        wanted = table.lower().removeprefix("main.")
        wanted = f"analytics.{wanted}" if f"analytics.{wanted}" in names and wanted not in names else wanted
        if wanted not in names:
            raise no_such("no such table", table, list(names), remedy='see `pozk query "SHOW TABLES"`')
        place, for_people = names[wanted]
        if place[0] == PEOPLE:
            return self._describe_view(place[1])
        protocol, shown = self._lake.protocol, people_columns if for_people else raw_columns
        return Described(wanted, rows_of(protocol, place[1]), tuple(shown(protocol, place[1], self.columns[place])))

    def make_views(self, names: Iterable[str]) -> list[str]:
        """Make these views of `analytics` and those that they read; names that are none are left to the database.

        Returns the statements that made them, in their order.
        """
        made: list[str] = []
        for name in dict.fromkeys(each.lower() for each in names):
            place = next((place for place in self.columns if place[1] == name), None)
            if name in self._people and not self._missing(self._people[name]):
                made += self.make_views(_VIEWS.findall(self._people[name]))
                made.append(self._create_view(name, f"(\n{self._people[name].strip()}\n)", "*"))
            elif place is not None:
                source = f'lake."{name}"' if place[0] == "lake" else f'"{name}"'
                shown = select_list(people_columns(self._lake.protocol, name, self.columns[place]))
                made.append(self._create_view(name, source, shown))
        return made

    @cached_property
    def _people(self) -> dict[str, str]:
        return {name.rsplit("/", 1)[1]: load_sql(name) for name in list_sql(PEOPLE)}

    def make_all_views(self) -> list[str]:
        """Make every view of `analytics`; return the statements that did, for a DuckDB without our code."""
        names = [name for name in self._people if not self._missing(self._people[name])]
        with self._lake.transaction():  # the catalog is asked once, not for every view
            return self.make_views([*(name for _, name in self.columns), *names])

    def _create_view(self, name: str, source: str, columns: str) -> str:
        text = load_sql("lake_views/view").replace("{table}", name).replace("{source}", source)
        statement = text.replace("{columns}", columns)
        with self._answering():
            self._lake.execute(statement)
        return statement

    def _missing(self, text: str) -> list[str]:
        """Return the tables and views that a text of ours names and this lake has not."""
        tables = {name for _, name in self.columns}
        missing = [name for name in dict.fromkeys(_TABLES.findall(text)) if ("lake", name) not in self.columns]
        for name in dict.fromkeys(_VIEWS.findall(text)):
            if name in self._people:
                missing += self._missing(self._people[name])
            elif name not in tables:
                missing.append(name)
        return missing

    def _query(self, statement: str, params: Mapping[str, object] | None) -> pa.Table:
        with self._answering():
            return self._lake.query_within(statement, params, self._bounds)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """What DuckDB says of a query that cannot be answered is the caller's fault, wherever it notices."""
        try:
            yield
        except BrokenFileError:
            raise
        except UnsoundError as error:
            if isinstance(error.__cause__, _WRONG):
                raise InputError("the query is wrong", got=error.got) from error
            if isinstance(error.__cause__, duckdb.OutOfMemoryException):
                raise too_large(self._bounds) from error
            raise

    def _serialize(self, statement: str) -> str:
        with self._answering():
            rows = self._lake.query(load_sql("lake_views/serialize"), {"statement": statement}).to_pylist()
        return str(rows[0]["tree"])

    def _facts(self, text: str) -> dict[str, object]:
        """Return what steps of the protocol are bound to: newest final block, clock, open epoch, token."""
        if not _FACTS & set(re.findall(r"\$([a-z_]+)", text)):
            return {}
        head = self._lake.finalized_head()
        finalized = 0 if head is None else int(head.number)
        clock = self._lake.query(load_sql("lake_views/clock"), {"finalized": finalized}).to_pylist()[0]
        genesis, length = clock["genesis"] or 0, clock["length_seconds"] or 1
        epoch = max(0, (clock["newest"] or 0) - genesis) // length
        facts = {"finalized": finalized, "genesis": genesis, "length": length, "epoch": epoch, "token": self._token}
        return dict(facts)

    def _describe_view(self, name: str) -> Described:
        self.make_views([name])
        header = parse_header(self._people[name])
        rows = self._lake.query(load_sql("lake_views/describe").replace("{table}", name)).to_pylist()
        columns = [
            ShownColumn(row["column_name"], row["column_type"], header.columns.get(row["column_name"], ""), "")
            for row in rows
        ]
        return Described(f"analytics.{name}", header.grain.rstrip("."), tuple(columns))

    def _names(self) -> dict[str, tuple[tuple[str, str], bool]]:
        """Return every table and view as a query names it, with its place and whether it is for people."""
        raw = {f"lake.{name}" if schema == "lake" else name: ((schema, name), False) for schema, name in self.columns}
        made = [name for name, text in self._people.items() if not self._missing(text)]
        views = {f"analytics.{name}": ((PEOPLE, name), True) for name in made}
        return raw | {f"analytics.{place[1]}": (place, True) for place in self.columns} | views

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


def open_analytics(
    lake: Lake,
    data_dir: Path,
    token: Address | None = None,
    units: Mapping[Address, TokenUnits] | None = None,
    bounds: Bounds | None = None,
    *,
    is_handed_out: bool = False,
) -> Analytics:
    """Make the settled stages, the macros and what is known of tokens visible to the queries of one connection.

    `token` is the network's own. Besides `lake.*`, statements may read `settled_aggregates`, `settled_deposits`,
    `settled_amounts` and `settled_leaves`, the stages of every settled epoch with a column `epoch`; `settled_reports`,
    a row an epoch; and all of them as `analytics.*`. With `bounds` that DuckDB opens no other files from now on; where
    its connection is handed out to others, these can be read and not written.
    """
    files = lake.hand_out(data_dir) if is_handed_out else ""
    for statement in setup_statements(data_dir, token, units, files):
        lake.execute(statement)
    if bounds is not None:
        folders = [f"{files}{(data_dir / name).resolve()}" for name in ("lake", "epochs")]
        lake.confine([*folders, str((data_dir / "spill").resolve())], bounds)
    return Analytics(lake, token, bounds)
