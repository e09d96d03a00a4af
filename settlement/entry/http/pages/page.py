"""The page's own files, as they are shipped: each under the sha256 that names it."""

import hashlib
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from fastapi import APIRouter, Request, Response

from settlement.entry.http.answering.answers import BYTES, answer_bytes
from settlement.entry.http.layers.errors import UnknownError

router = APIRouter(include_in_schema=False)
PACKAGE, FOLDER = "deploy.page", ("build", "site")
INDEX = "index.html"
HTML = "text/html; charset=utf-8"
MEDIA = {
    "html": HTML,
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
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Of the page: nothing inline, nothing of others, but a reader's own node may be asked."""


@router.get("/{name:path}")
def page_file(request: Request, name: str) -> Response:
    """Return a file of the page."""
    content = _files().get(name)
    if content is None:
        expected = "a route of /openapi.json" + ("" if _files() else "; the page itself was not built")
        raise UnknownError("there is nothing", expected=expected, got=f"/{name}"[:80])
    media = MEDIA.get(name.rsplit(".", 1)[-1], BYTES)
    answer = answer_bytes(request, content, media, hashlib.sha256(content).digest())
    answer.headers["content-security-policy"] = POLICY
    return answer


def index_document() -> bytes:
    """Return the page's document; UnknownError where the page was not built."""
    content = _files().get(INDEX)
    if content is None:
        raise UnknownError("the page was not built", expected="a route of /openapi.json", got="/")
    return content


def page_files() -> dict[str, bytes]:
    """Return the page's files by path; none where the page was not built."""
    return dict(_files())


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
