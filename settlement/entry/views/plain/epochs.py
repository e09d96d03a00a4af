"""Epochs, for readers without scripts: how far the network is, the list, one epoch with its votes and its files."""

from collections.abc import Sequence
from fractions import Fraction

from settlement.entry.views.output import as_date
from settlement.entry.views.plain.markup import (
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

EPOCH_COLUMNS = ("epoch", "begins", "state", "pool", "paid", "remainder", "token", "proofs", "miners", "users", "root")


def overview(network: Document, epochs: Sequence[Document], leaders: Sequence[Document], links: Links) -> Plain:
    """Return how far the network is, its newest epochs and who earned most."""
    newest = network["newest"]
    shown = facts(
        ("open epoch", links.epoch(network["epoch"]["open"])),
        ("ends", as_date(network["epoch"]["ends_at"])),
        ("paid in", symbol(network)),
        ("claimable up to epoch", links.epoch(newest["active"])),
        ("newest proposed epoch", links.epoch(newest["proposed"])),
        ("newest settled epoch", links.epoch(newest["settled"])),
    )
    ranked = [
        (row["rank"], links.account(row["account"]), count(row["proofs"]), amount(row, "amount"), symbol(row))
        for row in leaders
    ]
    top = table("Top miners", ("#", "miner", "proofs", "earned", "token"), ranked, "Nobody has earned anything yet.")
    warnings = [tag("p", text, class_="trouble") for text in _warnings(network)]
    body = join([*warnings, shown, section("Epochs", _epoch_table(epochs, links)), section("Top miners", top)])
    return Plain("Rewards for proofs", body)


def _warnings(network: Document) -> list[str]:
    said = [network["disagreement"]["text"]] if network["disagreement"] else []
    return [*said, *([network["trouble"]] if network["trouble"] else [])]


def epoch_list(epochs: Sequence[Document], links: Links) -> Plain:
    """Return the newest epochs."""
    return Plain("Epochs", _epoch_table(epochs, links))


def _epoch_table(epochs: Sequence[Document], links: Links) -> Html:
    rows = [
        (
            links.epoch(row["epoch"]),
            as_date(row["begins"]),
            row["status"] + (", voided" if row["voided"] else ""),
            *(amount(row, name) for name in ("pool", "distributed", "remainder")),
            symbol(row),
            *(count(row[name]) for name in ("proofs", "miners", "users")),
            short(row["root"]),
        )
        for row in epochs
    ]
    return table("Epochs", EPOCH_COLUMNS, rows, "The first epoch is not over yet.")


def one_epoch(row: Document, links: Links) -> Plain:
    """Return an epoch: what it paid, by which numbers, who voted for it, and its files."""
    shown = facts(
        ("state", row["status"] + (", voided" if row["voided"] else "")),
        ("from", as_date(row["begins"])),
        ("to", as_date(row["ends"])),
        ("pool", amount(row, "pool")),
        ("paid", amount(row, "distributed")),
        ("remainder", amount(row, "remainder")),
        ("token", symbol(row)),
        ("took part", f"{row['miners']} miners, {row['users']} users, {row['apps']} apps, {row['proofs']} proofs"),
        ("ruleset", row["ruleset"]),
        ("remainder by", row["residual"]),
        ("active from", None if row["active_at"] is None else as_date(row["active_at"])),
    )
    hashes = [(name, _hash(row[name.replace(" ", "_")])) for name in ("report hash", "root")]
    named = tag("dl", join([join([tag("dt", name), tag("dd", value)]) for name, value in hashes]), class_="calls")
    parts = [shown, named, section("Votes", _votes(row, links))]
    if row["distribution"]:
        parts.append(section("Who was paid", _spread(row), _paid(row, links)))
    if row["parameters"]:
        numbers = [(name, count(value)) for name, value in row["parameters"].items() if isinstance(value, str)]
        parts.append(section("Numbers of the formula", table("Parameters", ("name", "value"), numbers, "")))
    if row["files"]:
        folder = f"v1/epochs/{row['epoch']}/"
        parts.append(
            section("Files", tag("ul", join([tag("li", links.to(folder + name, name)) for name in row["files"]])))
        )
    return Plain(f"Epoch {row['epoch']}", join(parts))


def _hash(value: str | None) -> Html | None:
    return None if value is None else tag("code", value)


def _votes(row: Document, links: Links) -> Html:
    said = {None: "not compared", True: "this report", False: "another report"}
    rows = [(links.account(vote["member"]), said[vote["agrees"]], _hash(vote["report_hash"])) for vote in row["votes"]]
    return table("Votes", ("member", "vote", "report hash"), rows, "Nobody has voted yet.")


def _paid(row: Document, links: Links) -> Html:
    named = {name: row[name] for name in ("token", "symbol", "decimals")}
    rows = [
        (links.account(each["account"]), amount(named | each, "amount"), symbol(row)) for each in row["distribution"]
    ]
    return table("Accounts of this epoch", ("account", "amount", "token"), rows, "")


def _spread(row: Document) -> Html:
    gini, top = (Fraction(*map(int, row[name])) for name in ("gini", "top_ten_share"))
    said = f"Gini {gini.numerator * 1000 // gini.denominator / 1000:.3f}; the ten largest got "
    return tag("p", f"{said}{top.numerator * 10_000 // top.denominator / 100:.2f} %.", class_="note")
