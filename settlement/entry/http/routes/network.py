"""Routes of the network: what it is, how far it is, and whether this server agrees with what was accepted."""

from typing import Any

from fastapi import APIRouter, Request, Response

from indexer.words.quantities import to_hex
from settlement.entry.documents.amounts import token_members
from settlement.entry.http.answering.answers import answer_document
from settlement.entry.http.answering.epoch_views import finalized_of, open_epoch
from settlement.entry.http.answering.readings import Readings, ReadingsNow
from settlement.entry.http.layers.errors import ERRORS
from settlement.entry.http.routes.accounts import find_root
from settlement.entry.status import load_status
from settlement.words.claim_state import ChainMoment

router = APIRouter(prefix="/v1", tags=["network"], responses=ERRORS)
CURRENCY = {"name": "Ether", "symbol": "ETH", "decimals": 18}


@router.get("/network")
def network(request: Request, readings: ReadingsNow) -> Response:
    """Return contracts, clock, token, how far the network is, and whether this server disagrees with it."""
    settings, clock = readings.settings, readings.settings.clock
    with readings.snapshot() as snapshot:
        opened, block = open_epoch(readings, snapshot), finalized_of(snapshot)
        high = {"finalized": block, "low": max(clock.first, opened - 64), "high": opened}
        roots = [row for row in snapshot.rows("serve/roots", high) if not row["is_vetoed"]]
    last = readings.last_epoch()
    moment, trouble = readings.ask_chain(lambda: readings.claims.moment(last if last is not None else clock.first))
    contracts = {name: to_hex(entries[-1].address) for name, entries in settings.contracts.by_name.items()}
    document = {
        "name": f"chain {settings.chain.chain_id}",
        "chain_id": settings.chain.chain_id,
        "contracts": contracts | {"token": to_hex(settings.contracts.token)},
        **token_members(settings.contracts.token, readings.units([settings.contracts.token])),
        "genesis": clock.genesis,
        "length_seconds": clock.length_seconds,
        "first": clock.first,
        "epoch": {"open": opened, "ends_at": clock.end_of(opened)},
        "newest": {"settled": last, **_newest(moment, roots)},
        "as_of": {"block": moment.block, "timestamp": moment.timestamp} if moment else None,
        "indexed": block,
        "rpc": list(settings.serve.public_rpc),
        "explorer": settings.serve.explorer or None,
        "currency": CURRENCY,
        "disagreement": _disagreement(readings, moment),
        "trouble": trouble,
    }
    return answer_document(request, document)


@router.get("/health")
def health(request: Request, readings: ReadingsNow) -> Response:
    """Return the document of `pozk status`, and how far what this server reads reaches; 503 without a database."""
    last = readings.last_epoch()
    with readings.snapshot() as snapshot:
        block = finalized_of(snapshot)
    first = readings.network.first
    moment, trouble = readings.ask_chain(lambda: readings.claims.moment(last if last is not None else first))
    served = {"settled": last, "indexed": block, "block": moment.block if moment else None, "trouble": trouble}
    found = load_status(readings.reading_settings, "serve").document
    return answer_document(request, found | {"served": served})


def _newest(moment: ChainMoment | None, roots: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the newest epochs that are proposed and active: by the newest block, else by the final ones."""
    if moment is None:
        active = [row["epoch"] for row in roots if row["is_activated"] and not row["is_revoked"]]
        return {"proposed": max((row["epoch"] for row in roots), default=None), "active": max(active, default=None)}
    active_epoch = moment.active[0] if moment.active else None
    has_pending = active_epoch is None or moment.next_epoch - 1 > active_epoch
    proposed = moment.next_epoch - 1 if has_pending and moment.next_epoch > 0 else active_epoch
    return {"proposed": proposed, "active": active_epoch}


def _disagreement(readings: Readings, moment: ChainMoment | None) -> dict[str, Any] | None:
    if moment is None or moment.active is None:
        return None
    found = find_root(readings, moment)
    return None if found.disagreement is None else {"epoch": moment.active[0], "text": found.disagreement}
