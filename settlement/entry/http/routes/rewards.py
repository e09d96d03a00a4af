"""The route that wallets already read: an account's rewards by token, in the shape that Merkl made common."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from indexer.words.errors import InputError
from indexer.words.quantities import to_hex
from settlement.entry.documents.amounts import Units, token_members
from settlement.entry.http.answering.answers import answer_document
from settlement.entry.http.answering.parameters import AccountText, address_of_any_case
from settlement.entry.http.answering.readings import ReadingsNow
from settlement.entry.http.layers.errors import ERRORS
from settlement.entry.http.routes.accounts import find_claimable
from settlement.flows.claimable import Claimable, TokenClaim

router = APIRouter(prefix="/v4/users", tags=["wallets"], responses=ERRORS)
ChainIds = Annotated[
    list[str], Query(alias="chainId", description="A chain id, may be given several times or with commas.")
]


@router.get("/{address}/rewards")
def rewards(request: Request, readings: ReadingsNow, address: AccountText, chain_ids: ChainIds) -> Response:
    """Return for each asked chain that is ours the rewards of an account: none where nothing is owed."""
    who, ours = address_of_any_case(address, "path.address"), readings.settings.chain.chain_id
    if ours not in _asked(chain_ids):
        return answer_document(request, [])
    found = find_claimable(readings, who)
    proofs = {each.token: each.siblings for each in found.payable}
    if found.is_active and found.epoch is not None:
        proofs = {each.token: each.siblings for each in readings.prove(who, found.epoch).proofs}
    units = readings.units([each.token for each in found.tokens])
    rows = [_reward(found, each, proofs.get(each.token, ()), units, ours) for each in found.tokens]
    return answer_document(request, [{"chain": {"id": ours, "name": f"chain {ours}"}, "rewards": rows}])


def _reward(
    found: Claimable, token: TokenClaim, proof: tuple[bytes, ...], units: Units, chain_id: int
) -> dict[str, Any]:
    """Return a reward: `amount` is cumulative under the active root, `pending` what comes with the next one."""
    said = token_members(token.token, units)
    return {
        "root": to_hex(found.root) if found.root and found.is_active else "0x" + "00" * 32,
        "distributionChainId": chain_id,
        "recipient": to_hex(found.account),
        "amount": str(token.active),
        "claimed": str(token.paid),
        "pending": str(token.claimable_next),
        "proofs": [to_hex(node) for node in proof],
        "token": {
            "address": said["token"],
            "chainId": chain_id,
            "symbol": said["symbol"] or "",
            "decimals": said["decimals"] if said["decimals"] is not None else 18,
        },
        "breakdowns": [],
    }


def _asked(texts: list[str]) -> set[int]:
    parts = [part.strip() for text in texts for part in text.split(",")]
    if not parts or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        got = repr(texts)[:60]
        raise InputError("a chain id cannot be read", expected="?chainId=1", got=got, where="query.chainId")
    return {int(part) for part in parts}
