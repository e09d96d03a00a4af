"""`pozk serve`: the page and the API, reading only."""

import sys
from contextlib import ExitStack
from typing import Annotated

import typer

from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption, whole_option
from settlement.entry.views.output import Output, note


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Listen here instead of serve.host.")] = None,
    port: Annotated[
        int | None, whole_option("--port", 0, 65535, "Listen here instead of serve.port; 0: any free one.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Serve the page and the API over HTTP until the process is told to end; nothing is ever written."""
    from settlement.entry.configuration.assembly import open_readonly_store, read_settings
    from settlement.entry.configuration.shadow_access import open_shadowed_lake
    from settlement.entry.http.layers.server import serve as serve_app
    from settlement.entry.http.shadow import create_shadow_site
    from settlement.entry.http.site import create_site

    output = Output(as_json=as_json)

    def say(url: str) -> None:
        note(url)
        output.document({"url": url})
        sys.stdout.flush()

    settings = read_settings(config)
    where = settings.serve
    with ExitStack() as closing:
        if "distributor" in settings.protocol.contracts:
            app = create_site(closing.enter_context(open_readonly_store(settings)))
        else:
            app = create_shadow_site(settings, closing.enter_context(open_shadowed_lake(settings)))
        serve_app(
            app,
            host if host is not None else where.host,
            port if port is not None else where.port,
            trusts_proxy=where.behind_proxy,
            say=say,
        )
