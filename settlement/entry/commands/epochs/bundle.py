"""`pozk bundle`: settled epochs for others to verify."""

from pathlib import PurePosixPath
from typing import Annotated

import typer

from indexer.words.quantities import Epoch
from settlement.entry.commands.epochs.verify import show_verdicts
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, EpochOption, JsonOption
from settlement.entry.views.output import Output, counted, note
from settlement.words.errors import not_settled

bundle = typer.Typer(
    help="Publish the bundles of settled epochs, and verify one.", no_args_is_help=True, rich_markup_mode=None
)


@bundle.command()
def publish(
    to: Annotated[list[str], typer.Option("--to", help="A folder or an fsspec URL; may be given again.")],
    epoch: EpochOption = None,
    dump: Annotated[bool, typer.Option("--dump", help="Add the OpenZeppelin dump of the tree.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Copy the bundles of settled epochs to one or more places; each is read back and hashed again."""
    from settlement.adapters.store.bundle import PublishedBundle
    from settlement.entry.configuration.assembly import open_store, read_settings
    from settlement.flows.bundles import mirror_bundle

    published = []
    with open_store(read_settings(config)) as store:
        last = store.journal.last_epoch()
        wanted = (
            [epoch]
            if epoch is not None
            else list(range(store.settings.clock.first, (-1 if last is None else last) + 1))
        )
        for number in map(Epoch, wanted):
            if store.journal.load_report(number) is None:
                raise not_settled(number, last)
            source = store.artifacts.load_epoch(number)
            for place in to:
                target = PublishedBundle(f"{place.rstrip('/')}/{PurePosixPath(source.url).name}")
                mirror_bundle(source, target, with_dump=dump, start=store.start)
                note(f"epoch {number}: {target.url}")
                published.append({"epoch": number, "url": target.url})
    output = Output(as_json=as_json)
    output.document({"bundles": published})
    output.line(f"{counted(len(published), 'bundle')} written and read back" if published else "no epoch is settled")


@bundle.command()
def verify(
    place: Annotated[str, typer.Argument(metavar="DIR", help="The bundle of one epoch: a folder or an fsspec URL.")],
    before: Annotated[str | None, typer.Option("--before", help="The bundle of the epoch before it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Verify a bundle from itself, with no chain and no database: digests, canonical report, leaves, root."""
    from settlement.adapters.store.bundle import open_bundle
    from settlement.flows.bundles import judge_bundle, load_manifest

    found = open_bundle(place)
    verdict = judge_bundle(found, open_bundle(before) if before is not None else None)
    if verdict.is_ok:
        manifest = load_manifest(found)
        note(f'to paste below [chain], if you trust who gave it: checkpoints = ["{manifest["checkpoint"]}"]')
        if manifest["start"]:
            note(f"start_block of its oracle: {manifest['start']}")
    show_verdicts(Output(as_json=as_json), [verdict])
