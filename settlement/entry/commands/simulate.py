"""`pozk simulate`: what if."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.errors import InputError
from indexer.words.quantities import Epoch, to_hex
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption
from settlement.entry.output import Output, note
from settlement.words.rulesets import MEANINGS

if TYPE_CHECKING:
    from settlement.entry.world import Store
    from settlement.flows.simulate import Projection

SHOWN_ACCOUNTS = 20
MEANINGS_TEXT = "; or ".join(f"{name} ({meaning.rstrip('.')})" for name, meaning in MEANINGS.items())


def simulate(
    stake: Annotated[
        list[str] | None, typer.Option("--stake", help="APP:ACCOUNT:ROLE=WEI; ROLE miner or user.")
    ] = None,
    work: Annotated[list[str] | None, typer.Option("--work", help="APP:ACCOUNT=MILLI-GATES")] = None,
    tasks: Annotated[list[str] | None, typer.Option("--tasks", help="APP:ACCOUNT=COUNT")] = None,
    weights: Annotated[str | None, typer.Option("--weights", help="a,b,c,d in basis points")] = None,
    ruleset: Annotated[str | None, typer.Option("--ruleset", help=f"Compare with {MEANINGS_TEXT}")] = None,
    residual: Annotated[str | None, typer.Option("--residual", help="rollover or normalize")] = None,
    epoch: EpochOption = None,
    sweep: Annotated[str | None, typer.Option("--sweep", help="Vary this weight: a, b, c or d.")] = None,
    watch: Annotated[list[str] | None, typer.Option("--watch", help="An account to follow in the sweep.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw the sweep: a .png or .svg file.")] = None,
    out: Annotated[Path | None, typer.Option("--csv", help="Write the sweep as CSV.")] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Project the open epoch as if it ended now (or --epoch), and what overrides would change."""
    from settlement.entry import scenario
    from settlement.entry.world import open_store, read_settings

    if sweep is None and (plot or out or watch):
        raise InputError("nothing to draw or write", expected="--sweep a, b, c or d", got="none")
    overrides = scenario.read_overrides(stake, work, tasks, weights, ruleset, residual)
    watched = scenario.read_watched(watch)
    output = Output(as_json=as_json)
    with open_store(read_settings(config)) as store:
        projection = _project(store, epoch, overrides)
    points = scenario.run_sweep(projection, sweep, watched)
    if sweep is not None:
        scenario.write_sweep(projection, points, sweep, watched, out, plot)
    output.document(scenario.as_document(projection, sweep, points, watched))
    show_projection(output, projection)
    if sweep is not None:
        output.table(
            scenario.sweep_columns(sweep, watched),
            scenario.sweep_rows(points, scenario.percent),
            title=f"sweep of weight {sweep}",
        )
        for path in filter(None, (out, plot)):
            note(f"wrote {path}")


def show_projection(output: Output, projection: "Projection") -> None:
    """Print before and after for people."""
    from settlement.entry import scenario

    output.line(scenario.headline(projection))
    output.table(["", "before", "after"], scenario.summary_rows(projection))
    for name, meaning in scenario.compared_rulesets(projection).items():
        output.line(f"{name}: {meaning}")
    changes = projection.changes
    if changes:
        rows = [
            [to_hex(change.account), change.before, change.after, f"{change.after - change.before:+d}"]
            for change in changes[:SHOWN_ACCOUNTS]
        ]
        output.table(["account", "before", "after", "change"], rows, title="largest changes")
        if len(changes) > SHOWN_ACCOUNTS:
            output.line(f"and {len(changes) - SHOWN_ACCOUNTS} more accounts: see --json")
    for warning in projection.warnings:
        output.line(f"note: {warning}")


def _project(store: "Store", epoch: int | None, overrides: Any) -> "Projection":
    from settlement.flows.simulate import project_epoch

    return project_epoch(store.settler, store.lake_facts, None if epoch is None else Epoch(epoch), overrides)
