"""`pozk backup` and `pozk restore`: verified copies of database and lake."""

from pathlib import Path
from typing import Annotated, Any

import typer

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the backup.")]


def backup(
    folder: FolderArgument,
    drill: Annotated[
        bool, typer.Option("--drill", help="Restore it into a scratch place, too, and verify it there.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Copy database, lake and settled epochs, of one state, into a new folder; nothing that runs is disturbed."""
    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.service.backup import drill as drill_backup
    from settlement.entry.service.backup import make_backup

    settings = read_settings(config)
    made = make_backup(settings, folder.resolve())
    if drill:
        drill_backup(settings, folder.resolve())
    said = "written, restored elsewhere and verified" if drill else "written"
    _show(Output(as_json=as_json), made.document | {"folder": str(folder), "verified": drill}, said)


def restore(
    folder: FolderArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Put a backup into an empty data_dir and database, verified by its digests; the service then catches up."""
    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.service.backup import restore_backup

    restored = restore_backup(read_settings(config), folder.resolve())
    _show(
        Output(as_json=as_json), restored.document | {"folder": str(folder), "verified": True}, "restored and verified"
    )


def _show(output: Output, document: dict[str, Any], said: str) -> None:
    output.document(document)
    newest = "no epoch is settled in it" if document["epoch"] is None else f"settled up to epoch {document['epoch']}"
    output.line(f"{document['files']} files, {document['bytes']:,} bytes {said}: {newest}")
