"""The HTTP application: routers put together, with what every answer has in common."""

from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware

from settlement.entry.http.layers.bare import BareFirst
from settlement.entry.http.layers.errors import add_error_answers
from settlement.entry.http.layers.head import HeadAsGet
from settlement.entry.http.layers.headers import SafeHeaders
from settlement.entry.http.layers.options import HttpOptions
from settlement.entry.http.layers.rate_limit import RateLimit

LEAST_GZIP_BYTES = 1400
"""What fits into one packet is sent as it is."""


def create_app(options: HttpOptions, *routers: APIRouter) -> FastAPI:
    """Return an application of these routers; it reads and writes nothing by itself, also where it is imported."""
    app = FastAPI(
        title="pozk",
        version=version("pozk-oracle"),
        summary="Settled rewards, with the proofs and everything needed to check them. Nothing here writes.",
        docs_url=None,  # pages of other sites' scripts: the document itself is at /openapi.json
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # asked for at each request otherwise
    )
    for router in routers:
        app.include_router(router)
    add_error_answers(app)
    app.add_middleware(GZipMiddleware, minimum_size=LEAST_GZIP_BYTES, compresslevel=1)
    app.add_middleware(BareFirst, routes=[each for router in routers for each in router.routes])
    app.add_middleware(HeadAsGet)
    if options.requests_per_minute:
        app.add_middleware(RateLimit, per_minute=options.requests_per_minute, burst=options.burst)
    if options.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(options.origins),
            allow_methods=["GET", "HEAD"],
            allow_headers=["if-none-match"],
            expose_headers=["etag", "retry-after"],
        )
    app.add_middleware(SafeHeaders, policy=options.policy)
    return app
