"""`pozk bootstrap`: a new oracle from a peer's bundles."""

from typing import Annotated

import typer

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from settlement.entry.views.output import Output, note


def bootstrap(
    url: Annotated[
        str,
        typer.Argument(metavar="URL", help="A peer's folder of bundles, and of its receipts.bundle."),
    ],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Start a new oracle from a peer: its receipts are proven, its epochs computed again and compared."""
    from settlement.entry.configuration.assembly import read_settings
    from settlement.entry.service.bootstrap import bootstrap as start_from

    done = start_from(read_settings(config), url, note).document
    output = Output(as_json=as_json)
    output.document(done)
    output.line(
        f"{done['epochs']} epochs, {done['logs']:,} logs in {done['seconds']} s; "
        f"{done['seconds_per_million_events']} s for a million"
    )
