"""The documents of `pozk claim` and `pozk distribute`: what was paid, and what the contract refuses."""

from dataclasses import asdict
from typing import Any

from indexer.words.quantities import Address, to_hex
from settlement.flows.claim import ClaimOutcome
from settlement.flows.distribute import DistributionOutcome
from settlement.rules.contracts.refusals import ContractRefusal


def claim_document(account: Address, outcome: ClaimOutcome | None) -> dict[str, Any]:
    """Return what a claim paid, in wei; without an outcome there was nothing."""
    return {
        "account": to_hex(account),
        "epoch": outcome.epoch if outcome else None,
        "paid": [{"token": to_hex(token), "amount": str(amount)} for token, amount in outcome.paid] if outcome else [],
        "refused": [refused_row(each.token, each.owed, each.reason) for each in outcome.refused] if outcome else [],
    }


def distribution_document(outcome: DistributionOutcome) -> dict[str, Any]:
    """Return what a distribution sent, left and was refused; amounts in wei, gas in units."""
    refused = [refused_row(each.token, each.owed, each.reason) | {"claims": each.claims} for each in outcome.refused]
    return asdict(outcome) | {"refused": refused}


def refused_row(token: Address, owed: int, reason: ContractRefusal) -> dict[str, Any]:
    """Return one refused claim as a row of a document."""
    return {"token": to_hex(token), "owed": str(owed), "reason": reason.words, "passes": reason.passes}
