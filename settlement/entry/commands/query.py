"""`pozk query`: analytics over the lake and the settled epochs."""

import csv
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.errors import InputError
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.output import Output

if TYPE_CHECKING:
    import pyarrow as pa


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


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
    with open_store(read_settings(config)) as store:
        rows = run_query(store.lake, store.settings.store.data_dir, statement)
    write_rows(rows, Format.JSON if as_json else output_format, out)


def write_rows(rows: "pa.Table", output_format: Format, out: Path | None) -> None:
    """Write rows to a file or stdout; InputError if parquet is asked for without a file."""
    if output_format is Format.PARQUET:
        if out is None:
            raise InputError("parquet is not for a terminal", expected="--out FILE", got="none")
        import pyarrow.parquet as pq

        pq.write_table(rows, out)
        return
    columns, records = rows.column_names, [list(row.values()) for row in rows.to_pylist()]
    if output_format is Format.TABLE and out is None:
        Output(as_json=False).table(columns, [[_plain(cell) for cell in record] for record in records])
        return
    with out.open("w", newline="", encoding="utf-8") if out else _stdout() as file:
        if output_format is Format.JSON:
            json.dump([dict(zip(columns, map(_exact, record), strict=True)) for record in records], file, indent=2)
            file.write("\n")
        else:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([_plain(cell) for cell in record] for record in records)


def _list_queries(queries: dict[str, str], *, as_json: bool) -> None:
    output = Output(as_json=as_json)
    output.document({"queries": queries})
    output.table(["name", "grain"], list(queries.items()))


def _stdout() -> Any:
    from contextlib import nullcontext

    return nullcontext(sys.stdout)


def _plain(cell: Any) -> Any:
    return "0x" + cell.hex() if isinstance(cell, bytes) else "" if cell is None else cell


def _exact(cell: Any) -> Any:
    """Return a JSON value that loses nothing: bytes as hex, decimals and large integers as strings."""
    if isinstance(cell, bytes):
        return "0x" + cell.hex()
    if cell is None or isinstance(cell, bool | str | float):
        return cell
    return cell if isinstance(cell, int) and abs(cell) < 2**53 else str(cell)
