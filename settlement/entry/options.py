"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

MAX_EPOCH = 2**40
"""Beyond any epoch of a network, within the integers of every store."""
MAX_BLOCK = 2**63 - 1

ConfigOption = Annotated[
    Path, typer.Option("--config", envvar="POZK_CONFIG", help="The configuration file.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
UnitsOption = Annotated[
    bool, typer.Option("--units", help="Say amounts in tokens, too; the chain is asked for symbol and decimals.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, send nothing.")]
EpochOption = Annotated[
    int | None, typer.Option("--epoch", min=0, max=MAX_EPOCH, help="The epoch; without it, all of them.")
]

DEFAULT_CONFIG = Path("pozk.toml")
