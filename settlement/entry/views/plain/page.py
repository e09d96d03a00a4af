"""The page's document with what a reader without scripts sees in it; whoever runs scripts sees nothing of that."""

import re
from dataclasses import dataclass
from html import escape

from settlement.entry.views.plain.markup import Html, Links, join, tag

MAIN = re.compile(rb"<main>.*?</main>(?=\s*</noscript>)", re.DOTALL)
"""What is replaced; a document without it stays as it is."""
TITLE = re.compile(rb"<title>.*?</title>")
OWN = re.compile(rb'(href|src)="(page\.[a-z]+)"')
BRAND = b'class="brand" href="'
SAID = (
    "This is the page without scripts. With JavaScript it also claims with a wallet, checks amounts down to the vote, "
    "and draws plots."
)
OF_ACCOUNTS = (
    "These are files alone: what one account is owed lies in v1/proofs/, by the first byte of its address. To find it "
    "there, the page needs JavaScript."
)
Pages = tuple[tuple[str, str], ...]
PAGES: Pages = (("", "Overview"), ("epochs.html", "Epochs"), ("apps.html", "Apps"), ("governance.html", "Governance"))


@dataclass(frozen=True, slots=True)
class Plain:
    """A page: its title and what stands below it."""

    title: str
    body: Html


def with_plain(document: bytes, plain: Plain, links: Links, pages: Pages = PAGES) -> bytes:
    """Return the page's document, as it lies `links.root` below its folder, with a page for readers without scripts."""
    nav = tag("nav", join([links.to(path, title) for path, title in pages], " · "))
    ask = tag("p", OF_ACCOUNTS, class_="note") if links.is_static else _search(links)
    parts = [nav, ask, tag("h1", plain.title), plain.body, tag("p", SAID, class_="note")]
    main, root = tag("main", join(parts)).encode(), links.root.encode()
    title = f"<title>{escape(plain.title)} · PoZK rewards</title>".encode()
    shown = MAIN.sub(lambda _: main, document, count=1)
    shown = TITLE.sub(lambda _: title, shown, count=1).replace(BRAND + b'"', BRAND + (root or b"./") + b'"')
    return OWN.sub(lambda found: found[1] + b'="' + root + found[2] + b'"', shown)


def _search(links: Links) -> Html:
    field = Html('<input name="account" placeholder="0x… account" aria-label="account" required>')
    return tag("form", join([field, tag("button", "Go")], " "), action=f"{links.root}account.html", method="get")
