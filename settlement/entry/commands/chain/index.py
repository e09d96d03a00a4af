"""`pozk index`: ingests the chain into the lake."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.words.errors import InputError, RetryLaterError
from indexer.words.quantities import BlockNumber
from settlement.entry.options import DEFAULT_CONFIG, MAX_BLOCK, ConfigOption, JsonOption, whole_option
from settlement.entry.views.output import Output, note

if TYPE_CHECKING:
    from indexer.adapters.nodes.pool import NodePool
    from indexer.adapters.store.lake import Lake
    from indexer.flows.runs.follow import FollowReport
    from indexer.flows.runs.ingest import IngestReport
    from indexer.rules.proof.ingest_settings import IngestSettings
    from settlement.entry.configuration.settings import Settings

SECONDS_BETWEEN_STEPS = 2.0
FromBlockOption = Annotated[
    int | None,
    whole_option("--from-block", 0, MAX_BLOCK, "What must be stored from here on; where --audit begins."),
]
WorkerOption = Annotated[
    bool, typer.Option("--worker", help="Prove ranges ahead of another `pozk index`, which commits them; then end.")
]


def index(
    follow: Annotated[bool, typer.Option("--follow", help="Go on with the newest blocks until interrupted.")] = False,
    to_block: Annotated[int | None, whole_option("--to-block", 0, MAX_BLOCK, "Stop after this block.")] = None,
    max_range: Annotated[
        int | None, whole_option("--max-range", 1, MAX_BLOCK, "Most blocks in one request and one commit.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write the receipts of all stored blocks to a bundle for peers.")
    ] = None,
    receipts: Annotated[
        Path | None, typer.Option("--import", help="Take receipts from a peer's bundle; each one is proven.")
    ] = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="Prove what is stored again, at chain.verify, and write it into the ledger.")
    ] = False,
    from_block: FromBlockOption = None,
    worker: WorkerOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ingest finalized blocks, proving that no log is missing; killed at any time it goes on where it stopped."""
    from indexer.adapters.nodes.pool import with_bundle
    from indexer.adapters.postgres.database import open_database
    from indexer.adapters.store.lake import open_lake
    from settlement.entry.checks.beliefs import beliefs
    from settlement.entry.configuration.assembly import ingest_settings, open_nodes, read_settings
    from settlement.entry.system_errors import made_data_dir

    _refuse_end(follow, to_block, export)
    _refuse_beside_worker(worker, follow or audit, (to_block, from_block, export))
    settings = read_settings(config)
    data_dir = made_data_dir(settings.store.data_dir)
    plain = open_nodes(settings)
    chain = plain if receipts is None else with_bundle(plain, receipts)
    wanted = ingest_settings(settings, max_range)
    if worker:
        _work(Output(as_json=as_json), chain, settings, wanted)
        return
    with (
        open_database(settings.store.database_url, data_dir) as database,
        open_lake(database.uri, data_dir, settings.protocol) as lake,
    ):
        _note_updates(lake)
        if audit:
            _audit(Output(as_json=as_json), chain, lake, wanted, from_block, to_block)
            return
        if from_block is not None:
            _refuse_gap(lake, wanted, from_block)
        for line in beliefs(settings):
            note(line)
        report = _ingest(chain, lake, wanted, to_block, data_dir)
        exported = None if export is None else _export(chain, lake, wanted, export)
        if follow:
            _follow(chain, lake, wanted)
    _show(Output(as_json=as_json), report, export, exported)


def _ingest(
    chain: "NodePool", lake: "Lake", wanted: "IngestSettings", to_block: int | None, data_dir: Path
) -> "IngestReport":
    """Ingest with a bar of progress, taking what workers have proven."""
    from indexer.adapters.postgres.range_plan import PostgresRangePlan
    from indexer.flows.runs.ingest import ingest
    from settlement.entry.views.progress import BlockProgress

    last = None if to_block is None else BlockNumber(to_block)
    with BlockProgress() as progress, PostgresRangePlan(lake.uri, data_dir) as plan:
        return ingest(chain, lake, wanted, last, progress.update, note, plan=plan)


def _refuse_end(follow: bool, to_block: int | None, export: Path | None) -> None:
    ends = [name for name, given in (("--to-block", to_block), ("--export", export)) if given is not None]
    if follow and ends:
        raise InputError("--follow has no end", expected="--follow alone", got=f"--follow and {ends[0]}")


def _refuse_beside_worker(worker: bool, other: bool, given: tuple[object, ...]) -> None:
    if worker and (other or any(each is not None for each in given)):
        raise InputError(
            "a worker takes the ranges that are free",
            expected="--worker with --max-range or --import at most",
            got="--worker and what says which blocks, or what to do with them",
        )


def _work(output: Output, chain: "NodePool", settings: "Settings", wanted: "IngestSettings") -> None:
    """Prove ranges for whoever writes to the lake, until none is left."""
    from indexer.adapters.postgres.database import open_database
    from indexer.adapters.postgres.range_plan import PostgresRangePlan
    from indexer.adapters.store.lake import open_lake
    from indexer.flows.runs.backfill import backfill

    data_dir = settings.store.data_dir
    with (
        open_database(settings.store.database_url, data_dir) as database,
        open_lake(database.uri, data_dir, settings.protocol, read_only=True) as lake,
        PostgresRangePlan(database.uri, data_dir) as plan,
    ):
        report = backfill(chain, lake, wanted, plan, lambda blocks, logs: note(f"{blocks}: {logs:,} logs"))
    output.document({"ranges": report.ranges, "blocks": report.blocks, "logs": report.logs})
    output.line(f"{report.ranges} ranges, {report.blocks:,} blocks: {report.logs:,} logs")


def _note_updates(lake: "Lake") -> None:
    for update in lake.updates:
        note(f"the lake, of an older version, is brought up to date: {update}")


def _refuse_gap(lake: "Lake", wanted: "IngestSettings", first: int) -> None:
    """Refuse a start that would leave blocks out; what is stored is not fetched again."""
    from indexer.words.blocks import next_block

    last = lake.last_block()
    begin = wanted.start_block if last is None else next_block(last.number)
    if first > begin:
        raise InputError(
            "blocks would be left out",
            expected=f"at most {begin}",
            got=str(first),
            where="--from-block",
            remedy="leave it out, or set chain.start_block and use another data_dir",
        )
    if last is not None and first <= last.number:
        note(f"blocks up to {last.number} are stored already; --audit proves them again")


def _follow(chain: "NodePool", lake: "Lake", wanted: "IngestSettings") -> None:
    from indexer.flows.runs.follow import follow

    note("following the chain until you press Ctrl-C")
    pause = threading.Event()

    def wait() -> bool:
        pause.wait(SECONDS_BETWEEN_STEPS)
        return True

    def step(report: "FollowReport") -> None:
        if report.added or report.replaced:
            replaced = f", {report.replaced} replaced" if report.replaced else ""
            note(f"block {report.head.number}: {report.added} added{replaced}")

    def trouble(error: RetryLaterError) -> None:
        note(f"waiting: {error.line()}")

    follow(chain, lake, wanted, wait=wait, step=step, trouble=trouble)


def _audit(
    output: Output, chain: "NodePool", lake: "Lake", wanted: "IngestSettings", first: int | None, last: int | None
) -> None:
    """Audit stored blocks; exit code 1 if a row differs from what the chain proves."""
    from indexer.flows.runs.audit import audit_final

    report = audit_final(chain, lake, wanted, first, last)
    output.document(
        {
            "from_block": report.blocks.from_block,
            "to_block": report.blocks.to_block,
            "logs": report.logs,
            "differences": [
                {"table": row.table, "block": row.block, "expected": row.expected, "got": row.got}
                for row in report.differences
            ],
        }
    )
    output.line(f"{report.blocks}: {report.logs:,} logs audited at level {wanted.level}")
    for row in report.differences:
        output.line(f"DIFFERS in {row.table}, block {row.block}: expected {row.expected}, got {row.got}")
    if report.differences:
        raise typer.Exit(1)


def _export(chain: "NodePool", lake: "Lake", wanted: "IngestSettings", path: Path) -> int:
    from indexer.adapters.store.receipts_bundle import BundleWriter
    from indexer.flows.runs.audit import final_blocks
    from indexer.flows.runs.export import export_receipts

    head = lake.finalized_head()
    stored = final_blocks(wanted, None if head is None else head.number, None, None)
    try:
        writer = BundleWriter(path)
    except OSError as error:
        raise InputError("the bundle cannot be written", got=str(error.strerror), where=str(path)) from error
    written = export_receipts(chain, lake, wanted, stored, writer)
    writer.finish()
    return written


def _show(output: Output, report: "IngestReport", export: Path | None, exported: int | None) -> None:
    output.document(
        {
            "from_block": report.from_block,
            "to_block": report.to_block,
            "logs": report.logs,
            "quarantined": report.quarantined,
            "final": report.is_final,
            "exported": exported,
        }
    )
    output.line(f"blocks {report.from_block} to {report.to_block}: {report.logs:,} logs")
    if report.lag:
        note(report.lag)
    if not report.is_final:
        note(f"block {report.to_block} is far below the final one: not final here until `pozk index` has come there")
    if exported is not None:
        output.line(f"receipts of {exported} blocks in {export}")
    if report.quarantined:
        output.line(f"{report.quarantined} of them in quarantine: see `pozk query quarantine`")
