"""`pozk verify`: recomputes settled epochs."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.words.errors import InputError
from indexer.words.quantities import Epoch
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption
from settlement.entry.views.output import Output, note
from settlement.words.errors import not_settled

if TYPE_CHECKING:
    from settlement.entry.configuration.assembly import Store
    from settlement.flows.verify import Verdict


class EngineChoice(StrEnum):
    """What aggregates the rows that a settlement is compared with."""

    DUCKDB = "duckdb"
    NONE = "none"


def verify(
    epoch: EpochOption = None,
    bundle: Annotated[
        str | None, typer.Option("--bundle", help="Compare with the epoch's bundle of another oracle: folder or URL.")
    ] = None,
    engine: Annotated[
        EngineChoice,
        typer.Option("--engine", help="none: every row is aggregated a second time without the SQL engine."),
    ] = EngineChoice.DUCKDB,
    from_chain: Annotated[
        bool, typer.Option("--from-chain", help="Index and settle everything anew in a scratch directory.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Compute settled epochs again and name the first stage and row that differ from what is stored and on chain."""
    from settlement.entry.configuration.assembly import open_store, read_settings

    if bundle is not None and (from_chain or epoch is not None):
        other = "--from-chain" if from_chain else "--epoch"
        raise InputError("a bundle names its own epoch", expected="--bundle alone", got=f"--bundle and {other}")
    settings = read_settings(config)
    if from_chain:
        from settlement.entry.from_chain import judge_from_chain

        verdicts = judge_from_chain(settings, epoch)
    else:
        with open_store(settings, all_shards=engine is EngineChoice.NONE) as store:
            verdicts = [_verify_bundle(store, bundle)] if bundle is not None else _verify_stored(store, epoch)
            if verdicts and store.start.startswith("vouched"):
                note(f"that no log of ours lies below block {settings.chain.start_block} is not proven: {store.start}")
    show_verdicts(Output(as_json=as_json), verdicts)


def show_verdicts(output: Output, verdicts: "list[Verdict]") -> None:
    """Print what was found; exit code 1 if anything differs."""
    from settlement.entry.documents.verdict import verdicts_document

    output.document(verdicts_document(verdicts))
    if notes := [f"epoch {verdict.epoch}: {verdict.note}" for verdict in verdicts if verdict.note]:
        note(notes[0] + (f" (and {len(notes) - 1} more epochs)" if notes[1:] else ""))
    if not verdicts:
        output.line("nothing to verify: no epoch is settled")
    for verdict in verdicts:
        output.line(f"epoch {verdict.epoch}: " + ("ok" if verdict.is_ok else f"DIFFERS in {verdict.stage}"))
        if not verdict.is_ok:
            output.line(f"  expected {verdict.expected}\n  got      {verdict.got}")
            if verdict.row:
                output.line(f"  first row: {verdict.row}")
    if not all(verdict.is_ok for verdict in verdicts):
        raise typer.Exit(1)


def _verify_stored(store: "Store", epoch: int | None) -> "list[Verdict]":
    from settlement.flows.verify import judge_epoch
    from settlement.rules.epoch.read_report import parse_stored

    first, last = store.settler.network.first, store.journal.last_epoch()
    wanted = [epoch] if epoch is not None else list(range(first, last + 1)) if last is not None else []
    verdicts = []
    for number in map(Epoch, wanted):
        stored = store.journal.load_report(number)
        if stored is None:
            raise not_settled(number, last)
        document = parse_stored(stored).document
        verdicts.append(judge_epoch(store.settler, number, document, store.artifacts.load_epoch(number)))
    return verdicts


def _verify_bundle(store: "Store", url: str) -> "Verdict":
    from settlement.adapters.store.bundle import open_bundle
    from settlement.flows.bundles import judge_bundle
    from settlement.flows.verify import judge_epoch

    other = open_bundle(url)
    sound = judge_bundle(other)
    if not sound.is_ok:
        return sound
    return judge_epoch(store.settler, sound.epoch, other.load_document(), other)
