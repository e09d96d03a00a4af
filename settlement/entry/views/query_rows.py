"""Rows of a query as a table, CSV, JSON or Parquet: what one format cannot hold is refused, never altered."""

import csv
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from indexer.words.errors import InputError
from settlement.entry.views.output import Output

if TYPE_CHECKING:
    import pyarrow as pa

    from settlement.rules.questions.query_header import Plot

_EXACT_IN_JSON = 2**53
"""Integers from here on are strings: many readers of JSON hold numbers in a double."""


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    PLOT = "plot"


def verify_format(output_format: Format, out: Path | None) -> None:
    """Raise InputError where a format wants a file and there is none; asked before the query runs."""
    if output_format is Format.PARQUET and out is None:
        raise InputError("parquet is not for a terminal", expected="--out FILE", got="none")
    if output_format is Format.PLOT and out is not None:
        from settlement.entry.views.plot import verify_picture

        verify_picture(out)


def write_rows(rows: "pa.Table", output_format: Format, out: Path | None, plot: "Plot | None" = None) -> None:
    """Write rows to a file or stdout; InputError for names that the format cannot keep apart.

    `plot` says how they are drawn; of what has none the first column is drawn against the first number after it.
    """
    names = list(rows.column_names)
    if output_format in (Format.JSON, Format.PARQUET):
        _refuse_namesakes(names, output_format)
    if output_format is Format.PARQUET and out is not None:  # as `verify_format` saw to
        import pyarrow.parquet as pq

        with out.open("wb") as file:  # by its path pyarrow would delete what cannot be written, a device, too
            pq.write_table(rows, file)
        return
    if output_format is Format.PLOT:
        from settlement.entry.views.plot import guess_plot, write_plot

        write_plot(rows, plot or guess_plot(rows), out)
        return
    cells = list(zip(*[column.to_pylist() for column in rows.columns], strict=True))  # by place: names may repeat
    if output_format is Format.TABLE and out is None:
        Output(as_json=False).table(names, [[plain(cell) for cell in row] for row in cells])
        return
    with _opened(out) as file:
        _WRITERS[output_format](file, names, cells)


def exact(cell: Any) -> Any:
    """Return a JSON value that loses nothing: bytes as hex, decimals, large integers, NaN and infinities as strings."""
    if cell is None or isinstance(cell, bool | str):
        return cell
    if isinstance(cell, bytes):
        return "0x" + cell.hex()
    if isinstance(cell, int):
        return cell if abs(cell) < _EXACT_IN_JSON else str(cell)
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else _name_of(cell)
    if isinstance(cell, dict):
        return {str(exact(name)): exact(value) for name, value in cell.items()}
    if hasattr(cell, "months"):  # a span of time
        return f"{cell.months} months {cell.days} days {cell.nanoseconds} ns"
    if isinstance(cell, list | tuple):
        return [exact(item) for item in cell]
    return str(cell)


def plain(cell: Any) -> Any:
    """Return what stands in a table or CSV: bytes as hex, lists and structs as JSON, nothing for NULL."""
    if cell is None:
        return ""
    if isinstance(cell, list | tuple | dict):
        value = exact(cell)
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if isinstance(cell, Decimal) and cell.as_tuple().exponent == 0:
        return int(cell)
    return exact(cell) if isinstance(cell, bytes | float) else cell


def _name_of(number: float) -> str:
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


def _refuse_namesakes(names: Sequence[str], output_format: Format) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(
            f"two columns of one name cannot be written as {output_format}",
            expected="names of their own",
            got=repr(twice[0]),
            remedy="give one another name with AS",
        )


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    with out.open("w", newline="", encoding="utf-8") as file:
        yield file


def _write_json(file: TextIO, names: Sequence[str], cells: Sequence[Sequence[Any]]) -> None:
    records = [dict(zip(names, map(exact, row), strict=True)) for row in cells]
    file.write(json.dumps(records, indent=2, allow_nan=False) + "\n")


def _write_csv(file: TextIO, names: Sequence[str], cells: Sequence[Sequence[Any]]) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([plain(cell) for cell in row] for row in cells)


def _write_table(file: TextIO, names: Sequence[str], cells: Sequence[Sequence[Any]]) -> None:
    from settlement.entry.views.table import render_table

    file.write(render_table(names, [[plain(cell) for cell in row] for row in cells], None))


_WRITERS = {Format.JSON: _write_json, Format.CSV: _write_csv, Format.TABLE: _write_table}
