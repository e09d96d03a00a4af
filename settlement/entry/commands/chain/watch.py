"""`pozk watch` and `pozk evidence verify`: proposed roots recomputed, and evidence against wrong ones checked."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
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

    settings, watching = read_settings(config), Watching()
    output = Output(as_json=as_json)
    while True:
        try:
            found = _look(settings, watching, bundle, veto=veto)
        except RetryLaterError as error:
            if once or error.exit_code != RetryLaterError.exit_code:
                raise
            note(f"waiting: {error.line()}")
            found = []
        if once:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if not found and watching.faults:
        raise watching.faults[0]
    output.document({"disputed": found})
    for each in found:
        output.line(f"epoch {each['epoch']} is DISPUTED: {each['evidence']}")
    if not found:
        output.line("no pending root differs from ours")
    if found:
        raise typer.Exit(1)


@dataclass(slots=True)
class Watching:
    """What was told so far, so that nothing is told twice: disputed epochs, and what is wrong with our own data.

    `faults` are those that the last look met and went on behind.
    """

    disputed: set[int] = field(default_factory=set)
    faults: list[UnsoundError] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Tell what is unsound here, and go on: another root may be wrong meanwhile."""
        try:
            yield
        except UnsoundError as error:
            self.faults.append(error)
            if error.line() not in self._said:
                self._said.add(error.line())
                note(f"ALERT: {error.line()}; what does not rest on it is watched on")


def _look(settings: "Settings", watching: Watching, bundle: str | None, *, veto: bool) -> list[dict[str, object]]:
    """Bring the lake and the reports up to date, and return the pending roots that are not ours.

    What of our own data is unsound is told, and nothing is derived from it; all else is looked at.
    """
    from settlement.entry.configuration.assembly import open_store
    from settlement.entry.configuration.chain_access import ChainAccess
    from settlement.entry.service.measuring import disputed_epochs

    watching.faults.clear()
    with open_store(settings) as store:
        with watching.going_on():
            _bring_up_to_date(store)
        found = []
        with ChainAccess(settings) as chain:
            for epoch in disputed_epochs(store, chain):
                with watching.going_on():
                    if epoch not in watching.disputed:
                        _dispute(store, chain, epoch, bundle, veto=veto)
                        watching.disputed.add(epoch)
                    folder = settings.store.data_dir / "evidence" / f"epoch-{epoch}"
                    found.append({"epoch": epoch, "evidence": str(folder)})
        return found


def _bring_up_to_date(store: "Store") -> None:
    """Index what is new and settle what has ended."""
    from indexer.adapters.store.lake import open_lake
    from indexer.flows.runs.ingest import ingest
    from settlement.entry.configuration.assembly import ingest_settings, open_nodes

    settings = store.settings
    opened = open_lake(store.database.uri, settings.store.data_dir, settings.protocol)
    with opened as lake, closing(open_nodes(settings)) as nodes:
        ingest(nodes, lake, ingest_settings(settings, None), None, None, note)
    with store.journal.lock_settlement():
        for settlement in store.settler.settle_all():
            note(f"epoch {settlement.facts.epoch}: settled, root 0x{settlement.root.hex()}")


def _dispute(store: "Store", chain: "ChainAccess", epoch: Epoch, bundle: str | None, *, veto: bool) -> None:
    """Write evidence against a pending root, say so, and veto it if told to."""
    from settlement.entry.service.evidence import make_evidence, write_evidence

    made = make_evidence(store, chain, epoch, _compare(store, epoch, bundle))
    path = write_evidence(store.settings.store.data_dir / "evidence", made)
    note(f"ALERT: epoch {epoch}: the proposed root is not ours, {made['stage']}: {made['row']}; {path}")
    _tell_location(store, chain, epoch, bundle)
    if veto:
        _veto(store, chain, epoch)


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
