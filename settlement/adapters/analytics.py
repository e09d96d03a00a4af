"""Named queries and SQL over the lake and the settled epochs, for reading only."""

import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from indexer.adapters.lake import Lake
from indexer.words.errors import InputError
from settlement.rules.columns import AMOUNT_TYPE
from sql import list_sql, load_sql

REPORTS = "settled_reports"
STAGES = ("aggregates", "deposits", "amounts", "leaves")


def list_named_queries() -> dict[str, str]:
    """Return the named queries with their grain."""
    return {name.rsplit("/", 1)[1]: _grain(load_sql(name)) for name in list_sql("queries")}


def run_query(lake: Lake, data_dir: Path, statement: str) -> pa.Table:
    """Return the rows of a named query or of one SQL statement; InputError if it is wrong.

    Besides `lake.*`, statements may read `settled_aggregates`, `settled_deposits`, `settled_amounts` and
    `settled_leaves`: the stages of every settled epoch, with a column `epoch`; and `settled_reports`, a row an epoch.
    """
    for stage in STAGES:
        _create_view(lake, data_dir, stage)
    text = load_sql(f"queries/{statement}") if statement in list_named_queries() else _verify_sql(statement)
    if REPORTS not in text:
        return lake.query(text)
    with lake.registered(REPORTS, _settled_reports(data_dir)):
        return lake.query(text)


def _verify_sql(statement: str) -> str:
    if not any(character.isspace() for character in statement.strip()):
        raise InputError(
            "no such query", expected=f"SQL or one of {', '.join(list_named_queries())}", got=statement, where="NAME"
        )
    return statement


def _settled_reports(data_dir: Path) -> pa.Table:
    """Return what the report of each settled epoch says of the emission, in wei, and of its rules."""
    reports = [json.loads(path.read_bytes()) for path in sorted((data_dir / "epochs").glob("[0-9]*/report.json"))]
    amounts = {
        name: pa.array([Decimal(report[name]) for report in reports], AMOUNT_TYPE)
        for name in ("pool", "distributed", "remainder")
    }
    return pa.table(
        {
            "epoch": pa.array([int(report["epoch"]) for report in reports], pa.uint64()),
            "voided": pa.array([report["voided"] == "1" for report in reports], pa.bool_()),
            "ruleset": pa.array([report["ruleset"] for report in reports], pa.string()),
            "residual": pa.array([report["residual"] for report in reports], pa.string()),
        }
        | amounts
    )


def _create_view(lake: Lake, data_dir: Path, stage: str) -> None:
    files = sorted((data_dir / "epochs").glob(f"[0-9]*/{stage}.parquet"))
    if files:
        pattern = str(data_dir / "epochs" / "[0-9]*" / f"{stage}.parquet").replace("'", "''")
        lake.execute(load_sql("lake_views/settled_stage").replace("{stage}", stage).replace("{pattern}", pattern))


def _grain(text: str) -> str:
    lines = [line.removeprefix("--").strip() for line in text.splitlines() if line.startswith("--")]
    return " ".join(lines).removeprefix("Grain: ")
