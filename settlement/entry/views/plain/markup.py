"""Pieces of HTML. Whatever comes from outside is text: nothing of it is markup, hides or turns what stands beside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from indexer.words.errors import printable
from settlement.rules.columns.units import place_point

PLACES = 4
"""Behind the point, in columns; the title of a cell has all of them."""
MOST_CHARACTERS = 80
"""Shown of a name."""
NONE = "\u2013"
SHORT = 14
"""Hex digits up to which a hash is shown whole."""


class Html(str):
    """Markup that is safe to put into a document."""

    __slots__ = ()


Document = dict[str, Any]
"""A document that people are shown."""
Shown = Html | str | int | None


def text(value: Shown) -> Html:
    """Return a value as text: what hides or turns text is written out."""
    if isinstance(value, Html):
        return value
    return Html(NONE if value is None else escape(printable(str(value))))


def join(parts: Iterable[Html], between: str = "\n") -> Html:
    """Return parts one after the other."""
    return Html(between.join(parts))


def tag(name: str, content: Shown, **attributes: str) -> Html:
    """Return an element; `class_` is written `class`."""
    given = "".join(f' {key.rstrip("_")}="{escape(printable(value))}"' for key, value in attributes.items())
    return Html(f"<{name}{given}>{text(content)}</{name}>")


def name_of(value: str | None, otherwise: str = "without a name") -> Html:
    """Return a name from the chain, isolated: it turns nothing around it; one without end is cut."""
    said = value or otherwise
    return tag("bdi", said if len(said) <= MOST_CHARACTERS else f"{said[:MOST_CHARACTERS]}…")


@dataclass(frozen=True, slots=True)
class Number:
    """A cell of a column of numbers: what is shown, and all of it."""

    shown: str
    whole: str = ""


def count(value: int | str | None) -> Number:
    """Return a count, in groups of three digits."""
    return Number(NONE if value is None else f"{int(value):,}")


def amount(row: dict[str, Any], member: str) -> Number:
    """Return an amount of a row that has token, symbol and decimals beside it: cut, never rounded up."""
    if row[member] is None:
        return Number(NONE)
    whole, _, fraction = place_point(int(row[member]), row["decimals"] or 0).partition(".")
    exact = whole + (f".{fraction}" if fraction else "")
    kept = fraction[:PLACES].ljust(PLACES, "0") if row["decimals"] else ""
    if whole == "0" and fraction and not kept.strip("0"):
        return Number(f"<0.{'0' * (PLACES - 1)}1", exact)
    return Number(f"{int(whole):,}" + (f".{kept}" if kept else ""), f"{exact} {row['symbol'] or ''}".strip())


def symbol(row: dict[str, Any]) -> Html:
    """Return what a token calls itself, else its address."""
    return name_of(row["symbol"] or row["token"])


def short(value: str | None) -> Html:
    """Return the ends of a hash or address; all of it is in the title."""
    if value is None:
        return text(None)
    shown = value if len(value) <= SHORT else f"{value[:6]}…{value[-4:]}"
    return tag("span", shown, class_="hex", title=value)


Cell = Shown | Number


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], empty: str) -> Html:
    """Return a table, or in words that there is nothing."""
    given = list(rows)
    if not given:
        return tag("p", empty, class_="empty")
    kinds = ["number" if isinstance(each, Number) else "text" for each in given[0]]
    heads = [tag("th", name, scope="col", class_=kind) for name, kind in zip(columns, kinds, strict=True)]
    lines = [tag("tr", join([_cell(each) for each in row], "")) for row in given]
    body = join([tag("thead", tag("tr", join(heads, ""))), tag("tbody", join(lines))])
    return tag("div", tag("table", join([tag("caption", caption, class_="hidden"), body])), class_="scroll")


def _cell(value: Cell) -> Html:
    if not isinstance(value, Number):
        return tag("td", value)
    return tag("td", value.shown, class_="number", **({"title": value.whole} if value.whole else {}))


def facts(*pairs: tuple[str, Cell]) -> Html:
    """Return named values side by side."""
    return tag("dl", join([_fact(name, value) for name, value in pairs]), class_="facts")


def _fact(name: str, value: Cell) -> Html:
    shown = tag("dd", value.shown, class_="number") if isinstance(value, Number) else tag("dd", value)
    return tag("div", join([tag("dt", name), shown]), class_="fact")


def section(title: str, *parts: Html) -> Html:
    """Return a part of a page under its heading."""
    return tag("section", join([tag("h2", title), *parts]))


@dataclass(frozen=True, slots=True)
class Links:
    """Where other pages lie: `root` leads to the page's folder; an export has none of accounts."""

    root: str = ""
    is_static: bool = False

    def to(self, path: str, shown: Shown) -> Html:
        """Return a link to a path below the page's folder."""
        return tag("a", shown, href=self.root + path or "./")

    def account(self, account: str) -> Html:
        """Return an account, with its page where there is one."""
        return short(account) if self.is_static else self.to(f"account/{account}.html", short(account))

    def epoch(self, epoch: int | None) -> Html:
        """Return an epoch with its page."""
        return text(None) if epoch is None else self.to(f"epoch/{epoch}.html", epoch)

    def app(self, app: str, name: str | None = None) -> Html:
        """Return an app with its page."""
        return self.to(f"app/{app}.html", short(app) if name is None else name_of(name))
