"""Serves an application over HTTP until the process is told to end."""

import gc
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from indexer.words.errors import InputError
from settlement.entry.views.output import note

GRACE_SECONDS = 5
"""For answers under way when the process is told to end."""
BACKLOG = 2048
"""Connections that may wait to be taken."""


def build_server(app: FastAPI, host: str, port: int, *, trusts_proxy: bool = False) -> uvicorn.Server:
    """Return a server that says nothing of its own; `trusts_proxy`: clients are named by X-Forwarded-For."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=trusts_proxy,
        forwarded_allow_ips="*" if trusts_proxy else None,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
        h11_max_incomplete_event_size=64 << 10,
    )
    return uvicorn.Server(config)


def serve(app: FastAPI, host: str, port: int, *, trusts_proxy: bool = False, say: Callable[[str], None] = note) -> None:
    """Serve until a signal ends the process; InputError where the address cannot be had."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(BACKLOG)  # whoever comes as soon as the address is said waits for the first answer
        except OSError as error:
            where = f"serve.host {host}, serve.port {port}"
            remedy = "set another port (--port, POZK_SERVE_PORT); 0 is any that is free"
            raise InputError(
                "the address cannot be had", got=str(error.strerror), where=where, remedy=remedy
            ) from error
        shown = f"[{host}]" if ":" in host else host
        say(f"http://{shown}:{listener.getsockname()[1]}")
        server = build_server(app, host, port, trusts_proxy=trusts_proxy)
        gc.collect()
        gc.freeze()  # what was imported stays: looking through it for garbage takes as long as a hundred answers
        server.run(sockets=[listener])
