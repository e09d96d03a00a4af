"""Rows as a plot: a picture by matplotlib, or bars of characters on a terminal."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.words.errors import InputError
from settlement.entry.views.table import printable, text_width
from settlement.rules.questions.query_header import Plot

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = Mapping[tuple[str, str], Decimal]
ROWS = "rows"
"""What is drawn instead of a column's numbers: how many rows there are."""
_DIGITS = 80
ENDINGS = (".png", ".svg")
MOST_TICKS, MOST_SERIES, MOST_BARS = 24, 12, 200
_BAR = 48
"""Characters of the longest bar on a terminal."""
_PARTS = " ▏▎▍▌▋▊▉"


def verify_picture(path: Path, option: str = "--out") -> None:
    """Raise InputError unless a file's name says that it is a picture that can be drawn."""
    if path.suffix not in ENDINGS:
        raise InputError("a plot is PNG or SVG", expected=" or ".join(ENDINGS), got=path.name, where=option)


def new_figure(path: Path, option: str = "--out") -> "Figure":
    """Return an empty figure for a file; InputError where its name is no picture's or nothing can draw."""
    verify_picture(path, option)
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError("matplotlib is not installed", remedy="pip install 'pozk-oracle[plot]'") from error
    return Figure(figsize=(8, 5), layout="constrained")


def guess_plot(rows: "pa.Table") -> Plot:
    """Return bars of the first column of numbers after the first column; InputError where there is none."""
    names = rows.column_names
    numbers = [name for at, name in enumerate(names) if at and _are_numbers(rows.column(at).to_pylist())]
    if not numbers:
        raise InputError("there is nothing to draw", expected="a column, and a column of numbers", got=", ".join(names))
    return Plot("bar", names[0], numbers[0])


def write_plot(rows: "pa.Table", plot: Plot, out: Path | None) -> None:
    """Draw rows into a file, or onto stdout in characters; what is of one place and series is one bar, their sum."""
    points = _points(rows, plot)
    if out is None:
        _write_bars(points, plot)
        return
    figure = new_figure(out)
    _draw(figure.subplots(), points, plot)
    figure.savefig(out, dpi=120)


def _points(rows: "pa.Table", plot: Plot) -> Points:
    """Return the height of each (place, series), in the order of the rows; without a number there is no height."""
    labels, series = _cells(rows, plot.x), _cells(rows, plot.by) if plot.by else [plot.y] * rows.num_rows
    values = [1] * rows.num_rows if plot.y == ROWS else _cells(rows, plot.y)
    points: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    with localcontext(prec=_DIGITS):
        for label, kind, value in zip(labels, series, values, strict=True):
            number = _number(value)
            if number is not None:
                points[_label(label), _label(kind)] += number
    return points


def _draw(axes: "Axes", points: Points, plot: Plot) -> None:
    ticks = list(dict.fromkeys(label for label, _ in points))
    every = list(dict.fromkeys(kind for _, kind in points))
    kinds = every[:MOST_SERIES]
    for at, kind in enumerate(kinds):
        own = {ticks.index(label): float(height) for (label, name), height in points.items() if name == kind}
        if plot.kind == "line":
            axes.plot(list(own), list(own.values()), marker="o", label=kind)
        else:
            width = 0.8 / len(kinds)
            axes.bar([place - 0.4 + width * (at + 0.5) for place in own], list(own.values()), width, label=kind)
    shown = range(0, len(ticks), 1 + len(ticks) // MOST_TICKS)
    long = any(len(label) > 6 for label in ticks)
    axes.set_xticks(list(shown), [_short(ticks[at]) for at in shown], rotation=60 if long else 0)
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    axes.grid(visible=True, axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    if len(kinds) > 1:
        hidden = len(every) - len(kinds)
        axes.legend(title=f"{plot.by}, {hidden} more not drawn" if hidden else plot.by)
    if not points:
        axes.text(0.5, 0.5, "no rows", ha="center", va="center", transform=axes.transAxes)


def _write_bars(points: Points, plot: Plot) -> None:
    shown = list(points.items())[:MOST_BARS]
    heads = [f"{_short(label)}  {_short(kind)}" if plot.by else _short(label) for (label, kind), _ in shown]
    greatest = max((abs(height) for _, height in shown), default=Decimal(0)) or Decimal(1)
    size = max(map(text_width, heads), default=0)
    lines = [f"{plot.y} by {plot.x}" + (f" and {plot.by}" if plot.by else "")]
    for head, (_, height) in zip(heads, shown, strict=True):
        lines.append(f"{head}{' ' * (size - text_width(head))}  {_bar(abs(height), greatest)} {height:f}")
    hidden = len(points) - len(shown)
    lines += [f"and {hidden} more"] if hidden else [] if points else ["0 rows"]
    sys.stdout.write("\n".join(lines) + "\n")


def _bar(number: Decimal, greatest: Decimal) -> str:
    eighths = int(number * _BAR * len(_PARTS) / greatest)
    return "█" * (eighths // len(_PARTS)) + (_PARTS[eighths % len(_PARTS)].strip())


def _cells(rows: "pa.Table", name: str) -> list[Any]:
    if name not in rows.column_names:
        raise InputError("there is no such column to draw", expected=", ".join(rows.column_names), got=name)
    cells: list[Any] = rows.column(name).to_pylist()
    return cells


def _are_numbers(cells: Sequence[Any]) -> bool:
    return all(_number(cell) is not None for cell in cells if cell is not None)


def _number(cell: Any) -> Decimal | None:
    try:
        found = Decimal(str(cell))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _label(cell: Any) -> str:
    return printable("-" if cell is None else "0x" + cell.hex() if isinstance(cell, bytes) else cell)


def _short(label: str) -> str:
    return label if len(label) <= 20 else f"{label[:8]}..{label[-4:]}"
