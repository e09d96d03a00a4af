"""The page for readers without scripts, at paths of its own: what it says are the documents of the API."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response

from indexer.words.errors import PozkError, printable
from indexer.words.quantities import to_hex
from settlement.entry.http.answering.answers import answer_bytes
from settlement.entry.http.answering.parameters import address_of_any_case
from settlement.entry.http.layers.in_process import answer_in_process
from settlement.entry.http.pages.page import HTML, POLICY, index_document
from settlement.entry.views.plain import accounts, epochs, governance
from settlement.entry.views.plain.markup import Links, tag
from settlement.entry.views.plain.page import PAGES, Pages, Plain, with_plain

NEWEST, LEADERS, MOST = "limit=20", "limit=10", "limit=500"
BELOW = "../"
"""From a page of one thing to the page's folder."""


class RefusedError(Exception):
    """The API answered with another status than 200."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of the API, asked in this process."""

    app: FastAPI

    def load(self, path: str, query: str = "") -> Any:
        """Return a document; RefusedError with the API's words otherwise."""
        status, body = answer_in_process(self.app, f"/v1/{path}", query)
        document = json.loads(body)
        if status != 200:
            raise RefusedError(status, printable(str(document.get("error", "")))[:300])
        return document


Draw = Callable[[Documents, str, Links], Plain]


def _overview(of: Documents, _: str, links: Links) -> Plain:
    network, newest = of.load("network"), of.load("epochs", NEWEST)["items"]
    return epochs.overview(network, newest, of.load("leaderboards/miners", LEADERS)["items"], links)


def _account(of: Documents, word: str, links: Links) -> Plain:
    row = of.load(f"accounts/{word}")
    earned, paid = (of.load(f"accounts/{word}/{name}", "limit=100")["items"] for name in ("history", "claims"))
    return accounts.one_account(row, earned, paid, links)


DRAW: dict[str, Draw] = {
    "": _overview,
    "epochs": lambda of, _, links: epochs.epoch_list(of.load("epochs", MOST)["items"], links),
    "epoch": lambda of, word, links: epochs.one_epoch(of.load(f"epochs/{word}"), links),
    "apps": lambda of, _, links: accounts.app_list(of.load("apps", MOST)["items"], links),
    "app": lambda of, word, links: accounts.one_app(of.load(f"apps/{word}"), links),
    "account": _account,
    "governance": lambda of, _, links: governance.governance(of.load("committee"), of.load("parameters"), links),
}


LIST_PAGES = ("epochs", "apps", "governance")
THING_PAGES = ("epoch", "app", "account")


@dataclass(frozen=True, slots=True)
class PlainSite:
    """The pages of a network by kind, those that are linked on each, and what the document says of the network."""

    draw: Mapping[str, Draw]
    pages: Pages
    mark: tuple[bytes, bytes] = (b"", b"")

    def answer(self, request: Request, kind: str, word: str, links: Links) -> Response:
        """Return a page of the API's words; where the API refuses, its words under its status.

        The page of no kind is there whatever cannot be read: scripts begin with it.
        """
        status = 200
        try:
            plain = self._draw(Documents(request.app), kind, word, links)
        except RefusedError as error:
            plain, status = Plain("This cannot be shown", tag("p", str(error), class_="trouble")), error.status
        content = self._with_plain(plain, links)
        answer = answer_bytes(request, content, HTML, hashlib.sha256(content).digest())
        answer.status_code = answer.status_code if kind == "" or status == 200 else status
        answer.headers["content-security-policy"] = POLICY
        return answer

    def page(self, app: FastAPI, kind: str, word: str = "") -> bytes:
        """Return a page of an export."""
        links = Links(BELOW if word else "", is_static=True)
        return self._with_plain(self.draw[kind](Documents(app), word, links), links)

    def _draw(self, of: Documents, kind: str, word: str, links: Links) -> Plain:
        if kind not in self.draw or (kind in THING_PAGES) != bool(word) or not (word == "" or _is_word(word)):
            raise RefusedError(404, "There is no such page.")
        return self.draw[kind](of, word, links)

    def _with_plain(self, plain: Plain, links: Links) -> bytes:
        return with_plain(index_document().replace(*self.mark, 1), plain, links, self.pages)


SITE = PlainSite(DRAW, PAGES)


def plain_router(site: PlainSite) -> APIRouter:
    """Return the routes of a network's pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    @router.get("/index.html")
    def index(request: Request) -> Response:
        """Return the page."""
        return site.answer(request, "", "", Links())

    @router.get("/account.html")
    def some_account(request: Request, account: Annotated[str, Query()] = "") -> Response:
        """Return the page of an account that somebody typed."""
        return site.answer(request, "account", _typed(account.strip()), Links())

    @router.get("/{kind}.html")
    def list_page(request: Request, kind: str) -> Response:
        """Return a page of many things."""
        return site.answer(request, kind, "", Links())

    @router.get("/{kind}/{word}.html")
    def one_page(request: Request, kind: str, word: str) -> Response:
        """Return a page of one thing."""
        return site.answer(request, kind, word, Links(BELOW))

    return router


def _typed(text: str) -> str:
    """Return an address that was typed; what is none is left to the API, which says what to send."""
    try:
        return to_hex(address_of_any_case(text, "query.account"))
    except PozkError:
        return text if _is_word(text) else "0x"


def _is_word(text: str) -> bool:
    return text.isascii() and text.isalnum()
