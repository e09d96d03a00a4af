"""The documents of an application: what it is, what was proven for it, who takes part."""

from collections.abc import Sequence
from typing import Any

from indexer.words.errors import printable
from indexer.words.quantities import Address, to_hex
from settlement.entry.documents.amounts import Units, token_members
from settlement.rules.facts.aggregates import ROLE_NAMES
from settlement.words.records import Row


def app_document(row: Row, token: Address, units: Units) -> dict[str, Any]:
    """Return a row of the list of apps; `token` is what stakes are in. Names come from the chain: any text."""
    return token_members(token, units) | {
        "app": to_hex(row["app"]),
        "name": printable(bytes(row["name"]).decode("utf-8", "replace")) if row["name"] is not None else None,
        "scheme": row["scheme"],
        "gates": str(row["gates"]) if row["gates"] is not None else None,
        "alpha_milli": row["alpha_milli"],
        "approved": row["approved"],
        "proofs": row["proofs"],
        "miners": row["miners"],
        "users": row["users"],
        "work": row["work"],
        "user_stake": row["user_stake"],
        "miner_stake": row["miner_stake"],
    }


def app_details(
    epochs: Sequence[Row], amounts: Sequence[Row], participants: Sequence[Row], times: Row | None
) -> dict[str, Any]:
    """Return what one app's own page has beside its row; `times` None where nothing was proven or missed."""
    paid = {row["epoch"]: row["amount"] for row in amounts}
    return {
        "epochs": [_epoch_row(row, paid.get(row["epoch"], "0")) for row in epochs],
        "participants": [
            {
                "account": to_hex(row["account"]),
                "role": ROLE_NAMES[row["role"]],
                "proofs": row["proofs"],
                "stake": row["stake"],
            }
            for row in participants
        ],
        "prove_seconds": {"median": times["median"] if times else None, "p90": times["p90"] if times else None},
        "missed_deadlines": times["missed"] if times else 0,
    }


def _epoch_row(row: Row, amount: str) -> dict[str, Any]:
    named = {name: row[name] for name in ("epoch", "proofs", "miners", "users")}
    return named | {"work": row["gates"], "amount": amount}
