"""The bare proofs of an account after an epoch, out of the mapped tree: no chain, mostly no database and no thread."""

import hashlib
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from indexer.words.quantities import to_hex
from settlement.entry.documents.amounts import Units, token_members
from settlement.entry.http.answering.answers import JSON, answer_bytes, json_of
from settlement.entry.http.answering.parameters import ADDRESS_PATTERN, address_in, epoch_in
from settlement.entry.http.answering.readings import Readings
from settlement.entry.http.layers.bare import BareRoute
from settlement.entry.http.layers.errors import ERRORS
from settlement.entry.options import MAX_EPOCH
from settlement.flows.claim import AccountProofs
from settlement.rules.entitlements.tree_layout import LeafProof

router = APIRouter(prefix="/v1/epochs", tags=["proofs"], responses=ERRORS, route_class=BareRoute)
"""Its routes run in the loop itself and read their parameters themselves: a proof takes less than handing it to a
thread, or its address to a validator. Where the report has to be looked up again, or its tree opened, a thread does it:
the loop waits for no database and no disk."""


_PARAMETERS = [
    {
        "name": "epoch",
        "in": "path",
        "required": True,
        "schema": {"type": "integer", "minimum": 0, "maximum": MAX_EPOCH},
    },
    {"name": "account", "in": "path", "required": True, "schema": {"type": "string", "pattern": ADDRESS_PATTERN}},
]


@router.get("/{epoch}/proofs/{account}", openapi_extra={"parameters": _PARAMETERS})
async def settled_proof(request: Request) -> Response:
    """Return what an account is owed after a settled epoch, with a proof for each token under the epoch's root."""
    readings: Readings = request.app.state.readings
    asked = request.path_params
    who, epoch = address_in(asked["account"], "path.account"), epoch_in(asked["epoch"])
    settled = readings.tree_at_hand(epoch)
    if settled is None:
        settled = await run_in_threadpool(readings.tree, epoch)
    content = json_of(proofs_document(to_hex(who), settled.prove(who), readings.known_units()))
    return answer_bytes(request, content, JSON, hashlib.sha256(content).digest())


def proofs_document(account: str, found: AccountProofs, units: Units) -> dict[str, Any]:
    """Return the document; without a token nothing is owed."""
    rows = proof_rows(found.proofs, units)
    return {"account": account, "epoch": found.epoch, "root": to_hex(found.root), "tokens": rows}


def proof_rows(proofs: Sequence[LeafProof], units: Units) -> list[dict[str, Any]]:
    """Return a row for each token: what is owed, and its proof."""
    return [
        token_members(each.token, units)
        | {"cumulative": str(each.cumulative), "proof": [to_hex(node) for node in each.siblings]}
        for each in proofs
    ]
