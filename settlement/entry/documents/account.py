"""The document of an account: what it is owed, was paid and can claim now, with the call that does so."""

from dataclasses import dataclass
from typing import Any

from indexer.words.quantities import Address, to_hex
from settlement.entry.documents.amounts import Units, token_members
from settlement.flows.claimable import Claimable


@dataclass(frozen=True, slots=True)
class ReadyCall:
    """A transaction that pays a claim: `gas` is what a node estimates, None where it could not be asked."""

    to: Address
    data: bytes
    gas: int | None


def account_document(found: Claimable, call: ReadyCall | None, units: Units) -> dict[str, Any]:
    """Return the document; what only the chain knows is null where it could not be asked."""
    state = found.state
    return {
        "account": to_hex(found.account),
        "as_of": {"block": state.moment.block, "timestamp": state.moment.timestamp} if state else None,
        "epoch": found.epoch,
        "root": to_hex(found.root) if found.root else None,
        "active": found.is_active,
        "is_contract": state.is_contract if state else None,
        "recipient": to_hex(state.recipient) if state else None,
        "tokens": [
            token_members(each.token, units)
            | {
                "entitled": str(each.entitled),
                "paid": str(each.paid) if state else None,
                "claimable": str(each.claimable) if state else None,
                "claimable_next": str(each.claimable_next) if state else None,
            }
            for each in found.tokens
        ],
        "claim": claim_members(call),
        "reason": found.reason,
        "disagreement": found.disagreement,
    }


def claim_members(call: ReadyCall | None) -> dict[str, Any] | None:
    """Return the transaction as wallets take it; None without one."""
    if call is None:
        return None
    return {"to": to_hex(call.to), "data": to_hex(call.data), "gas": None if call.gas is None else str(call.gas)}
