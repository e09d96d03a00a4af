"""`pozk index`: ingests the chain into the lake."""

from typing import Annotated

import typer

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption


def index(
    to_block: Annotated[int | None, typer.Option("--to-block", min=0, help="Stop after this block.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ingest finalized blocks, proving that no log is missing; killed at any time it goes on where it stopped."""
