"""`pozk query`: analytics over the lake and the settled epochs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.errors import InputError
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output
from settlement.entry.views.query_rows import Format, verify_format, write_rows

if TYPE_CHECKING:
    from settlement.adapters.queries.analytics import Described
    from settlement.adapters.queries.named_queries import NamedQuery


def query(
    statement: Annotated[
        str, typer.Argument(metavar="NAME|SQL", help="A named query, or SQL over `analytics.*` and `lake.*`.")
    ] = "",
    given: Annotated[
        list[str] | None, typer.Option("--param", metavar="NAME=VALUE", help="A parameter; may be given again.")
    ] = None,
    describe: Annotated[
        str | None, typer.Option("--describe", metavar="TABLE", help="Tell what a table or view holds.")
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How rows are written.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option("--out", help="Write here instead of stdout; parquet needs it.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Run a named query or SQL; without an argument list the named queries. `SHOW TABLES` lists what there is."""
    from settlement.adapters.chain.token_units import KnownTokens
    from settlement.adapters.queries.analytics import open_analytics
    from settlement.adapters.queries.named_queries import list_named_queries, read_query
    from settlement.entry.configuration.assembly import open_store, read_settings

    if not statement and describe is None:
        _list_queries(list_named_queries(), as_json=as_json)
        return
    if statement and describe is not None:
        raise InputError("--describe names a table", expected="--describe alone", got=f"--describe and {statement!r}")
    wanted = Format.JSON if as_json else output_format
    verify_format(wanted, out)
    text, params = read_query(statement, given or []) if statement else ("", {})
    settings = read_settings(config)
    data_dir, token = settings.store.data_dir, settings.contracts.token
    units = KnownTokens(data_dir, token).load()
    with open_store(settings) as store, open_analytics(store.lake, data_dir, token, units) as analytics:
        if describe is not None:
            _show_table(analytics.describe(describe), as_json=as_json)
            return
        rows = analytics.run(text, params, is_ours=text != statement)
    write_rows(rows, wanted, out)


def _list_queries(queries: "list[NamedQuery]", *, as_json: bool) -> None:
    output = Output(as_json=as_json)
    output.document({"queries": {each.name: _document(each) for each in queries}})
    rows = [[each.name, " ".join(each.parameters), each.about] for each in queries]
    output.table(["name", "parameters", "what it shows"], rows)


def _document(query: "NamedQuery") -> dict[str, Any]:
    return {"shows": query.about, "parameters": list(query.parameters)}


def _show_table(found: "Described", *, as_json: bool) -> None:
    output = Output(as_json=as_json)
    columns = [{"name": each.name, "type": each.sql_type, "meaning": each.meaning} for each in found.columns]
    output.document({"table": found.table, "one_row_is": found.rows, "columns": columns})
    output.line(f"{found.table}: one row is {found.rows}")
    output.table(["column", "type", "meaning"], [[each.name, each.sql_type, each.meaning] for each in found.columns])
