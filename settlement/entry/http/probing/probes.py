"""The probes of a service: whether it lives, whether it is ready and why not, and its metrics.

They show what the service said of itself last. Where it has said nothing for SILENT_SECONDS they say that, with 503:
what is old is never shown as if it were so.
"""

from typing import TYPE_CHECKING, Any, Protocol

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from settlement.entry.http.answering.answers import JSON, json_of
from settlement.words.service import Standing

if TYPE_CHECKING:  # the process of a service's probes has neither
    from settlement.entry.http.layers.counts import RequestCounts
    from settlement.entry.http.probing.readiness import Readiness

TEXT = "text/plain; version=0.0.4; charset=utf-8"
NO_STORE = {"cache-control": "no-store"}
SILENT_SECONDS = 30.0
"""A service says every second that it lives and every two how it stands; on a machine that is busy, less often."""


class Looked(Protocol):
    """How something stood last; none of it is waited for."""

    def newest(self) -> Standing:
        """Return how it stands."""

    def stale_seconds(self) -> float:
        """Return for how long it has not been said how it stands."""


class Told(Looked, Protocol):
    """What a service says of itself."""

    def silent_seconds(self) -> float:
        """Return for how long it has said nothing at all."""


def create_probes(told: Told) -> APIRouter:
    """Return `/livez` (constant), `/readyz` (503 where it is not ready) and `/metrics`."""
    router = APIRouter(tags=["probes"])

    @router.get("/livez")
    async def livez() -> Response:
        """Say whether the service lives; nobody is asked."""
        silent = told.silent_seconds()
        if silent > SILENT_SECONDS:
            return _json({"live": False, "silent_seconds": int(silent)}, 503)
        return _json({"live": True}, 200)

    @router.get("/readyz")
    async def readyz() -> Response:
        """Show every check with its value, its limit and since when it is so."""
        return _ready_answer(told)

    @router.get("/metrics")
    async def read_metrics() -> Response:
        """Show the metrics, ready or not."""
        stale = told.stale_seconds()
        if stale > SILENT_SECONDS:
            return Response(f"# silent for {stale:.0f} s\n", 503, media_type=TEXT, headers=NO_STORE)
        return Response(told.newest().metrics, media_type=TEXT, headers=NO_STORE)

    return router


def create_server_probes(readiness: "Readiness", counts: "RequestCounts") -> APIRouter:
    """Return the probes of a server that reads: it lives as long as it answers, and looks whether it is ready."""
    router = APIRouter(tags=["probes"])

    @router.get("/livez")
    async def livez() -> Response:
        """Say that the server lives; nobody is asked."""
        return _json({"live": True}, 200)

    @router.get("/readyz", responses={503: {"description": "It is not ready: `checks` say why."}})
    async def readyz() -> Response:
        """Show whether database and nodes answer; what they said is remembered for a few seconds."""
        await readiness.look()
        return _ready_answer(readiness)

    @router.get("/metrics", response_class=PlainTextResponse)
    async def read_metrics() -> Response:
        """Show requests by route and status, the seconds they took, and what the process takes."""
        return Response(counts.render(), media_type=TEXT, headers=NO_STORE)

    return router


def _ready_answer(looked: Looked) -> Response:
    standing, stale = looked.newest(), looked.stale_seconds()
    if stale > SILENT_SECONDS:
        late = {"ready": False, "status": "unready", "silent_seconds": int(stale)}
        return _json(standing.document | late, 503)
    return _json(standing.document, 200 if standing.is_ready else 503)


def _json(document: dict[str, Any], status: int) -> Response:
    return Response(json_of(document), status, media_type=JSON, headers=NO_STORE)
