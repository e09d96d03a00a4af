"""`pozk run`: the service."""

from typing import TYPE_CHECKING, Annotated

import typer

from indexer.words.errors import InputError, OutcomeUnknownError, RetryLaterError, UnsoundError
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output, lead_notes_to

if TYPE_CHECKING:
    from settlement.entry.service.runner import Ended

_WORST_FIRST = (UnsoundError.exit_code, InputError.exit_code, OutcomeUnknownError.exit_code, RetryLaterError.exit_code)


def run(
    once: Annotated[bool, typer.Option("--once", help="One round of every job, for cron; then end.")] = False,
    thaw: Annotated[
        bool, typer.Option("--thaw", help="Let jobs go on that were frozen; say this once their cause is mended.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Log warnings and errors alone.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Follow the chain, settle each epoch when it is final, publish, pay out; serve probes and metrics."""
    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.service.logs import start_logs
    from settlement.entry.service.service import open_service, serving

    if verbose and quiet:
        raise typer.BadParameter("--verbose and --quiet exclude each other")
    settings = read_settings(config)
    say = start_logs(settings, "verbose" if verbose else "quiet" if quiet else "normal")
    try:
        with open_service(settings, say, thaws=thaw) as service:
            if once:
                ended = service.run_round()
            else:
                with serving(service.board, service.settings.serve, say) as address:
                    say("probes and metrics are served", address=address)
                    service.serve_forever()
    finally:
        lead_notes_to(None)
    _show(Output(as_json=as_json), ended)


def _show(output: Output, ended: "list[Ended]") -> None:
    """Show one round; the exit code is that of the worst that happened."""
    rows = [
        {
            "name": each.name,
            "state": each.state.value,
            "error": each.error.line() if each.error else None,
            "said": each.said,
        }
        for each in ended
    ]
    output.document({"jobs": rows})
    for row in rows:
        why = row["error"] or row["said"]
        output.line(f"{row['name']}: {row['state']}{f': {why}' if why else ''}")
    codes = {each.error.exit_code if each.error else _code_of(each) for each in ended}
    worst = next((code for code in _WORST_FIRST if code in codes), 0)
    if worst:
        raise typer.Exit(worst)


def _code_of(ended: "Ended") -> int:
    """Return the exit code of a job that did not run: frozen, or waiting for the end of its pause."""
    return {"frozen": UnsoundError.exit_code, "failed": RetryLaterError.exit_code}.get(ended.state.value, 0)
