"""The command `pozk`: its sub-commands, its exit codes, and one line for every error."""

import os
import sys

import typer
from typer.exceptions import Abort, Exit, TyperException

from indexer.words.errors import InputError, PozkError
from settlement.entry import commands
from settlement.entry.output import report_error
from settlement.entry.process import light_process

app = typer.Typer(
    name="pozk",
    help="Reward settlement oracle: proves its inputs complete, settles exactly, explains every wei.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
commands.register(app)

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


def main() -> None:
    """Run `pozk` and leave with the exit code of SPEC section 9."""
    with light_process():
        code = run(sys.argv[1:])
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every error that has one is printed as one line."""
    as_json = "--json" in arguments
    try:
        outcome = typer.main.get_command(app).main(arguments or ["--help"], prog_name="pozk", standalone_mode=False)
    except PozkError as error:
        return report_error(error, as_json=as_json)
    except Exit as request:
        return request.exit_code
    except (Abort, KeyboardInterrupt):
        outcome = INTERRUPTED
    except TyperException as error:
        return report_error(InputError(usage_fault(error), remedy="see `pozk --help`"), as_json=as_json)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if outcome == INTERRUPTED:
        sys.stderr.write("interrupted; run the command again to go on\n")
    return outcome if isinstance(outcome, int) else 0


def usage_fault(error: TyperException) -> str:
    """Return what is wrong with a command line."""
    describe = getattr(error, "format_message", None)
    return str(describe() if describe else error).rstrip(".")
