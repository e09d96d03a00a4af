"""`pozk init`: a commented configuration to fill in."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.words.errors import InputError
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output, note


def init(
    config: ConfigOption = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a commented pozk.toml with every key, and compile what computes, once for a machine."""
    from settlement.entry.configuration.template import render_config
    from settlement.entry.kernels import compile_kernels

    write_config(config, render_config({}), force=force)
    compile_kernels(note)
    output = Output(as_json=as_json)
    output.document({"config": str(config)})
    output.line(f"wrote {config}: fill in the addresses and genesis, then run `pozk check`")


def write_config(path: Path, text: str, *, force: bool) -> None:
    """Write a configuration; InputError if the file is there and `force` is not given."""
    try:
        with path.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(
            "the configuration is there already", got=str(path), remedy="give --force to replace it"
        ) from None
    except OSError as error:
        raise InputError("the configuration cannot be written", got=str(error.strerror), where=str(path)) from error
