"""Routes of an account's past: amounts by epoch, claims, both as one table, and every amount explained."""

import csv
import hashlib
import io
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from indexer.words.quantities import Address, Epoch
from settlement.entry.documents.explanation import explanation_document
from settlement.entry.documents.history import amount_row, claim_row
from settlement.entry.http.answering.answers import answer_bytes, answer_document
from settlement.entry.http.answering.paging import DEFAULT_ROWS, Cursor, Limit, decode_cursor, page_of
from settlement.entry.http.answering.parameters import AccountText, address_in, epoch_in, hex_in_cursor
from settlement.entry.http.answering.readings import Readings, ReadingsNow
from settlement.entry.http.layers.errors import ERRORS
from settlement.entry.options import MAX_EPOCH
from settlement.flows.explain import AccountStory, explain_account, project_account

router = APIRouter(prefix="/v1/accounts/{account}", tags=["accounts"], responses=ERRORS)
MOST_LINES = 100_000
OPEN = "open"
EpochText = Annotated[
    str, Path(description="A settled epoch, or open.", json_schema_extra={"pattern": "^(open|[0-9]{1,12})$"})
]
COLUMNS = ("kind", "epoch", "timestamp", "token", "symbol", "decimals", "app", "role", "amount", "tx_hash")
CSV = "text/csv; charset=utf-8"


@router.get("/history")
def history(
    request: Request, readings: ReadingsNow, account: AccountText, limit: Limit = DEFAULT_ROWS, cursor: Cursor = None
) -> Response:
    """List what an account was paid, by epoch, newest first."""
    rows = _amounts(readings, address_in(account, "path.account"), limit + 1, cursor)
    units = readings.units(list({Address(row["token"]) for row in rows}))
    page = page_of(
        rows,
        limit,
        lambda row: [row["epoch"], row["token"].hex(), row["app"].hex(), row["role"]],
        lambda row: amount_row(row, units),
    )
    return answer_document(request, page)


@router.get("/claims")
def claims(
    request: Request, readings: ReadingsNow, account: AccountText, limit: Limit = DEFAULT_ROWS, cursor: Cursor = None
) -> Response:
    """List what the distributor paid to an account in final blocks, newest first."""
    rows = _claims(readings, address_in(account, "path.account"), limit + 1, cursor)
    units = readings.units(list({Address(row["token"]) for row in rows}))
    page = page_of(rows, limit, lambda row: [row["block"], row["log"]], lambda row: claim_row(row, units))
    return answer_document(request, page)


@router.get("/statement.csv", responses={200: {"content": {"text/csv": {}}}})
def statement(request: Request, readings: ReadingsNow, account: AccountText) -> Response:
    """Return amounts and claims as one table: amounts in base units, claims with their transactions."""
    who = address_in(account, "path.account")
    earned, paid = _amounts(readings, who, MOST_LINES, None), _claims(readings, who, MOST_LINES, None)
    units = readings.units(list({Address(row["token"]) for row in [*earned, *paid]}))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows({"kind": "earned"} | amount_row(row, units) for row in earned)
    writer.writerows({"kind": "claimed"} | claim_row(row, units) for row in paid)
    content = text.getvalue().encode()
    return answer_bytes(request, content, CSV, hashlib.sha256(content).digest())


@router.get("/epochs/{epoch}")
def explanation(request: Request, readings: ReadingsNow, account: AccountText, epoch: EpochText) -> Response:
    """Explain every wei of an account in a settled epoch, down to the fractions; `open`: as if that epoch ended now."""
    who = address_in(account, "path.account")
    number = _epoch_in(epoch)
    stored = None if number is None else readings.stored(number)

    def explain() -> dict[str, Any]:
        with readings.settling() as settler:
            story = project_account(settler, who) if number is None else explain_account(settler, who, number)
            return readings.amounts(tokens_of(story)).mark(explanation_document(story, full=True))

    if stored is None:
        return answer_document(request, explain())
    key = ("explain", who, number, bytes(stored.report_hash))
    return answer_document(request, readings.explained.get(key, explain))


def tokens_of(story: AccountStory) -> set[Address]:
    """Return the tokens of a story beside the network's."""
    owed = {entry.token for entry in story.entitlements}
    return owed | {Address(row.token) for row in story.explanation.rows if row.token is not None}


def _epoch_in(text: str) -> Epoch | None:
    """Return the epoch, None for the open one; InputError says what to send."""
    return None if text == OPEN else epoch_in(text)


def _amounts(readings: Readings, account: Address, rows: int, cursor: str | None) -> list[dict[str, Any]]:
    keys = decode_cursor(cursor, [int, str, str, int])
    epoch, token, app, role = keys or [MAX_EPOCH, "", "", 0]
    after = {"epoch": epoch, "token": hex_in_cursor(token), "app": hex_in_cursor(app), "role": role}
    with readings.served() as served:
        return served.rows("history", after | {"account": account, "rows": rows})


def _claims(readings: Readings, account: Address, rows: int, cursor: str | None) -> list[dict[str, Any]]:
    block, log = decode_cursor(cursor, [int, int]) or [2**63 - 1, 0]
    params = {"account": account, "distributor": readings.network.distributor}
    with readings.served() as served:
        return served.rows("claims", params | {"block": block, "log": log, "rows": rows})
