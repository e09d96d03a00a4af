"""Rows of an account's past: what it was paid in each epoch, and what it claimed."""

from collections.abc import Mapping
from typing import Any

from indexer.words.quantities import Address, to_hex
from settlement.entry.documents.amounts import Units, token_members

ROLE_WORDS = ("miner", "user", "bonus returned", "correction", "opening")


def amount_row(row: Mapping[str, Any], units: Units) -> dict[str, Any]:
    """Return one amount of an epoch; what no app stands behind has null."""
    return token_members(Address(row["token"]), units) | {
        "epoch": row["epoch"],
        "app": to_hex(row["app"]) if any(row["app"]) else None,
        "role": ROLE_WORDS[row["role"]],
        "amount": str(row["amount"]),
    }


def claim_row(row: Mapping[str, Any], units: Units) -> dict[str, Any]:
    """Return one payment."""
    return token_members(Address(row["token"]), units) | {
        "block": row["block"],
        "timestamp": row["timestamp"],
        "tx_hash": to_hex(row["tx_hash"]),
        "amount": str(row["amount"]),
        "cumulative": str(row["cumulative"]),
        "to": to_hex(row["to_account"]),
    }
