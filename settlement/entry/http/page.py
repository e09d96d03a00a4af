"""The page's own files, as they are shipped: each under the sha256 that names it."""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from fastapi import APIRouter, Request, Response

from indexer.words.errors import RetryLaterError
from indexer.words.quantities import Epoch
from settlement.entry.documents.epoch import epoch_document
from settlement.entry.http.answers import answer_bytes
from settlement.entry.http.epoch_views import open_epoch, see_epochs
from settlement.entry.http.errors import UnknownError
from settlement.entry.http.readings import Readings, ReadingsNow
from settlement.entry.views.plain_page import with_table

router = APIRouter(include_in_schema=False)
PACKAGE, FOLDER = "deploy.page", ("build", "site")
INDEX = "index.html"
SHOWN_EPOCHS = 20
MEDIA = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "webmanifest": "application/manifest+json",
    "txt": "text/plain; charset=utf-8",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' https: http://127.0.0.1:* http://localhost:*; worker-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of the page: nothing inline, nothing of others, but a reader's own node may be asked."""


@router.api_route("/", methods=["GET", "HEAD"])
def index(request: Request, readings: ReadingsNow) -> Response:
    """Return the page, with the newest epochs for whoever reads it without scripts."""
    return _file(request, INDEX, lambda page: with_table(page, _newest_epochs(readings)))


@router.api_route("/{name:path}", methods=["GET", "HEAD"])
def page_file(request: Request, name: str) -> Response:
    """Return a file of the page."""
    return _file(request, name)


def page_files() -> dict[str, bytes]:
    """Return the page's files by path; none where the page was not built."""
    return dict(_files())


def _newest_epochs(readings: Readings) -> list[dict[str, Any]]:
    """Return rows of the list of epochs; none where the database cannot be asked: the page is there all the same."""
    first, token = readings.network.first, readings.network.token
    try:
        with readings.snapshot() as snapshot:
            newest = open_epoch(readings, snapshot)
            seen = see_epochs(readings, snapshot, Epoch(max(first, newest - SHOWN_EPOCHS + 1)), newest)
    except RetryLaterError:
        return []
    return [epoch_document(each, token, readings.known_units()) for each in seen]


def _file(request: Request, name: str, change: Callable[[bytes], bytes] = bytes) -> Response:
    content = _files().get(name)
    if content is None:
        expected = "a route of /openapi.json" + ("" if _files() else "; the page itself was not built")
        raise UnknownError("there is nothing", expected=expected, got=f"/{name}"[:80])
    media = MEDIA.get(name.rsplit(".", 1)[-1], "application/octet-stream")
    content = change(content)
    answer = answer_bytes(request, content, media, hashlib.sha256(content).digest())
    answer.headers["content-security-policy"] = POLICY
    return answer


@cache
def _files() -> dict[str, bytes]:
    try:
        root = resources.files(PACKAGE)
    except ModuleNotFoundError:
        return {}
    for name in FOLDER:
        root = root / name  # a folder that is no module of its own joins one name at a time
    return dict(_below(root, "")) if root.is_dir() else {}


def _below(folder: Traversable, start: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for each in folder.iterdir():
        name = f"{start}{each.name}"
        found += _below(each, f"{name}/") if each.is_dir() else [(name, each.read_bytes())]
    return found
