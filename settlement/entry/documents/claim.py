"""The documents of `pozk claim` and `pozk distribute`: what was paid, and what the contract refuses."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from indexer.words.quantities import Address, to_hex
from settlement.flows.claim import ClaimOutcome
from settlement.flows.distribute import DistributionOutcome
from settlement.rules.columns.units import TokenUnits, in_units
from settlement.rules.contracts.refusals import ContractRefusal


def claim_document(
    account: Address, outcome: ClaimOutcome | None, units: Mapping[Address, TokenUnits]
) -> dict[str, Any]:
    """Return what a claim paid, in wei and, for tokens in `units`, in tokens; without an outcome there was nothing."""
    return {
        "account": to_hex(account),
        "epoch": outcome.epoch if outcome else None,
        "paid": [_paid_row(token, amount, units) for token, amount in outcome.paid] if outcome else [],
        "refused": [refused_row(each.token, each.owed, each.reason) for each in outcome.refused] if outcome else [],
    }


def distribution_document(outcome: DistributionOutcome) -> dict[str, Any]:
    """Return what a distribution sent, left and was refused; amounts in wei, gas in units."""
    refused = [refused_row(each.token, each.owed, each.reason) | {"claims": each.claims} for each in outcome.refused]
    return asdict(outcome) | {"refused": refused}


def _paid_row(token: Address, amount: int, units: Mapping[Address, TokenUnits]) -> dict[str, Any]:
    row = {"token": to_hex(token), "amount": str(amount)}
    return row | {"units": in_units(amount, units[token])} if token in units else row


def refused_row(token: Address, owed: int, reason: ContractRefusal) -> dict[str, Any]:
    """Return one refused claim as a row of a document."""
    return {"token": to_hex(token), "owed": str(owed), "reason": reason.words, "passes": reason.passes}
