"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[Path, typer.Option("--config", help="The configuration file.", show_default=True)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
EpochOption = Annotated[int | None, typer.Option("--epoch", min=0, help="The epoch; without it, all of them.")]

DEFAULT_CONFIG = Path("pozk.toml")
