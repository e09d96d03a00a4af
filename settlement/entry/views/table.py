"""Tables as text: every cell as it is, nothing in the data is markup."""

import unicodedata
from collections.abc import Sequence
from typing import Any

GAP = "  "


def render_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], width: int | None) -> str:
    """Return a table, a line a row; where it is wider than `width` columns, a block a row and a line a value.

    Integers stand on the right. Without rows the last line says so.
    """
    names = [printable(name) for name in columns]
    cells = [[printable(cell) for cell in row] for row in rows]
    sizes = [max(map(text_width, column)) for column in zip(names, *cells, strict=True)]
    if width is not None and rows and sum(sizes) + len(GAP) * max(0, len(sizes) - 1) > width:
        return _blocks(names, cells)
    right = [bool(rows) and all(type(row[at]) is int for row in rows) for at in range(len(names))]
    lines = [_line(line, sizes, right) for line in (names, *cells)]
    return "\n".join(lines if rows else [*lines, "0 rows"]) + "\n"


def printable(value: Any) -> str:
    """Return a value's text with everything that would move the cursor or end the line as an escape."""
    text = value if isinstance(value, str) else str(value)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def text_width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _line(cells: Sequence[str], sizes: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (size - text_width(cell)) + cell if at_right else cell + " " * (size - text_width(cell))
        for cell, size, at_right in zip(cells, sizes, right, strict=True)
    ]
    return GAP.join(padded).rstrip()


def _blocks(names: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    size = max(map(text_width, names))
    blocks = [
        "\n".join(
            f"{name}{' ' * (size - text_width(name))}{GAP}{cell}".rstrip()
            for name, cell in zip(names, row, strict=True)
        )
        for row in cells
    ]
    return "\n\n".join(blocks) + "\n"
