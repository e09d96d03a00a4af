"""`pozk watch` and `pozk evidence verify`: proposed roots recomputed, and evidence against wrong ones checked."""

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.words.errors import InputError, RetryLaterError
from indexer.words.quantities import Epoch
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output, note

if TYPE_CHECKING:
    from settlement.entry.configuration.assembly import Store
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.entry.configuration.settings import Settings
    from settlement.flows.verify import Verdict

SECONDS_BETWEEN_LOOKS = 10.0
_MOST_BYTES = 1 << 28
"""Of a file of evidence: some receipts, their proofs and a few rows."""
evidence = typer.Typer(help="Check evidence against a proposed root.", no_args_is_help=True, rich_markup_mode=None)


def watch(
    once: Annotated[bool, typer.Option("--once", help="One look; exit code 1 if a root is disputed.")] = False,
    veto: Annotated[bool, typer.Option("--veto", help="Send the guardian's veto; [signer] holds its key.")] = False,
    bundle: Annotated[
        str | None, typer.Option("--bundle", help="The bundle of a member that voted for it: names stage and row.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Recompute every proposed root from an own lake; on a difference write evidence, and veto if told to."""
    from settlement.entry.configuration.assembly import read_settings

    settings, told = read_settings(config), set[int]()
    output = Output(as_json=as_json)
    while True:
        try:
            found = _look(settings, told, bundle, veto=veto)
        except RetryLaterError as error:
            if once or error.exit_code != RetryLaterError.exit_code:
                raise
            note(f"waiting: {error.line()}")
            found = []
        if once:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    output.document({"disputed": found})
    for each in found:
        output.line(f"epoch {each['epoch']} is DISPUTED: {each['evidence']}")
    if not found:
        output.line("no pending root differs from ours")
    if found:
        raise typer.Exit(1)


def _look(settings: "Settings", told: set[int], bundle: str | None, *, veto: bool) -> list[dict[str, object]]:
    """Bring the lake and the reports up to date, and return the pending roots that are not ours."""
    from indexer.adapters.store.lake import open_lake
    from indexer.flows.runs.ingest import ingest
    from settlement.entry.configuration.assembly import ingest_settings, open_nodes, open_store
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.entry.service.evidence import make_evidence, write_evidence
    from settlement.entry.service.measuring import disputed_epochs

    with open_store(settings) as store:
        opened = open_lake(store.database.uri, settings.store.data_dir, settings.protocol)
        with opened as lake, closing(open_nodes(settings)) as nodes:
            ingest(nodes, lake, ingest_settings(settings, None), None, None, note)
        with store.journal.lock_settlement():
            for settlement in store.settler.settle_all():
                note(f"epoch {settlement.facts.epoch}: settled, root 0x{settlement.root.hex()}")
        found = []
        with ChainAccess(settings) as chain:
            for epoch in disputed_epochs(store, chain):
                if epoch not in told:
                    made = make_evidence(store, chain, epoch, _compare(store, epoch, bundle))
                    path = write_evidence(settings.store.data_dir / "evidence", made)
                    note(f"ALERT: epoch {epoch}: the proposed root is not ours, {made['stage']}: {made['row']}; {path}")
                    _tell_location(store, chain, epoch, bundle)
                    if veto:
                        _veto(store, chain, epoch)
                    told.add(epoch)
                found.append({"epoch": epoch, "evidence": str(settings.store.data_dir / "evidence" / f"epoch-{epoch}")})
        return found


def _compare(store: "Store", epoch: Epoch, bundle: str | None) -> "Verdict | None":
    from settlement.adapters.store.bundle import open_bundle
    from settlement.flows.bundles import compare_bundles

    return None if bundle is None else compare_bundles(open_bundle(bundle), store.artifacts.load_epoch(epoch))


def _tell_location(store: "Store", chain: "ChainAccess", epoch: Epoch, bundle: str | None) -> None:
    from settlement.entry.service.evidence import find_location

    place = find_location(store, epoch, chain.distributor.root_at(epoch).report_hash) if bundle is None else ""
    if place:
        note(f"epoch {epoch}: its bundle is said to lie at {place}; --bundle with it names the first row that differs")


def _veto(store: "Store", chain: "ChainAccess", epoch: Epoch) -> None:
    sender = chain.sender(store.journal.intents)
    with store.journal.lock_settlement():
        sender.resolve_pending()
        sender.send("veto", str(epoch), chain.distributor.encode_veto(epoch))
    note(f"epoch {epoch}: {'would be vetoed (a dry run)' if sender.is_dry else 'vetoed'}")


@evidence.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An evidence.json.")],
    rpc: Annotated[str, typer.Option("--rpc", metavar="URL", help="A node of the chain; nothing else is needed.")],
    as_json: JsonOption = False,
) -> None:
    """Check with a node alone that the logs of the evidence are on the chain, by receipt proofs."""
    from indexer.adapters.nodes.pool import open_chain
    from settlement.entry.configuration.input_files import read_input
    from settlement.entry.service.evidence import verify_evidence
    from settlement.rules.columns.strict_json import read_json

    try:
        content = read_json(read_input(file, _MOST_BYTES))
    except (OSError, ValueError) as error:
        raise InputError("the evidence cannot be read", got=str(error)[:200], where=str(file)) from error
    if not isinstance(content, dict):
        raise InputError("this is no evidence", where=str(file))
    lines = open_chain([rpc]).attempt(lambda node: verify_evidence(content, node))
    output = Output(as_json=as_json)
    output.document({"epoch": content["epoch"], "ok": True, "said": lines})
    for line in lines:
        output.line(line)
