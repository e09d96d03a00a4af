"""A network of the deployed PoZK contracts, for readers without scripts: what it paid, and what it owes."""

from collections.abc import Sequence

from settlement.entry.views.plain.markup import (
    Cell,
    Document,
    Html,
    Links,
    amount,
    count,
    facts,
    join,
    section,
    short,
    symbol,
    table,
    tag,
)
from settlement.entry.views.plain.page import Plain

NOT_KNOWN = "the vesting amounts are not known"
COLLECTED = ("epoch", "app", "as", "account", "paid", "by the rule", "that is", "transaction")
OWED = ("epoch", "app", "as", "account", "amount", "pool", "why it is not paid")


def overview(row: Document, links: Links) -> Plain:
    """Return the sums, who is owed, and the epochs."""
    totals, named = row["totals"], _named(row)
    owed = [
        (links.account(each["account"]), amount(named | each, "owed"), amount(named | each, "blocked"))
        for each in row["accounts"]
    ]
    epochs: list[Sequence[Cell]] = [
        (links.epoch(each["epoch"]), count(each["work"]), amount(named | each, "stake")) for each in row["epochs"]
    ]
    parts = [
        facts(
            ("owed to all", amount(named | totals, "owed")),
            ("of that the contracts refuse", amount(named | totals, "blocked")),
            ("paid", amount(named | totals, "paid")),
            ("collects", count(totals["collects"])),
            ("as the rule says", count(totals["equal"])),
            ("different", count(totals["different"] + totals["pools_different"])),
            ("cannot be told", count(totals["undetermined"])),
            ("went back", amount(named | totals, "returned")),
            ("token", symbol(row)),
            ("by block", count(row["as_of"])),
        ),
        section(
            "Who is owed", table("Owed", ("account", "owed", "the contracts refuse"), owed, "Nobody is owed anything.")
        ),
        section("Epochs", table("Epochs", ("epoch", "work", "stake of its apps"), epochs, "No epoch has labor yet.")),
    ]
    return Plain("What the contracts paid, and what they owe", join(parts))


def one_account(account: str, row: Document, links: Links) -> Plain:
    """Return what an account is owed, and what it collected."""
    sums = next(iter(row["accounts"]), {"owed": "0", "blocked": "0"})
    parts = [
        tag("p", tag("code", account)),
        facts(
            ("owed", amount(_named(row) | sums, "owed")),
            ("of that the contracts refuse", amount(_named(row) | sums, "blocked")),
            ("token", symbol(row)),
            ("by block", count(row["as_of"])),
        ),
        *_tables(row, row["epochs"], links),
    ]
    return Plain(f"Account {account[:6]}…{account[-4:]}", join(parts))


def one_app(row: Document, links: Links) -> Plain:
    """Return an app by epochs: what was paid, is owed and went back."""
    parts = [tag("p", tag("code", row["app"])), *_tables(row, row["epochs"], links, of_apps=True)]
    return Plain(f"App {row['app'][:6]}…{row['app'][-4:]}", join(parts))


def one_epoch(row: Document, links: Links) -> Plain:
    """Return an epoch."""
    return Plain(f"Epoch {row['epoch']}", join(_tables(row, [row], links, of_apps=True)))


def _tables(row: Document, epochs: Sequence[Document], links: Links, *, of_apps: bool = False) -> list[Html]:
    named = _named(row)
    apps: list[Sequence[Cell]] = [
        (
            links.epoch(epoch["epoch"]),
            links.app(each["app"]),
            count(each["work"]),
            count(each["labor"]),
            *(amount(named | each, name) for name in ("stake", "paid", "owed", "returned")),
        )
        for epoch in epochs
        for each in epoch["apps"]
    ]
    owed: list[Sequence[Cell]] = [
        (*_whose(epoch, each, links), amount(named | each, "amount"), each["pool"], _why(each))
        for epoch in epochs
        for each in epoch["owed"]
    ]
    collected: list[Sequence[Cell]] = [
        (
            *_whose(epoch, each, links),
            amount(named | each, "paid"),
            amount(named | each, "rule"),
            each["state"],
            short(each["transaction"]),
        )
        for epoch in epochs
        for each in epoch["collects"]
    ]
    head = ("epoch", "app", "work", "labor", "stake", "paid", "owed", "went back")
    return [
        *([section("Apps", table("Apps", head, apps, "No app had labor."))] if of_apps else []),
        section("Owed", table("Owed", OWED, owed, "Nothing is owed.")),
        section("Collected", table("Collects", COLLECTED, collected, "Nothing was collected.")),
    ]


def _named(row: Document) -> Document:
    return {name: row[name] for name in ("token", "symbol", "decimals")}


def _whose(epoch: Document, each: Document, links: Links) -> tuple[Cell, ...]:
    return links.epoch(epoch["epoch"]), links.app(each["app"]), each["role"], links.account(each["account"])


def _why(each: Document) -> str:
    return each["blocked"] or (NOT_KNOWN if each["state"] == "undetermined" else "nobody has collected it yet")
