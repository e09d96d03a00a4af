"""`pozk allocate`: one epoch's inputs from a file, with no chain and no database."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from indexer.words.errors import InputError
from settlement.entry.options import JsonOption
from settlement.entry.output import Output


def allocate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON: one epoch's inputs, or a list of them.")],
    as_json: JsonOption = False,
) -> None:
    """Evaluate a ruleset on the inputs in FILE and print the amounts as JSON; a list in gives a list out.

    The ruleset is named in FILE: paper-v1, paper-v2, pozk-v1 or pozk-v1-fixed; `pozk simulate --help` says what the
    first two mean for a network.
    """
    from settlement.rules.allocate_document import evaluate_document

    result = evaluate_document(_load_document(file))
    Output(as_json=True).document(result)
    del as_json  # the result is JSON with and without the option


def _load_document(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        raise InputError("no such file", got=str(file), where="FILE") from None
    except OSError as error:
        raise InputError("the file cannot be read", got=str(error.strerror), where=str(file)) from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("the file is not JSON", got=str(error), where=str(file)) from error
