"""`pozk index`: ingests the chain into the lake."""

from typing import TYPE_CHECKING, Annotated

import typer

from indexer.words.quantities import BlockNumber
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.output import Output
from settlement.entry.progress import BlockProgress

if TYPE_CHECKING:
    from indexer.flows.ingest import IngestReport


def index(
    to_block: Annotated[int | None, typer.Option("--to-block", min=0, help="Stop after this block.")] = None,
    max_range: Annotated[
        int | None, typer.Option("--max-range", min=1, help="Most blocks in one request and one commit.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ingest finalized blocks, proving that no log is missing; killed at any time it goes on where it stopped."""
    from indexer.adapters.chain import open_chain
    from indexer.adapters.database import open_database
    from indexer.adapters.lake import open_lake
    from indexer.flows.ingest import ingest
    from settlement.entry.world import ingest_settings, read_settings

    settings = read_settings(config)
    data_dir = settings.store.data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    chain = open_chain(settings.chain.rpc)
    last = BlockNumber(to_block) if to_block is not None else None
    with (
        open_database(settings.store.database_url, data_dir) as database,
        open_lake(database.uri, data_dir) as lake,
        BlockProgress() as progress,
    ):
        report = ingest(chain, lake, ingest_settings(settings, max_range), last, progress.update)
    _show(Output(as_json=as_json), report)


def _show(output: Output, report: "IngestReport") -> None:
    output.document(
        {
            "from_block": report.from_block,
            "to_block": report.to_block,
            "logs": report.logs,
            "quarantined": report.quarantined,
        }
    )
    output.line(f"blocks {report.from_block} to {report.to_block}: {report.logs:,} logs")
    if report.quarantined:
        output.line(f"{report.quarantined} of them in quarantine: see `pozk query quarantine`")
