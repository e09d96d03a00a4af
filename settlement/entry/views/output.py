"""What a command shows: one JSON document with --json, otherwise tables for people; errors as one line."""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from indexer.words.errors import PozkError
from indexer.words.quantities import to_hex
from settlement.entry.views.table import printable, render_table

_SHOWN_CHARACTERS = 200
"""Of a wrong value in an error line."""


class Output:
    """Where a command writes its result. stdout carries the result alone; progress and logs go to stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def document(self, document: Any) -> None:
        """Print the command's JSON document, if --json asked for it."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n")

    def line(self, text: str) -> None:
        """Print one line for people."""
        if not self.as_json:
            sys.stdout.write(text + "\n")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
        """Print a table for people: as wide as it is into a pipe or file, fitted to a terminal."""
        if self.as_json:
            return
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        sys.stdout.write((f"{title}\n" if title else "") + render_table(columns, rows, width))


def shorten(word: bytes) -> str:
    """Return a hash as its first and last digits, for tables."""
    return f"{to_hex(word)[:12]}..{word.hex()[-8:]}"


def shorten_text(text: str) -> str:
    """Return the beginning of a text that is too long for an error line."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}.. ({len(text)} characters)"


def show_value(value: Any) -> str:
    """Return a wrong value as an error line shows it."""
    try:
        return shorten_text(repr(value))
    except ValueError:  # an integer of thousands of digits
        return "a value too long to show"


def as_date(seconds: int) -> str:
    """Return a time of the chain, seconds since 1970, as a date; beyond the year 9999 it has none."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return "no date"


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: 1 claim, 2 claims."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


_LED_TO: list[Callable[[str], None]] = []


def lead_notes_to(take: Callable[[str], None] | None) -> None:
    """Give what is noted to the log of a service instead of stderr; None: to stderr again."""
    _LED_TO[:] = [] if take is None else [take]


def note(text: str) -> None:
    """Print one line to stderr: progress, warnings, alerts. Where nobody reads it, the work goes on."""
    with suppress(OSError, ValueError):
        if _LED_TO:
            _LED_TO[-1](text)
            return
        sys.stderr.write(text + "\n")
        sys.stderr.flush()


def report_error(error: PozkError, *, as_json: bool) -> int:
    """Print an error as its one line (and as the JSON document, if --json asked for one); return the exit code."""
    line = printable(error.line())
    note(f"error: {line}")
    if as_json:
        Output(as_json=True).document({"error": line, "exit_code": error.exit_code})
    return error.exit_code
