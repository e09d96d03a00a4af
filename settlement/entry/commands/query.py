"""`pozk query`: analytics over the lake and the settled epochs."""

from pathlib import Path
from typing import Annotated

import typer

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.output import Output
from settlement.entry.rows import Format, verify_format, write_rows


def query(
    statement: Annotated[str, typer.Argument(metavar="NAME|SQL", help="A named query, or SQL over `lake.*`.")] = "",
    output_format: Annotated[Format, typer.Option("--format", help="How rows are written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", help="Write here instead of stdout; parquet needs it.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Run a named query or SQL; without an argument list the named queries."""
    from settlement.adapters.analytics import list_named_queries, run_query
    from settlement.entry.world import open_store, read_settings

    if not statement:
        _list_queries(list_named_queries(), as_json=as_json)
        return
    wanted = Format.JSON if as_json else output_format
    verify_format(wanted, out)
    with open_store(read_settings(config)) as store:
        rows = run_query(store.lake, store.settings.store.data_dir, statement)
    write_rows(rows, wanted, out)


def _list_queries(queries: dict[str, str], *, as_json: bool) -> None:
    output = Output(as_json=as_json)
    output.document({"queries": queries})
    output.table(["name", "grain"], list(queries.items()))
