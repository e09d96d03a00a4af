"""Routes of applications and of the leaderboards."""

from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request, Response

from indexer.words.quantities import AMOUNT_LIMIT, to_hex
from settlement.adapters.queries.served_rows import ServedRows
from settlement.entry.documents.amounts import token_members
from settlement.entry.documents.app import app_details, app_document
from settlement.entry.http.answering.answers import answer_document
from settlement.entry.http.answering.epoch_views import open_epoch
from settlement.entry.http.answering.paging import DEFAULT_ROWS, Cursor, Limit, decode_cursor, encode_cursor, page_of
from settlement.entry.http.answering.parameters import AppText, EpochQuery, address_in, digits_in_cursor, hex_in_cursor
from settlement.entry.http.answering.readings import ReadingsNow
from settlement.entry.http.layers.errors import ERRORS, UnknownError
from settlement.entry.options import MAX_EPOCH

router = APIRouter(prefix="/v1", tags=["apps"], responses=ERRORS)
MOST_SHOWN = 200
"""Epochs and participants of one app."""


class Board(StrEnum):
    """Whom a leaderboard ranks."""

    MINERS = "miners"
    USERS = "users"
    APPS = "apps"


@router.get("/apps")
def list_apps(request: Request, readings: ReadingsNow, limit: Limit = DEFAULT_ROWS, cursor: Cursor = None) -> Response:
    """List applications by address."""
    (after,) = decode_cursor(cursor, [str]) or [""]
    token = readings.network.token
    with readings.served() as served:
        now = open_epoch(readings, served.snapshot)
        params = {"app": hex_in_cursor(after), "only": b"", "epoch": now, "rows": limit + 1}
        rows = served.rows("apps", params)
    units = readings.units([token])
    page = page_of(rows, limit, lambda row: [row["app"].hex()], lambda row: app_document(row, token, units))
    return answer_document(request, page)


@router.get("/apps/{app}")
def one_app(request: Request, readings: ReadingsNow, app: AppText) -> Response:
    """Return an application with its epochs, its participants, its times to proof and its missed deadlines."""
    which, token = address_in(app, "path.app"), readings.network.token
    with readings.served() as served:
        now = open_epoch(readings, served.snapshot)
        rows = served.rows("apps", {"app": b"", "only": which, "epoch": now, "rows": 1})
        if not rows:
            raise UnknownError("no such app", expected="one of /v1/apps", got=to_hex(which))
        params = {"app": which, "last_app": which, "token": token, "epoch": now, "rows": MOST_SHOWN}
        epochs, amounts, participants, times = (
            served.rows(name, params) for name in ("app_epochs", "app_amounts", "app_participants", "app_times")
        )
    document = app_document(rows[0], token, readings.units([token]))
    return answer_document(request, document | app_details(epochs, amounts, participants, times[0] if times else None))


@router.get("/leaderboards/{board}")
def leaderboard(
    request: Request,
    readings: ReadingsNow,
    board: Board,
    epoch: EpochQuery = None,
    limit: Limit = DEFAULT_ROWS,
    cursor: Cursor = None,
) -> Response:
    """Rank miners, users or apps by what the emission paid, of one epoch or of all up to the newest settled one."""
    last = readings.last_epoch()
    high = epoch if epoch is not None else last if last is not None else 0
    high, amount, key, rank = decode_cursor(cursor, [int, str, str, int]) or [high, str(AMOUNT_LIMIT), "", 0]
    token = readings.network.token
    span = {"low": 0 if epoch is None else epoch, "high": min(high, MAX_EPOCH)}
    whom = {"by_app": board is Board.APPS, "role": 1 if board is Board.USERS else 0, "token": token}
    after = {"amount": digits_in_cursor(amount), "key": hex_in_cursor(key), "rows": limit + 1}
    with readings.served() as served:
        rows = served.rows("leaders", span | whom | after)
        proofs = _proofs(served, span | whom, [row["key"] for row in rows])
    units = readings.units([token])
    items = [
        token_members(token, units)
        | {"rank": rank + place, "account": to_hex(row["key"]), "amount": str(row["amount"])}
        | {"proofs": proofs.get(row["key"], 0)}
        for place, row in enumerate(rows[:limit], start=1)
    ]
    following = None
    if len(rows) > limit:
        following = encode_cursor([high, str(rows[limit - 1]["amount"]), rows[limit - 1]["key"].hex(), rank + limit])
    return answer_document(request, {"items": items, "next": following})


def _proofs(served: ServedRows, params: dict[str, Any], keys: list[bytes]) -> dict[bytes, int]:
    if not keys:
        return {}
    return {row["key"]: row["proofs"] for row in served.rows("leader_proofs", params | {"keys": keys})}
