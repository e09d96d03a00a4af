"""What a command shows: one JSON document with --json, otherwise tables for people; errors as one line."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from indexer.words.errors import PozkError
from indexer.words.quantities import to_hex

PIPE_WIDTH = 200
"""Columns of a table that goes to no terminal, so that amounts stay on one line."""


class Output:
    """Where a command writes its result. stdout carries the result alone; progress and logs go to stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)

    def document(self, document: Any) -> None:
        """Print the command's JSON document, if --json asked for it."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, indent=2, sort_keys=True) + "\n")

    def line(self, text: str) -> None:
        """Print one line for people."""
        if not self.as_json:
            sys.stdout.write(text + "\n")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
        """Print a table for people; numbers are right-aligned."""
        if self.as_json:
            return
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
        for at, column in enumerate(columns):
            numeric = bool(rows) and all(isinstance(row[at], int) for row in rows)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*[str(cell) for cell in row])
        self._console.print(table)


def shorten(word: bytes) -> str:
    """Return a hash as its first and last digits, for tables."""
    return f"{to_hex(word)[:12]}..{word.hex()[-8:]}"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: 1 claim, 2 claims."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def note(text: str) -> None:
    """Print one line to stderr: progress, warnings, alerts."""
    sys.stderr.write(text + "\n")


def report_error(error: PozkError, *, as_json: bool) -> int:
    """Print an error as its one line (and as the JSON document, if --json asked for one); return the exit code."""
    note(f"error: {error.line()}")
    if as_json:
        document = {"error": error.line(), "exit_code": error.exit_code}
        sys.stdout.write(json.dumps(document, indent=2, sort_keys=True) + "\n")
    return error.exit_code
