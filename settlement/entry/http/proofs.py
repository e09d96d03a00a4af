"""The bare proofs of an account after an epoch, out of the mapped tree: no database, no chain, no thread."""

import hashlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from indexer.words.quantities import to_hex
from settlement.entry.documents.amounts import Units, token_members
from settlement.entry.http.answers import JSON, answer_bytes, json_of
from settlement.entry.http.errors import ERRORS
from settlement.entry.http.parameters import ADDRESS_PATTERN, address_in, epoch_in
from settlement.entry.http.readings import Readings
from settlement.entry.options import MAX_EPOCH
from settlement.flows.claim import AccountProofs
from settlement.rules.entitlements.tree_layout import LeafProof


class BareRoute(APIRoute):
    """A route whose function takes the request and returns the answer; nothing is read or validated in between."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the function itself."""
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler


router = APIRouter(prefix="/v1/epochs", tags=["proofs"], responses=ERRORS, route_class=BareRoute)
"""Its routes run in the loop itself and read their parameters themselves: a proof is some twenty reads of a memory map,
less than handing it to a thread, or its address to a validator."""


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
    found = readings.prove(who, epoch)
    content = json_of(proofs_document(to_hex(who), found, readings.known_units()))
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
