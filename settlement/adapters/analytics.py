"""Named queries and SQL over the lake and the settled epochs, for reading only."""

from pathlib import Path

import pyarrow as pa

from indexer.adapters.lake import Lake
from indexer.words.errors import InputError
from sql import list_sql, load_sql

STAGES = ("aggregates", "deposits", "amounts", "leaves")


def list_named_queries() -> dict[str, str]:
    """Return the named queries with their grain."""
    return {name.rsplit("/", 1)[1]: _grain(load_sql(name)) for name in list_sql("queries")}


def run_query(lake: Lake, data_dir: Path, statement: str) -> pa.Table:
    """Return the rows of a named query or of one SQL statement; InputError if it is wrong.

    Besides `lake.*`, statements may read `settled_aggregates`, `settled_deposits`, `settled_amounts` and
    `settled_leaves`: the stages of every settled epoch, with a column `epoch`.
    """
    for stage in STAGES:
        _create_view(lake, data_dir, stage)
    if statement in list_named_queries():
        return lake.query(load_sql(f"queries/{statement}"))
    if not any(character.isspace() for character in statement.strip()):
        raise InputError(
            "no such query", expected=f"SQL or one of {', '.join(list_named_queries())}", got=statement, where="NAME"
        )
    return lake.query(statement)


def _create_view(lake: Lake, data_dir: Path, stage: str) -> None:
    files = sorted((data_dir / "epochs").glob(f"[0-9]*/{stage}.parquet"))
    if files:
        pattern = str(data_dir / "epochs" / "[0-9]*" / f"{stage}.parquet").replace("'", "''")
        lake.execute(load_sql("lake_views/settled_stage").replace("{stage}", stage).replace("{pattern}", pattern))


def _grain(text: str) -> str:
    lines = [line.removeprefix("--").strip() for line in text.splitlines() if line.startswith("--")]
    return " ".join(lines).removeprefix("Grain: ")
