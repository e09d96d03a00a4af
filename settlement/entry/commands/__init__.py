"""One module a command of `pozk`.

The modules are light: what a command needs beyond its options is imported when it runs, so that `pozk --help` and
small commands answer at once.
"""

import typer

from settlement.entry.commands.beginning import check, devnet, init, roles, wire
from settlement.entry.commands.chain import backup, bootstrap, index, watch
from settlement.entry.commands.epochs import allocate, bundle, explain, merkle, settle, shadow, simulate, verify
from settlement.entry.commands.money import claim, committee, distribute, proof, tx
from settlement.entry.commands.service import export_site, query, run, serve, status
from settlement.entry.late_help import LateHelp


def register(app: typer.Typer) -> None:
    """Add every command to the application, in the order in which a new user meets them."""
    for command in (
        init.init,
        wire.wire,
        check.check,
        index.index,
        settle.settle,
        verify.verify,
        explain.explain,
        proof.proof,
        claim.claim,
        distribute.distribute,
        allocate.allocate,
        merkle.merkle,
        query.query,
        serve.serve,
        export_site.export_site,
        simulate.simulate,
        shadow.shadow,
        run.run,
        status.status,
        watch.watch,
        backup.backup,
        backup.restore,
        bootstrap.bootstrap,
        roles.roles,
        devnet.devnet,
    ):
        settings = query.SETTINGS if command is query.query else None
        app.command(cls=LateHelp, context_settings=settings)(command)
    app.add_typer(bundle.bundle, name="bundle")
    app.add_typer(tx.tx, name="tx")
    app.add_typer(committee.committee, name="committee")
    app.add_typer(watch.evidence, name="evidence")
