"""What makes the views and macros of questions, as SQL that any DuckDB runs: ours, and one without our code."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from indexer.adapters.store.extensions import wheel_file
from indexer.adapters.store.lake import attach_text
from indexer.words.quantities import Address
from settlement.rules.columns.units import TokenUnits
from settlement.rules.epoch.read_report import ROW_STAGES
from settlement.rules.epoch.stage_words import ADDRESS_BYTES, LAYOUTS
from sql import load_sql

REPORTS = "reports"
EXTENSIONS = ("ducklake", "postgres_scanner")


def setup_statements(
    data_dir: Path, token: Address | None, units: Mapping[Address, TokenUnits] | None, files: str = ""
) -> list[str]:
    """Return the statements that make settled stages, reports, what is known of tokens, and the macros visible.

    `token` is the network's own; names of files begin with `files`. They hold for one connection: the views of stages
    are temporary.
    """
    known = units or {}
    tokens = ", ".join(_bytes(each) for each in known)
    decimals = ", ".join(str(each.decimals) for each in known.values())
    return [
        *(view_of_stage(data_dir, stage, files) for stage in (*ROW_STAGES, REPORTS)),
        load_sql("lake_views/decimals").replace("{tokens}", tokens).replace("{decimals}", decimals),
        load_sql("lake_views/network_token").replace("{token}", "NULL" if token is None else _bytes(token)),
        load_sql("lake_views/macros"),
        load_sql("lake_views/ratio"),
    ]


def view_of_stage(data_dir: Path, stage: str, files: str = "") -> str:
    """Return the statement that makes `settled_<stage>`, the rows of all settled epochs with a column `epoch`."""
    name = "report.json" if stage == REPORTS else f"{stage}.parquet"
    if any((data_dir / "epochs").glob(f"[0-9]*/{name}")):
        pattern = f"{files}{(data_dir / 'epochs').resolve()}/[0-9]*/{name}".replace("'", "''")
        text = load_sql("lake_views/settled_reports" if stage == REPORTS else "lake_views/settled_stage")
        text = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        return text.replace("{stage}", stage).replace("{pattern}", pattern)
    if stage == REPORTS:
        return load_sql("lake_views/no_settled_reports")
    columns = ", ".join(f'NULL::{_stage_type(width)} AS "{name}"' for name, width in LAYOUTS[stage])
    return load_sql("lake_views/no_settled_stage").replace("{stage}", stage).replace("{columns}", columns)


def script(uri: str, data_dir: Path, statements: list[str]) -> str:
    """Return a script for DuckDB's own command line: extensions, the lake for reading, then `statements`.

    A password is left out: the PostgreSQL client finds it in PGPASSWORD or ~/.pgpass.
    """
    parts = urlsplit(uri)
    if parts.password:
        host = parts.netloc.rpartition("@")[2]
        uri = parts._replace(netloc=f"{parts.username}@{host}").geturl()
    loads = [_load(name) for name in EXTENSIONS]
    attach = attach_text(uri, data_dir / "lake", read_only=True)
    return (
        "\n".join(f"{text.strip().rstrip(';')};" for text in (*loads, "SET TimeZone = 'UTC'", attach, *statements))
        + "\n"
    )


def _load(name: str) -> str:
    """Return what loads an extension: its signed file where the wheel is here, else as DuckDB installs it."""
    path = wheel_file(name)
    return f"INSTALL {name}; LOAD {name}" if path is None else "LOAD '{}'".format(str(path).replace("'", "''"))


def _bytes(address: Address) -> str:
    return f"unhex('{address.hex()}')"


def _stage_type(width: int) -> str:
    return {1: "UTINYINT", ADDRESS_BYTES: "BLOB"}.get(width, "DECIMAL(38,0)")
