"""The page of a network of the deployed PoZK contracts: what is read of it without scripts."""

from settlement.entry.http.pages.plain import Documents, Draw, PlainSite
from settlement.entry.views.plain import shadow
from settlement.entry.views.plain.markup import Links
from settlement.entry.views.plain.page import Plain

MARK = (b"<html", b'<html data-network="pozk"')
"""By which the page knows what it is of."""


def _account(of: Documents, word: str, links: Links) -> Plain:
    return shadow.one_account(word.lower(), of.load(f"shadow/accounts/{word}"), links)


DRAW: dict[str, Draw] = {
    "": lambda of, _, links: shadow.overview(of.load("shadow"), links),
    "epoch": lambda of, word, links: shadow.one_epoch(of.load(f"shadow/epochs/{word}"), links),
    "app": lambda of, word, links: shadow.one_app(of.load(f"shadow/apps/{word}"), links),
    "account": _account,
}
SHADOW_SITE = PlainSite(DRAW, (("", "Overview"),), MARK)
