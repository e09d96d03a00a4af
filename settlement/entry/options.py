"""Options that several commands share, and how whole numbers are typed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

MAX_EPOCH = 2**40
"""Beyond any epoch of a network, within the integers of every store."""
MAX_BLOCK = 2**63 - 1
MAX_SECONDS = 2**48 - 1
"""Of a moment or a duration, as in a configuration."""

ConfigOption = Annotated[
    Path, typer.Option("--config", envvar="POZK_CONFIG", help="The configuration file.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
UnitsOption = Annotated[
    bool, typer.Option("--units", help="Say amounts in tokens, too; the chain is asked for symbol and decimals.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, send nothing.")]


def whole_number(low: int, high: int) -> Callable[[object], int]:
    """Return a reader of whole numbers from `low` to `high`: decimal digits of ASCII alone, and a sign before them.

    What Python's own would take beside is refused: "1_000", "1.0", " 1", digits of other scripts.
    """

    def read(text: object) -> int:
        number = int(str(text)) if re.fullmatch(r"-?[0-9]{1,100}", str(text)) else None
        if number is None or not low <= number <= high:
            raise typer.BadParameter(f"expected a whole number from {low} to {high}, got {str(text)[:40]!r}")
        return number

    return read


def whole_option(name: str, low: int, high: int, help_text: str) -> Any:
    """Return an option that takes a whole number from `low` to `high`."""
    return typer.Option(name, parser=whole_number(low, high), metavar=f"<{low}..{high}>", help=help_text)


EpochOption = Annotated[int | None, whole_option("--epoch", 0, MAX_EPOCH, "The epoch; without it, all of them.")]

DEFAULT_CONFIG = Path("pozk.toml")
