"""The document of `pozk proof`: what an account is owed, was paid, and how it gets the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from indexer.rules.nodes.node_address import parse_node_address
from indexer.words.quantities import Address, Epoch, to_hex
from settlement.flows.claim import AccountProofs
from settlement.rules.entitlements.claim_call import CLAIM_SIGNATURE, encode_claims
from settlement.rules.entitlements.tree_layout import LeafProof
from settlement.words.claim_state import PaidSoFar

AMOUNTS = ("cumulative", "claimed", "claimable")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: an account, one token or all (None), after an epoch (None: none is settled)."""

    account: Address
    token: Address | None
    epoch: Epoch | None


def proof_document(
    asked: Asked,
    found: AccountProofs | None,
    seen: PaidSoFar | None,
    distributor: Address,
    rpc: Sequence[str],
) -> dict[str, Any]:
    """Return the document; the members of the one token that was asked for, or of none, stand on top, too.

    `claimable` is what a claim with these proofs pays as soon as their root is active (`active`), as of block `as_of`.
    """
    proofs = [each for each in found.proofs if asked.token in (None, each.token)] if found is not None else []
    rows = [_row(each, seen) for each in proofs]
    payable = [each for each, row in zip(proofs, rows, strict=True) if int(row["claimable"])]
    calldata = to_hex(encode_claims(found.epoch, payable)) if found is not None and payable else None
    contract = to_hex(distributor)
    document = {
        "account": to_hex(asked.account),
        "epoch": asked.epoch,
        "root": to_hex(found.root) if found is not None and proofs else None,
        "active": seen is not None and seen.is_active,
        "as_of": seen.block if seen is not None else None,
        "source": seen.source if seen is not None else None,
        "tokens": rows,
        "contract": contract,
        "function": CLAIM_SIGNATURE,
        "calldata": calldata,
        "cast": f"cast send {contract} {calldata} --rpc-url {_url(rpc)}" if calldata else None,
    }
    if not rows:
        return _nothing(asked.token, seen) | document
    return document if asked.token is None else document | rows[0]


def _row(proof: LeafProof, seen: PaidSoFar | None) -> dict[str, Any]:
    claimed = seen.paid.get(proof.token, 0) if seen is not None else 0
    amounts = dict(zip(AMOUNTS, (proof.cumulative, claimed, max(0, proof.cumulative - claimed)), strict=True))
    row = {
        "token": to_hex(proof.token),
        "proof": [to_hex(node) for node in proof.siblings],
        "as_of": seen.block if seen is not None else None,
    }
    return row | {name: str(amount) for name, amount in amounts.items()}


def _nothing(token: Address | None, seen: PaidSoFar | None) -> dict[str, Any]:
    claimed = seen.paid.get(token, 0) if seen is not None and token is not None else 0
    shown = to_hex(token) if token is not None else None
    return {"token": shown, "proof": [], "cumulative": "0", "claimed": str(claimed), "claimable": "0"}


def _url(rpc: Sequence[str]) -> str:
    """Return a node's address as a shell takes it; one that may hold a secret is left to the environment."""
    return '"$ETH_RPC_URL"' if not rpc or parse_node_address(rpc[0]).has_secret else rpc[0]
