"""`pozk allocate`: one epoch's inputs from a file, with no chain and no database."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from indexer.words.errors import InputError
from settlement.entry.configuration.input_files import read_bounded, read_input
from settlement.entry.options import JsonOption
from settlement.entry.views.output import Output
from settlement.rules.columns.strict_json import read_json

MOST_BYTES = 1 << 30
"""Of a document: some five million rows."""


def allocate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON: one epoch's inputs, or a list; - is stdin.")],
    as_json: JsonOption = False,
) -> None:
    """Evaluate a ruleset on the inputs in FILE and print the amounts as JSON; a list in gives a list out.

    The ruleset is named in FILE; `pozk simulate --help` says what those mean that can settle a network.
    docs/allocate.md describes the document.
    """
    from settlement.rules.questions.allocate_document import evaluate_document

    result = evaluate_document(load_document(file))
    Output(as_json=True).document(result)
    del as_json  # the result is JSON with and without the option


def load_document(file: Path) -> Any:
    """Return what the JSON of a file (or of stdin, for "-") says; InputError names place and fault."""
    is_stdin = str(file) == "-"
    where = "stdin" if is_stdin else str(file)
    if is_stdin and sys.stdin is None:
        raise InputError("stdin is closed", expected="a document", got="none", where="FILE")
    try:
        if is_stdin:
            return read_json(read_bounded(sys.stdin.buffer, MOST_BYTES, where))
        return read_json(read_input(file, MOST_BYTES))
    except FileNotFoundError:
        raise InputError("no such file", got=str(file), where="FILE") from None
    except OSError as error:
        raise InputError("the file cannot be read", got=str(error.strerror), where=where) from error
    except ValueError as error:
        raise InputError("the file is not JSON", got=str(error), where=where) from error
