"""`pozk query`: analytics over the lake and the settled epochs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.errors import InputError
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output, note
from settlement.entry.views.query_rows import Format, verify_format, write_rows

if TYPE_CHECKING:
    from settlement.adapters.queries.analytics import Analytics, Described
    from settlement.adapters.queries.named_queries import NamedQuery

SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Of the command: what it does not know are a query's parameters."""
OPTIONS = ("--param", "--list", "--describe", "--script", "--format", "--out", "--config", "--json")


def query(
    context: typer.Context,
    statement: Annotated[
        str, typer.Argument(metavar="NAME|SQL", help="A named query, or one SELECT over `analytics.*` and `lake.*`.")
    ] = "",
    given: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="NAME=VALUE", help="A parameter; or --NAME VALUE. May be given again."),
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List the named queries.")] = False,
    describe: Annotated[
        str | None, typer.Option("--describe", metavar="NAME", help="Tell what a query, table or view holds.")
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How rows are written.")] = Format.TABLE,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write here instead of stdout; parquet and a drawn plot need it.")
    ] = None,
    as_script: Annotated[
        bool, typer.Option("--script", help="Print what makes DuckDB's own command line read the lake and its views.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Run a named query or SQL; without an argument list the named queries. `SHOW TABLES` lists what there is."""
    from settlement.adapters.queries.named_queries import list_named_queries, split_options, split_parameters

    params = split_parameters([*(given or []), *split_options(context.args, OPTIONS)])
    if list_all or not (statement or as_script or describe is not None):
        _list_queries(list_named_queries(), as_json=as_json)
        return
    if as_script:
        _print_script(statement, config)
        return
    if statement and describe is not None:
        raise InputError("--describe names a query or table", expected="it alone", got=f"it and {statement!r}")
    wanted = Format.JSON if as_json else output_format
    verify_format(wanted, out)
    _answer(statement, params, describe, wanted, out, config, as_json=as_json)


def _answer(
    statement: str,
    params: dict[str, str],
    describe: str | None,
    wanted: Format,
    out: Path | None,
    config: Path,
    *,
    as_json: bool,
) -> None:
    from settlement.adapters.queries.named_queries import find_query, is_name, read_parameters, read_values
    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.configuration.readers import open_reader

    named = find_query(statement) if statement and is_name(statement) else None
    values = read_parameters(named, params) if named is not None else read_values(params)
    with open_reader(read_settings(config)) as analytics:
        if describe is not None:
            _describe(analytics, describe, as_json=as_json)
            return
        rows = analytics.run(statement, values) if named is None else analytics.run_named(named, values)
    write_rows(rows, wanted, out, named.header.plot if named is not None else None)


def _print_script(statement: str, config: Path) -> None:
    import sys

    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.configuration.readers import open_script

    if statement:
        raise InputError("--script prints what precedes any query", expected="it alone", got=f"it and {statement!r}")
    settings = read_settings(config)
    with open_script(settings) as text:
        sys.stdout.write(text)
    if not settings.store.database_url:
        note(
            "the embedded PostgreSQL ends with its last command: DuckDB finds it while `pozk serve` or `pozk run` runs"
        )


def _list_queries(queries: "list[NamedQuery]", *, as_json: bool) -> None:
    output = Output(as_json=as_json)
    output.document({"queries": {each.name: _document(each) for each in queries}})
    rows = [[each.name, " ".join(each.name for each in each.parameters), each.header.what] for each in queries]
    output.table(["name", "parameters", "what it shows"], rows)


def _document(query: "NamedQuery") -> dict[str, Any]:
    plot = query.header.plot
    return {
        "shows": query.header.what,
        "one_row_is": query.header.grain,
        "parameters": [
            {"name": each.name, "type": each.sql_type, "default": each.default, "meaning": each.says}
            for each in query.parameters
        ],
        "plot": None if plot is None else {"kind": plot.kind, "x": plot.x, "y": plot.y, "by": plot.by},
    }


def _describe(analytics: "Analytics", name: str, *, as_json: bool) -> None:
    from settlement.adapters.queries.named_queries import list_named_queries

    query = next((each for each in list_named_queries() if each.name == name.strip()), None)
    if query is None:
        _show_table(analytics.describe(name), as_json=as_json)
        return
    text, lacking = query.text, analytics.lacks(query)
    if not lacking:
        text = analytics.text_of(query)
    output = Output(as_json=as_json)
    output.document(_document(query) | {"query": query.name, "lacks": lacking, "sql": text})
    output.line(text.rstrip())


def _show_table(found: "Described", *, as_json: bool) -> None:
    output = Output(as_json=as_json)
    columns = [{"name": each.name, "type": each.sql_type, "meaning": each.meaning} for each in found.columns]
    output.document({"table": found.table, "one_row_is": found.rows, "columns": columns})
    output.line(f"{found.table}: one row is {found.rows.removeprefix('one row ')}")
    output.table(["column", "type", "meaning"], [[each.name, each.sql_type, each.meaning] for each in found.columns])
