"""`pozk settle`: computes, stores and publishes reports."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch, to_hex
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption, UnitsOption
from settlement.entry.views.output import Output, note, shorten

if TYPE_CHECKING:
    from settlement.entry.configuration.assembly import Store
    from settlement.entry.documents.amounts import ShownAmounts
    from settlement.rules.epoch.settlement import Settled
    from settlement.words.records import StoredReport

COLUMNS = ["epoch", "events", "proofs", "pool", "distributed", "remainder", "leaves", "root"]
_AMOUNT_COLUMNS = range(COLUMNS.index("pool"), COLUMNS.index("remainder") + 1)


def settle(
    epoch: EpochOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and show, store nothing.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Vote on chain and activate what is due.")] = False,
    redo: Annotated[
        bool, typer.Option("--redo", help="Settle --epoch anew: after a veto, or where the committee executed another.")
    ] = False,
    bundle: Annotated[
        str | None,
        typer.Option(
            "--bundle",
            help="With --redo or --publish: another oracle's bundles; names the first stage where the executed report "
            "differs from ours.",
        ),
    ] = None,
    units: UnitsOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Compute and store the reports of finished epochs, in order; with --publish vote for them on chain."""
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.entry.configuration.units import read_amounts

    if redo and (epoch is None or dry_run):
        raise typer.BadParameter("--redo wants --epoch and stores what it computes")
    if bundle is not None and not (redo or publish):
        raise typer.BadParameter("--bundle goes with --redo or --publish; others: `pozk verify --bundle`")
    settings = read_settings(config).with_peer(bundle)
    output = Output(as_json=as_json)
    all_anew = redo and epoch == settings.clock.first
    with open_store(settings, any_format=all_anew) as store, store.journal.lock_settlement():
        amounts = read_amounts(settings, in_units=units)
        if redo and epoch is not None:
            note(f"{store.settler.forget_from(Epoch(epoch))} reports forgotten, from epoch {epoch} on")
        before = store.journal.last_epoch()
        settled = _settle_or_explain(store, epoch, before, dry_run=dry_run)
        if redo and epoch is not None:
            from settlement.flows.dissent import compare_with_executed

            note(compare_with_executed(Epoch(epoch), store.artifacts, store.lake_facts, store.peers.find))
        published, planned = _publish(store, output, settled, is_dry=dry_run) if publish else ([], {})
    unpaid = [done.unpaid for done in settled if done.unpaid is not None]
    around = amounts.mark({"published": published, "stored": not dry_run, "unpaid": unpaid} | planned)
    output.document(around | {"reports": [done.report for done in settled]})
    _show(output, settled, published, before, amounts, dry_run=dry_run)


@dataclass(frozen=True, slots=True)
class ShownEpoch:
    """What is shown of a settled epoch; its columns are let go, so that many epochs cost the memory of one."""

    report: dict[str, Any]
    stored: "StoredReport"
    cells: list[Any]
    unpaid: dict[str, Any] | None


def _settle_or_explain(store: "Store", epoch: int | None, before: Epoch | None, *, dry_run: bool) -> list[ShownEpoch]:
    """Settle; what cannot be settled because the configuration names another contract or clock is that, exit code 2."""
    try:
        return _settle(store, epoch, before, dry_run=dry_run)
    except UnsoundError as error:
        from settlement.entry.checks.all_checks import find_wrong_setting

        wrong = find_wrong_setting(store.settings)
        if wrong is not None:
            raise wrong from error
        raise


def _settle(store: "Store", epoch: int | None, before: Epoch | None, *, dry_run: bool) -> list[ShownEpoch]:
    from settlement.entry.documents.epoch import describe_unpaid, report_document
    from settlement.flows.settle import stored_report
    from settlement.rules.facts.epoch_facts import describe_difference

    settler = store.settler
    steps = (
        settler.settle_all(dry_run=dry_run) if epoch is None else settler.settle_up_to(Epoch(epoch), dry_run=dry_run)
    )
    done, is_noted = [], False
    for settlement in steps:
        difference = describe_difference(settlement.facts.choice, settler.configured)
        if difference is not None and not is_noted:
            note(f"epoch {settlement.facts.epoch}: {difference}")
            is_noted = True
        unpaid = describe_unpaid(settlement)
        if unpaid is not None:
            note(f"epoch {unpaid['epoch']} PAYS NOTHING although {unpaid['proofs']} proofs are stored: {unpaid['why']}")
        report = report_document(settlement.document, f"epoch {settlement.facts.epoch}")
        done.append(ShownEpoch(report, stored_report(settlement), _cells(settlement), unpaid))
        note(f"epoch {settlement.facts.epoch}: {_what_was_done(settlement, before, dry_run=dry_run)}")
    return done


def _what_was_done(settlement: "Settled", before: Epoch | None, *, dry_run: bool) -> str:
    root = to_hex(settlement.root)
    if before is not None and settlement.facts.epoch <= before:
        return f"already settled, computed again with the same report, root {root}"
    return f"{'computed' if dry_run else 'settled'}, root {root}"


def _cells(settlement: "Settled") -> list[Any]:
    return [
        str(settlement.facts.epoch),
        settlement.events_digest.count,
        settlement.facts.proofs,
        settlement.pool,
        settlement.distributed,
        settlement.remainder,
        len(settlement.leaves),
        shorten(settlement.root),
    ]


def _in_units(cells: list[Any], amounts: "ShownAmounts") -> list[Any]:
    return [amounts.cell(cell) if at in _AMOUNT_COLUMNS else cell for at, cell in enumerate(cells)]


def _publish(
    store: "Store", output: Output, settled: list[ShownEpoch], *, is_dry: bool
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Publish and return the steps that were taken; in a dry run none, and what would be sent."""
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.entry.views.planned import show_planned
    from settlement.flows.publish import Publisher

    chain = ChainAccess(store.settings)
    sender = chain.sender(store.journal.intents, is_dry=is_dry)
    publisher = Publisher(chain.distributor, sender, store.journal, store.artifacts, store.peers.find)
    steps = []
    for step in publisher.publish([done.stored for done in settled]):
        if not sender.is_dry:
            note(f"epoch {step.epoch}: {step.action}")
            steps.append({"action": step.action, "epoch": step.epoch})
    return steps, show_planned(output, sender)


def _show(
    output: Output,
    settled: list[ShownEpoch],
    published: list[dict[str, Any]],
    before: Epoch | None,
    amounts: "ShownAmounts",
    *,
    dry_run: bool,
) -> None:
    if not settled:
        until = "no epoch has ended" if before is None else f"already settled up to epoch {before}"
        output.line(f"nothing to settle: {until}")
    else:
        output.table(COLUMNS, [_in_units(done.cells, amounts) for done in settled])
    if dry_run:
        output.line("dry run: nothing was stored")
    for step in published:
        output.line(f"{step['action']} epoch {step['epoch']} on chain")
