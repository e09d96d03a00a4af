"""Everything that `pozk serve` answers, over one store."""

from fastapi import FastAPI

from settlement.entry.configuration.assembly import Store
from settlement.entry.configuration.settings import ServeSettings
from settlement.entry.http import (
    accounts,
    apps,
    epochs,
    governance,
    history,
    network,
    page,
    plain,
    probes,
    proofs,
    rewards,
    simulation,
)
from settlement.entry.http.app import create_app
from settlement.entry.http.options import HttpOptions
from settlement.entry.http.readings import Readings

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
    probes.alive,
    plain.plain_router(plain.SITE),
    page.router,
)
"""What is asked most comes first, each route before it costs a comparison; the page last: it takes every other path."""


def create_site(store: Store) -> FastAPI:
    """Return the application over a store that is open; it reads, and never writes."""
    app = create_app(options_of(store.settings.serve), *ROUTERS)
    app.state.readings = Readings(store)
    return app


def options_of(settings: ServeSettings) -> HttpOptions:
    """Return how the application answers, by section [serve]."""
    return HttpOptions(origins=settings.origins, requests_per_minute=settings.requests_per_minute)
