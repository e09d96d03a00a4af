"""The page for readers without scripts, at paths of its own: what it says are the documents of the API."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, Response

from indexer.words.errors import PozkError, printable
from settlement.entry.http.answers import answer_bytes
from settlement.entry.http.in_process import answer_in_process
from settlement.entry.http.page import HTML, POLICY, index_document
from settlement.entry.http.parameters import address_of_any_case
from settlement.entry.views.plain import accounts, epochs, governance
from settlement.entry.views.plain.markup import Links, tag
from settlement.entry.views.plain.page import Plain, with_plain

router = APIRouter(include_in_schema=False)
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


@router.get("/")
@router.get("/index.html")
def index(request: Request) -> Response:
    """Return the page, with the newest epochs; it is there whatever the service cannot read."""
    return plain_answer(request, DRAW[""], "", Links(), is_index=True)


@router.get("/account.html")
def some_account(request: Request, account: Annotated[str, Query()] = "") -> Response:
    """Return the page of an account that somebody typed."""
    word = account.strip()
    return plain_answer(request, DRAW["account"], _address(word), Links())


@router.get("/{kind}.html")
def list_page(request: Request, kind: str) -> Response:
    """Return a page of many things."""
    return plain_answer(request, DRAW[kind] if kind in LIST_PAGES else None, "", Links())


@router.get("/{kind}/{word}.html")
def one_page(request: Request, kind: str, word: str) -> Response:
    """Return a page of one thing."""
    draw = DRAW[kind] if kind in THING_PAGES else None
    return plain_answer(request, draw, word, Links(BELOW))


def _address(text: str) -> str:
    try:
        return "0x" + address_of_any_case(text, "query.account").hex()
    except PozkError:
        return "0x" if not text.isalnum() else text  # what is no address is refused in words by the API


def plain_answer(request: Request, draw: Draw | None, word: str, links: Links, *, is_index: bool = False) -> Response:
    """Return the page's document with a page of the API's words; where the API refuses, its words."""
    status = 200
    try:
        plain = _draw(draw, Documents(request.app), word, links)
    except RefusedError as error:
        plain, status = Plain("This cannot be shown", tag("p", str(error), class_="trouble")), error.status
    content = with_plain(index_document(), plain, links)
    answer = answer_bytes(request, content, HTML, hashlib.sha256(content).digest())
    answer.status_code = answer.status_code if is_index or status == 200 else status
    answer.headers["content-security-policy"] = POLICY
    return answer


def _draw(draw: Draw | None, of: Documents, word: str, links: Links) -> Plain:
    if draw is None or not ((word.isascii() and word.isalnum()) or word == ""):
        raise RefusedError(404, "There is no such page.")
    return draw(of, word, links)


def plain_page(app: FastAPI, kind: str, word: str = "") -> bytes:
    """Return a page of an export."""
    links = Links(BELOW if word else "", is_static=True)
    return with_plain(index_document(), DRAW[kind](Documents(app), word, links), links)
