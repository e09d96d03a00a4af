"""One module a command of `pozk`.

The modules are light: what a command needs beyond its options is imported when it runs. Where one command is called,
its own module is the only one that is.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer

from settlement.entry.late_help import LateHelp

PLACES: Mapping[str, str] = {
    "init": "beginning.init",
    "wire": "beginning.wire",
    "check": "beginning.check",
    "index": "chain.index",
    "settle": "epochs.settle",
    "verify": "epochs.verify",
    "explain": "epochs.explain",
    "proof": "money.proof",
    "claim": "money.claim",
    "distribute": "money.distribute",
    "allocate": "epochs.allocate",
    "merkle": "epochs.merkle",
    "query": "service.query",
    "serve": "service.serve",
    "export-site": "service.export_site",
    "simulate": "epochs.simulate",
    "shadow": "epochs.shadow",
    "run": "service.run",
    "status": "service.status",
    "watch": "chain.watch",
    "backup": "chain.backup",
    "restore": "chain.backup",
    "bootstrap": "chain.bootstrap",
    "roles": "beginning.roles",
    "devnet": "beginning.devnet",
    "bundle": "epochs.bundle",
    "tx": "money.tx",
    "committee": "money.committee",
    "evidence": "chain.watch",
}
"""The module of every command, in the order in which a new user meets them; it has the command by its name."""


def register(app: typer.Typer, command: str | None = None) -> None:
    """Add every command to the application, or the one that is named, where there is one of that name."""
    for name in [command] if command is not None and command in PLACES else PLACES:
        module = import_module(f"{__name__}.{PLACES[name]}")
        _add(app, name, getattr(module, name.replace("-", "_")), getattr(module, "SETTINGS", None))


def _add(app: typer.Typer, name: str, found: Any, settings: dict[str, Any] | None) -> None:
    """Add a command, or commands under one name."""
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name, cls=LateHelp, context_settings=settings)(found)
