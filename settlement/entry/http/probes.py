"""The probes of a service: whether it lives, whether it is ready and why not, and its metrics."""

import json
from collections.abc import Callable
from typing import Any, Protocol

from fastapi import APIRouter, Response

TEXT = "text/plain; version=0.0.4; charset=utf-8"
NO_STORE = {"cache-control": "no-store"}


class Readiness(Protocol):
    """A status as the probes show it."""

    @property
    def is_ready(self) -> bool:
        """Return whether the service is ready."""

    @property
    def document(self) -> dict[str, Any]:
        """Return what is shown."""


def create_probes(newest: Callable[[], Readiness], metrics: Callable[[], bytes]) -> APIRouter:
    """Return `/livez` (constant), `/readyz` (503 where it is not ready) and `/metrics` (always)."""
    router = APIRouter(tags=["probes"])

    @router.get("/livez")
    async def livez() -> Response:
        """Say that the process lives; nobody is asked."""
        return Response('{"live":true}', media_type="application/json", headers=NO_STORE)

    @router.get("/readyz")
    async def readyz() -> Response:
        """Show every check with its value, its limit and since when it is so."""
        status = newest()
        code = 200 if status.is_ready else 503
        content = json.dumps(status.document)
        return Response(content, status_code=code, media_type="application/json", headers=NO_STORE)

    @router.get("/metrics")
    async def read_metrics() -> Response:
        """Show the metrics."""
        return Response(metrics(), media_type=TEXT, headers=NO_STORE)

    return router
