"""The rows that lists over HTTP show: steps of `serve/` over one state of the lake and the settled epochs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from settlement.adapters.lake.duckdb_engine import DuckdbSnapshot, used_params
from settlement.adapters.queries.setup import view_of_stage
from settlement.ports.engine import Params


class ServedRows:
    """Runs the protocol's steps of `serve/`; `finalized` is bound in all of them."""

    def __init__(self, snapshot: DuckdbSnapshot, data_dir: Path) -> None:
        head = snapshot.lake.finalized_head()
        self.snapshot, self.finalized = snapshot, 0 if head is None else int(head.number)
        self._data_dir = data_dir

    def rows(self, name: str, params: Mapping[str, object]) -> list[dict[str, Any]]:
        """Return the rows of a step; of `params` it takes those that it names."""
        text = self.snapshot.text(f"serve/{name}")
        if "settled_amounts" in text:
            self.snapshot.lake.execute(view_of_stage(self._data_dir, "amounts"))
        bound = used_params(text, dict(params) | {"finalized": self.finalized})
        found: list[dict[str, Any]] = self.snapshot.lake.query(text, bound).to_pylist()
        return found

    def materialize(self, name: str, params: Params) -> None:
        """Run a step into a temporary table of its name, for later steps to read."""
        self.snapshot.materialize(f"serve/{name}", dict(params) | {"finalized": self.finalized})
