"""What of the page can be read without scripts: the newest epochs as a table, put where its document leaves room."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from settlement.entry.views.output import as_date
from settlement.rules.columns.units import place_point

ROOM = re.compile(rb"</main>\s*</noscript>")
"""In front of which the table goes; a document without it stays as it is."""
COLUMNS = ("epoch", "begins", "status", "pool", "paid", "remainder", "proofs", "miners", "users", "root")


def with_table(page: bytes, epochs: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the page's document with rows of the list of epochs; whatever they hold is text."""
    if not epochs:
        return page
    head = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(row))}</tr>\n" for row in epochs)
    caption = f"The newest epochs, amounts in {escape(str(epochs[0]['symbol'] or 'tokens'))}"
    table = (
        f"<table>\n<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"
    )
    return ROOM.sub(lambda room: table.encode() + room[0], page, count=1)


def _cells(row: Mapping[str, Any]) -> list[str]:
    decimals = row["decimals"] or 0
    amounts = ("" if row[name] is None else place_point(int(row[name]), decimals) for name in _AMOUNTS)
    counts = (str(row[name]) for name in ("proofs", "miners", "users"))
    return [str(row["epoch"]), as_date(row["begins"]), str(row["status"]), *amounts, *counts, str(row["root"] or "")]


_AMOUNTS = ("pool", "distributed", "remainder")
