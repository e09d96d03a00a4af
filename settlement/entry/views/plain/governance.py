"""Committee and parameters, for readers without scripts."""

from collections.abc import Sequence

from settlement.entry.views.plain.markup import Cell, Document, Html, Links, count, facts, join, section, table, tag
from settlement.entry.views.plain.page import Plain

PARAMETER_COLUMNS = ("parameter", "value", "from epoch", "set in block")


def governance(committee: Document, parameters: Document, links: Links) -> Plain:
    """Return who votes and how, and what the DAO has set."""
    members: list[Sequence[Cell]] = [
        (
            links.account(row["member"]),
            *(count(row[name]) for name in ("votes", "dissents", "missed")),
            links.epoch(row["last_epoch"]),
        )
        for row in committee["members"]
    ]
    voted: list[Sequence[Cell]] = [
        (links.epoch(row["epoch"]), tag("code", row["report_hash"]), count(row["agree"]), _dissent(row, links))
        for row in committee["epochs"]
    ]
    parts = [
        section(
            "Committee",
            _size(committee),
            table(
                "Members", ("member", "votes", "dissents", "missed", "last epoch"), members, "No committee is known."
            ),
            table("Epochs", ("epoch", "report hash", "agree", "dissent"), voted, "No epoch was voted on yet."),
        ),
        section("In force", _parameters(parameters["in_force"], "The DAO has set nothing yet.")),
        section("Coming", _parameters(parameters["coming"], "No change is ahead.")),
    ]
    return Plain("Committee and parameters", join(parts))


def _size(committee: Document) -> Html:
    if committee["quorum"] is None:
        return tag("p", "Who is a member only the chain says, which cannot be asked now.")
    return facts(("members", len(committee["members"])), ("votes needed", committee["quorum"]))


def _dissent(row: Document, links: Links) -> Html | str:
    return join([links.account(each["member"]) for each in row["dissent"]], " ") or "none"


def _parameters(rows: Sequence[Document], empty: str) -> Html:
    shown = [(row["name"], readable(row), count(row["from_epoch"]), count(row["block"])) for row in rows]
    return table("Parameters", PARAMETER_COLUMNS, shown, empty)


def readable(row: Document) -> str:
    """Return a parameter's value: a ruleset is ASCII in 32 bytes, a residual one of two words."""
    value = str(row["value"])
    if row["name"] == "residual":
        return {"0": "rollover", "1": "normalize"}.get(value, value)
    if row["name"] == "ruleset" and value.startswith("0x"):
        return bytes.fromhex(value[2:]).rstrip(b"\0").decode("ascii", "replace") or value
    return value
