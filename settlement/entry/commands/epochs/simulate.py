"""`pozk simulate`: what if."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.errors import InputError
from indexer.words.quantities import AMOUNT_LIMIT, Epoch, to_hex
from settlement.entry.late_help import RULESETS
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption, UnitsOption, whole_option
from settlement.entry.views.output import Output, note

if TYPE_CHECKING:
    from settlement.entry.configuration.assembly import Store
    from settlement.entry.documents.amounts import ShownAmounts
    from settlement.flows.simulate import Projection
    from settlement.rules.questions.self_dealing import DealerTerms

SHOWN_ACCOUNTS = 20

TaskCostOption = Annotated[
    int, whole_option("--task-cost", 0, AMOUNT_LIMIT, "Gas and proving of a self-dealt task, in wei.")
]
MinFeeOption = Annotated[int | None, whole_option("--min-fee", 0, AMOUNT_LIMIT, "Another least fee of a task, in wei.")]
BurnOption = Annotated[int | None, whole_option("--burn-bps", 0, 10_000, "Another burned part of a fee.")]


def simulate(
    stake: Annotated[
        list[str] | None, typer.Option("--stake", help="APP:ACCOUNT:ROLE=WEI; ROLE miner or user.")
    ] = None,
    work: Annotated[list[str] | None, typer.Option("--work", help="APP:ACCOUNT=MILLI-GATES")] = None,
    tasks: Annotated[list[str] | None, typer.Option("--tasks", help="APP:ACCOUNT=COUNT")] = None,
    weights: Annotated[str | None, typer.Option("--weights", help="a,b,c,d in basis points")] = None,
    ruleset: Annotated[str | None, typer.Option("--ruleset", help=f"Compare with {RULESETS}")] = None,
    residual: Annotated[str | None, typer.Option("--residual", help="rollover or normalize")] = None,
    epoch: EpochOption = None,
    sweep: Annotated[str | None, typer.Option("--sweep", help="Vary this weight: a, b, c or d.")] = None,
    watch: Annotated[list[str] | None, typer.Option("--watch", help="An account to follow in the sweep.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw the sweep: a .png or .svg file.")] = None,
    out: Annotated[Path | None, typer.Option("--csv", help="Write the sweep as CSV.")] = None,
    attack: Annotated[
        bool, typer.Option("--attack", help="What self-dealt tasks earn and cost in each app, under each ruleset.")
    ] = False,
    attack_stake: Annotated[
        str | None, typer.Option("--attack-stake", help="MINER:USER in wei; by default the mean of each role.")
    ] = None,
    task_cost: TaskCostOption = 0,
    min_fee: MinFeeOption = None,
    burn_bps: BurnOption = None,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Project the open epoch as if it ended now (or --epoch), and what overrides would change."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.units import read_amounts
    from settlement.entry.documents.simulation import projection_document, sweep_columns, sweep_rows
    from settlement.entry.views import scenario
    from settlement.entry.views.attack import read_terms

    output = Output(as_json=as_json)
    if attack:
        terms = read_terms(attack_stake, task_cost, min_fee, burn_bps)
        with open_store(read_settings(config)) as store:
            show_self_dealing(output, store, epoch, terms, read_amounts(store.settings, in_units=units))
        return
    if sweep is None and (plot or out or watch):
        raise InputError("nothing to draw or write", expected="--sweep a, b, c or d", got="none")
    overrides = scenario.read_overrides(stake, work, tasks, weights, ruleset, residual)
    watched = scenario.read_watched(watch)
    with open_store(read_settings(config)) as store:
        amounts = read_amounts(store.settings, in_units=units)
        projection = _project(store, epoch, overrides)
    points = scenario.run_sweep(projection, sweep, watched)
    if sweep is not None:
        scenario.write_sweep(projection, points, sweep, watched, out, plot)
    output.document(amounts.mark(projection_document(projection, sweep, points, watched)))
    show_projection(output, projection, amounts)
    if sweep is not None:
        output.table(
            sweep_columns(sweep, watched),
            sweep_rows(points, scenario.percent, amounts.cell),
            title=f"sweep of weight {sweep}",
        )
        for path in filter(None, (out, plot)):
            note(f"wrote {path}")


def show_projection(output: Output, projection: "Projection", amounts: "ShownAmounts") -> None:
    """Print before and after for people."""
    from settlement.entry.documents.simulation import compared_rulesets
    from settlement.entry.views import scenario

    output.line(scenario.headline(projection))
    output.table(["", "before", "after"], scenario.summary_rows(projection, amounts))
    for name, meaning in compared_rulesets(projection).items():
        output.line(f"{name}: {meaning}")
    changes = projection.changes
    if changes:
        rows = [
            [
                to_hex(change.account),
                *map(amounts.cell, (change.before, change.after)),
                amounts.change(change.after - change.before),
            ]
            for change in changes[:SHOWN_ACCOUNTS]
        ]
        output.table(["account", "before", "after", "change"], rows, title="largest changes")
        if len(changes) > SHOWN_ACCOUNTS:
            output.line(f"and {len(changes) - SHOWN_ACCOUNTS} more accounts: see --json")
    for warning in projection.warnings:
        output.line(f"note: {warning}")


def show_self_dealing(
    output: Output, store: "Store", epoch: int | None, terms: "DealerTerms", amounts: "ShownAmounts"
) -> None:
    """Print what self-dealing earns and costs."""
    from settlement.entry.documents.simulation import self_dealing_document
    from settlement.entry.views.attack import columns, table_rows
    from settlement.flows.simulate import project_self_dealing

    asked = None if epoch is None else Epoch(epoch)
    facts, stakes, found = project_self_dealing(store.settler, asked, terms)
    output.document(amounts.mark(self_dealing_document(facts.epoch, stakes, found)))
    miner, user = map(amounts.say, stakes)
    output.line(f"epoch {facts.epoch}: a newcomer with stakes of {miner} (miner) and {user} (user)")
    output.table(columns(amounts), table_rows(found, amounts))
    output.line("each app alone; a task costs the burned part of the least fee, and --task-cost: see docs/economics.md")


def _project(store: "Store", epoch: int | None, overrides: Any) -> "Projection":
    from settlement.flows.simulate import project_epoch

    return project_epoch(store.settler, None if epoch is None else Epoch(epoch), overrides)
