"""DuckDB as the engine that aggregates: one connection a snapshot, its transaction and its temporary tables.

A step is the protocol's own, `sql/protocols/<name>/<step>.sql`, unless its name begins with a folder that all share.
"""

import re
from collections.abc import Mapping
from typing import Any, Self, TypeVar

import pyarrow as pa

from indexer.adapters.store.lake import Lake
from settlement.adapters.lake.row_tallies import LocalTallies
from settlement.ports.engine import Params
from sql import has_sql, list_sql, load_sql

T = TypeVar("T")
_SHARED = ("lake/", "epochs/")


class DuckdbSnapshot:
    """Steps over one connection to the lake; temporary tables live as long as it does."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    @property
    def tallies(self) -> LocalTallies:
        """Return who reads the rows a second time."""
        return LocalTallies(self.lake)

    def list_steps(self, folder: str) -> list[str]:
        """Return the names of the protocol's steps in a folder of its own, ascending."""
        package, start = self._place()
        return [name.removeprefix(start) for name in list_sql(f"{start}{folder}", package)]

    def has_step(self, name: str) -> bool:
        """Return whether the protocol has a step of this name, `folder/step`."""
        package, start = self._place()
        folder = name.rsplit("/", 1)[0]
        return has_sql(f"{start}{folder}", package) and name in self.list_steps(folder)

    def text(self, name: str) -> str:
        """Return the text of a step."""
        if name.startswith(_SHARED):
            return load_sql(name)
        package, start = self._place()
        return load_sql(f"{start}{name}", package)

    def _place(self) -> tuple[str, str]:
        """Return the package that the protocol's SQL lies in, and what its names begin with there."""
        protocol = self.lake.protocol
        return (protocol.package, "") if protocol.package else ("sql", f"protocols/{protocol.name}/")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def materialize(self, name: str, params: Params, table: str | None = None) -> None:
        """Run a step into a temporary table, named after it if not otherwise, for later steps."""
        text, named = self.text(name), table or name.rsplit("/", 1)[-1]
        self.lake.execute(f"CREATE OR REPLACE TEMP TABLE {named} AS {text}", used_params(text, params))

    def materialize_rows(self, table: str, rows: pa.Table) -> None:
        """Store rows as a temporary table, for later steps to read."""
        with self.lake.registered("incoming", rows):
            self.lake.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT * FROM incoming")  # noqa: S608 - our own names

    def table(self, name: str, params: Params) -> pa.Table:
        """Return the rows of a step as columns."""
        text = self.text(name)
        return self.lake.query(text, used_params(text, params))

    def rows(self, name: str, params: Params) -> list[dict[str, Any]]:
        """Return the rows of a step as dictionaries, for steps of few rows."""
        rows: list[dict[str, Any]] = self.table(name, params).to_pylist()
        return rows

    def begin_parts(self) -> None:
        """Return nothing: what one machine aggregates is on that machine."""

    def close(self) -> None:
        """Let the state go with its connection."""
        self.lake.close()


class DuckdbEngine:
    """Pins states of one lake, each on a connection of its own."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def pin(self) -> DuckdbSnapshot:
        """Return the newest state; RetryLaterError where the lake cannot be reached."""
        own = self._lake.cursor()
        own.begin()
        return DuckdbSnapshot(own)


def used_params(text: str, params: Mapping[str, T]) -> dict[str, T]:
    """Return the parameters that a statement names; the engine refuses others."""
    return {name: params[name] for name in set(re.findall(r"\$([a-z_]+)", text))}
