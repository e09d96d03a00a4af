"""The command `pozk`: its sub-commands, its exit codes, and one line for every error."""

import sys
from typing import Annotated, NoReturn

import typer
from typer.exceptions import Abort, Exit, TyperException

from indexer.words.errors import InputError, PozkError
from settlement.entry import commands
from settlement.entry.plain_options import PlainGroup
from settlement.entry.process import (
    OutputLost,
    Terminated,
    asked_to_end,
    end_at_once_on_signals,
    end_on_signals,
    end_output,
    flush_stdout,
    leave,
    light_process,
    open_streams,
)
from settlement.entry.system_errors import internal_error, operating_system_error
from settlement.entry.views.output import note, report_error

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"pozk {version('pozk-oracle')}\n")
        raise typer.Exit


def pozk(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Reward settlement oracle: proves its inputs complete, settles exactly, explains every wei."""


def make_app(command: str | None = None) -> typer.Typer:
    """Return the application with every command, or with the one that is named, where there is one of that name."""
    app = typer.Typer(
        name="pozk",
        cls=PlainGroup,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(pozk)
    commands.register(app, command)
    return app


def main() -> NoReturn:
    """Run `pozk` and leave with the exit code of SPEC section 9."""
    with light_process():
        open_streams()
        try:
            end_on_signals()
            code = flush_stdout(run(sys.argv[1:]))
            end_at_once_on_signals()
        except Terminated as request:  # while an error was said or the answer written
            code = request.code
    leave(asked_to_end() or code)


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; every error that has one is printed as one line."""
    as_json = "--json" in arguments
    try:
        return _run(arguments)
    except (Abort, KeyboardInterrupt):
        return _interrupted(INTERRUPTED)
    except Terminated as request:
        return _interrupted(request.code)
    except OutputLost as lost:
        return end_output(lost)
    except Exception as error:  # noqa: BLE001 - the last line of defence: one line, a code, nothing goes on
        code = asked_to_end()  # what fails after that is how some library ends
        return _interrupted(code) if code else report_error(_meaning(error), as_json=as_json)


def _run(arguments: list[str]) -> int:
    try:
        app = typer.main.get_command(make_app(arguments[0] if arguments else None))
        outcome = app.main(arguments or ["--help"], prog_name="pozk", standalone_mode=False)
    except Exit as request:
        return request.exit_code
    except SystemExit as request:  # completion of a shell's line
        return request.code if isinstance(request.code, int) else 0
    return _interrupted(INTERRUPTED) if outcome == INTERRUPTED else outcome if isinstance(outcome, int) else 0


def _meaning(error: Exception) -> PozkError:
    """Return what an error means to the caller; one that nobody foresaw is a fault of ours."""
    if isinstance(error, PozkError):
        return error
    if isinstance(error, TyperException):
        return InputError(usage_fault(error), remedy=usage_remedy(error))
    return operating_system_error(error) if isinstance(error, OSError) else internal_error(error)


def _interrupted(code: int) -> int:
    note("interrupted; run the command again to go on")
    return code


def usage_fault(error: TyperException) -> str:
    """Return what is wrong with a command line."""
    describe = getattr(error, "format_message", None)
    return str(describe() if describe else error).rstrip(".")


def usage_remedy(error: TyperException) -> str:
    """Return where the command that was meant describes itself."""
    context = getattr(error, "ctx", None)
    return f"see `{context.command_path if context else 'pozk'} --help`"
