"""Everything that `pozk serve` answers, over one store."""

from fastapi import FastAPI

from settlement.entry.configuration.assembly import Store
from settlement.entry.configuration.settings import ServeSettings
from settlement.entry.http.answering.readings import Readings
from settlement.entry.http.layers.app import create_app
from settlement.entry.http.layers.counts import Counted, RequestCounts
from settlement.entry.http.layers.options import HttpOptions
from settlement.entry.http.pages import page, plain
from settlement.entry.http.probing.probes import create_server_probes
from settlement.entry.http.probing.readiness import Readiness
from settlement.entry.http.routes import (
    accounts,
    apps,
    epochs,
    governance,
    history,
    network,
    proofs,
    rewards,
    simulation,
)

ROUTERS = (
    proofs.router,
    network.router,
    epochs.router,
    accounts.router,
    history.router,
    apps.router,
    governance.router,
    simulation.router,
    rewards.router,
)
"""What is asked most comes first, each route before it costs a comparison."""
PAGES = (plain.plain_router(plain.SITE), page.router)
"""The page comes last: it takes every other path."""


def create_site(store: Store) -> FastAPI:
    """Return the application over a store that is open; it reads, and never writes."""
    readings, counts = Readings(store), RequestCounts(store.settings.alerts)
    readiness = Readiness(store.settings, readings.last_epoch, readings.ask_nodes)
    routers = (*ROUTERS, create_server_probes(readiness, counts), *PAGES)
    app = create_app(options_of(store.settings.serve), *routers)
    app.add_middleware(Counted, counts=counts)
    app.state.readings = readings
    return app


def options_of(settings: ServeSettings) -> HttpOptions:
    """Return how the application answers, by section [serve]."""
    return HttpOptions(origins=settings.origins, requests_per_minute=settings.requests_per_minute)
