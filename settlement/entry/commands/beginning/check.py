"""`pozk check`: tests everything the other commands rely on, and says what would fail."""

from typing import TYPE_CHECKING, Annotated

import typer

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output

if TYPE_CHECKING:
    from settlement.entry.checks.inspection import CheckResult


def check(
    bundle: Annotated[
        str | None,
        typer.Option("--bundle", help="Bundles of an oracle: names the first stage where an executed report differs."),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Test node(s), contracts, database, clock, signer and disk, and say what would fail."""
    from settlement.entry.checks.all_checks import run_checks
    from settlement.entry.configuration.assembly import read_settings

    output = Output(as_json=as_json)
    results = run_checks(read_settings(config).with_peer(bundle))
    output.document(
        {
            "checks": [
                {
                    "check": r.name,
                    "ok": r.exit_code == 0,
                    "warning": r.is_warning,
                    "said": r.said,
                    "exit_code": r.exit_code,
                }
                for r in results
                if not r.blocked_by
            ],
            "not_tried": [{"check": r.name, "because": r.blocked_by} for r in results if r.blocked_by],
        }
    )
    output.table(["check", "result", "said"], [[r.name, _word(r), r.said] for r in results])
    failed = [result.exit_code for result in results if result.exit_code]
    if failed:
        raise typer.Exit(min(failed))


def _word(result: "CheckResult") -> str:
    if result.blocked_by:
        return "-"
    if result.is_warning:
        return "warning"
    return "ok" if result.exit_code == 0 else "FAILED"
