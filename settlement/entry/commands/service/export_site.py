"""`pozk export-site`: everything as static files."""

from pathlib import Path
from typing import Annotated

import typer

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output, counted


def export_site(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An empty folder, or an older export.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Write page, documents, proofs and the files of every epoch as static files: claims outlive their operator."""
    from settlement.entry.configuration.assembly import open_readonly_store, read_settings
    from settlement.entry.site_export import export_site as export

    with open_readonly_store(read_settings(config)) as store:
        manifest = export(store, folder)
    size = sum(each["bytes"] for each in manifest["files"].values())
    output = Output(as_json=as_json)
    output.document({"folder": str(folder), "files": len(manifest["files"]), "bytes": size})
    output.line(f"{counted(len(manifest['files']), 'file')}, {size:,} bytes in {folder}")
