"""Accounts and apps, for readers without scripts: what is owed, the call that claims it, who works in an app."""

from collections.abc import Sequence

from settlement.entry.views.output import as_date
from settlement.entry.views.plain.markup import (
    Cell,
    Document,
    Html,
    Links,
    amount,
    count,
    facts,
    join,
    name_of,
    section,
    short,
    symbol,
    table,
    tag,
)
from settlement.entry.views.plain.page import Plain

SCHEMES = ("Plonk", "Groth16", "Risc0")
OWED = (
    ("claimable now", "claimable"),
    ("with the next root", "claimable_next"),
    ("paid", "paid"),
    ("owed in all", "entitled"),
)
NO_CLAIMS = "No claim is in final blocks yet: one that was just sent shows here when its block is final."
CellRows = list[Sequence[Cell]]


def one_account(row: Document, history: Sequence[Document], claims: Sequence[Document], links: Links) -> Plain:
    """Return what an account is owed, how it claims, what it earned and what it was paid."""
    account = row["account"]
    owed: CellRows = [(symbol(each), *(amount(each, member) for _, member in OWED)) for each in row["tokens"]]
    head = ("token", *(name for name, _ in OWED))
    earned: CellRows = [
        (
            links.epoch(each["epoch"]),
            None if each["app"] is None else links.app(each["app"]),
            each["role"],
            amount(each, "amount"),
            symbol(each),
        )
        for each in history
    ]
    paid: CellRows = [
        (
            as_date(each["timestamp"]),
            tag("code", each["tx_hash"]),
            short(each["to"]),
            amount(each, "amount"),
            symbol(each),
        )
        for each in claims
    ]
    statement = links.to(f"v1/accounts/{account}/statement.csv", "statement as CSV, with transaction hashes")
    parts = [
        tag("p", tag("code", account)),
        tag("p", row["disagreement"], class_="trouble") if row["disagreement"] else Html(),
        _as_of(row),
        table("Owed", head, owed, "Nothing is owed to this account."),
        section("Claim", *_claim(row, links)),
        section(
            "What it earned",
            table("Amounts", ("epoch", "app", "as", "amount", "token"), earned, "Nothing yet."),
            tag("p", statement),
        ),
        section(
            "Claims",
            table("Claims", ("time", "transaction", "to", "amount", "token"), paid, NO_CLAIMS),
        ),
    ]
    return Plain(f"Account {account[:6]}…{account[-4:]}", join(parts))


def _as_of(row: Document) -> Html:
    if row["as_of"] is None:
        return tag("p", "The chain cannot be asked now: what was paid is not known.", class_="note")
    return tag("p", f"Paid as of block {row['as_of']['block']}, {as_date(row['as_of']['timestamp'])}.", class_="note")


def _claim(row: Document, links: Links) -> list[Html]:
    proof = links.to(f"v1/accounts/{row['account']}/proof", "the proofs")
    if row["claim"] is None:
        return [tag("p", row["reason"] or "Nothing is left to claim.", class_="empty")]
    call = [
        ("to", row["claim"]["to"]),
        ("value", "0"),
        ("gas, estimated", row["claim"]["gas"]),
        ("data", row["claim"]["data"]),
    ]
    listed = join([join([tag("dt", name), tag("dd", tag("code", Html(value)))]) for name, value in call if value])
    said = "Anyone may send this call; the tokens go to the account, or to the recipient that it has set. See "
    return [tag("p", join([Html(said), proof, Html(".")], "")), tag("dl", listed, class_="calls")]


def app_list(apps: Sequence[Document], links: Links) -> Plain:
    """Return all apps."""
    rows: CellRows = [
        (
            links.app(row["app"], row["name"]),
            scheme_name(row["scheme"]),
            *(count(row[name]) for name in ("gates", "proofs", "miners", "users")),
            amount(row, "user_stake"),
            amount(row, "miner_stake"),
            symbol(row),
        )
        for row in apps
    ]
    head = ("app", "scheme", "gates", "proofs", "miners", "users", "user stake", "miner stake", "token")
    return Plain("Apps", table("Apps", head, rows, "No app is registered yet."))


def one_app(row: Document, links: Links) -> Plain:
    """Return an app: its circuit, its times, its epochs and who takes part."""
    times, named = (
        row["prove_seconds"] or {"median": None, "p90": None},
        {name: row[name] for name in ("symbol", "token", "decimals")},
    )
    shown = facts(
        ("circuit", scheme_name(row["scheme"])),
        ("gates", count(row["gates"])),
        ("alpha, in thousandths", row["alpha_milli"]),
        ("state", "approved" if row["approved"] else "not approved"),
        ("proofs", count(row["proofs"])),
        ("weighted milli-gates", count(row["work"])),
        ("user stake", amount(row, "user_stake")),
        ("miner stake", amount(row, "miner_stake")),
        ("seconds to proof, median", times["median"]),
        ("seconds to proof, nine in ten", times["p90"]),
        ("missed deadlines", row["missed_deadlines"]),
    )
    epochs: CellRows = [
        (
            links.epoch(each["epoch"]),
            *(count(each[name]) for name in ("proofs", "miners", "users")),
            amount(named | each, "amount"),
            symbol(row),
        )
        for each in row["epochs"]
    ]
    people: CellRows = [
        (
            links.account(each["account"]),
            each["role"],
            count(each["proofs"]),
            amount(named | each, "stake"),
            symbol(row),
        )
        for each in row["participants"]
    ]
    parts = [
        tag("p", join([name_of(row["name"]), tag("code", row["app"])], " ")),
        shown,
        section(
            "Paid per epoch",
            table("Epochs", ("epoch", "proofs", "miners", "users", "paid", "token"), epochs, "No epoch yet."),
        ),
        section(
            "Who takes part",
            table("Participants", ("account", "as", "proofs", "stake", "token"), people, "Nobody yet."),
        ),
    ]
    return Plain(f"App {row['app'][:6]}…{row['app'][-4:]}", join(parts))


def scheme_name(scheme: int | None) -> str:
    """Return the name of a proof system."""
    return SCHEMES[scheme] if scheme is not None and scheme < len(SCHEMES) else f"scheme {scheme}"
