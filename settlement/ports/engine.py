"""The engine that aggregates: it pins one state of the lake and runs named SQL steps over it.

A step is a file of `sql/protocols/<name>/`, or of `sql/lake/` and `sql/epochs/` where its name says so. Those that
every engine must run are in the subset that DuckDB and Spark read alike, and say so in their first line; an engine
brings its own wording of the few others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

Params = Mapping[str, int | bytes]
"""Bound values by name; a step takes those that it names."""


class Snapshot(Protocol):
    """One state of the lake. Steps read it alone, whatever is committed meanwhile, and what earlier steps left."""

    def list_steps(self, folder: str) -> list[str]:
        """Return the names of the protocol's steps in a folder of its own, ascending."""

    def materialize(self, name: str, params: Params, table: str | None = None) -> None:
        """Run a step into a table for later steps, named after it if not otherwise."""

    def materialize_rows(self, table: str, rows: pa.Table) -> None:
        """Make rows a table for later steps."""

    def table(self, name: str, params: Params) -> pa.Table:
        """Return the rows of a step as columns."""

    def rows(self, name: str, params: Params) -> list[dict[str, Any]]:
        """Return the rows of a step as dictionaries, for steps of few rows."""

    def close(self) -> None:
        """Let the state go, and the tables that steps left."""


class Engine(Protocol):
    """Pins states of the lake; two of them do not disturb each other, also in two threads."""

    def pin(self) -> Snapshot:
        """Return the newest state; RetryLaterError where the lake cannot be reached."""
