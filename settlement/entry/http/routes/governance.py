"""Routes of what governance and committee do: parameters, votes, and what deserves a look."""

from typing import Any

from fastapi import APIRouter, Request, Response

from indexer.words.quantities import to_hex
from settlement.entry.http.answering.answers import answer_document
from settlement.entry.http.answering.epoch_views import open_epoch
from settlement.entry.http.answering.paging import DEFAULT_ROWS, Limit
from settlement.entry.http.answering.readings import ReadingsNow
from settlement.entry.http.layers.errors import ERRORS

router = APIRouter(prefix="/v1", tags=["governance"], responses=ERRORS)
EPOCHS_BACK = 64
"""Whose votes are counted."""


@router.get("/parameters")
def parameters(request: Request, readings: ReadingsNow) -> Response:
    """List the parameters that are in force in the open epoch, and those that come."""
    with readings.served() as served:
        epoch = open_epoch(readings, served.snapshot)
        rows = served.rows("parameters", {"epoch": epoch})
    shown = [(row["is_coming"], _parameter(row)) for row in rows]
    in_force, coming = ([each for is_coming, each in shown if is_coming is later] for later in (False, True))
    return answer_document(request, {"epoch": epoch, "in_force": in_force, "coming": coming})


@router.get("/committee")
def committee(request: Request, readings: ReadingsNow) -> Response:
    """List the members with their votes of the last 64 epochs, and of each epoch who agreed and who did not."""
    distributor = readings.chain.distributor
    state, trouble = readings.ask_chain(lambda: (distributor.members(), distributor.quorum()))
    members, quorum = state if state else ([], None)
    with readings.served() as served:
        high = open_epoch(readings, served.snapshot)
        span = {"low": max(readings.network.first, high - EPOCHS_BACK), "high": high}
        for name in ("roots", "votes", "dissents", "against"):
            served.materialize(name, span)
        counted, voted = served.rows("committee_members", {"members": members}), served.rows("committee_epochs", {})
    of_member = {row["member"]: row for row in counted}
    document = {
        "members": [of_member[each] | {"member": to_hex(each)} for each in members],
        "quorum": quorum,
        "epochs": [_voted(row) for row in voted],
        "trouble": trouble,
    }
    return answer_document(request, document)


@router.get("/anomalies")
def anomalies(request: Request, readings: ReadingsNow, limit: Limit = DEFAULT_ROWS) -> Response:
    """List what deserves a look in the last 64 epochs: none of it is proof of anything."""
    clock = readings.settings.clock
    with readings.served() as served:
        high = open_epoch(readings, served.snapshot)
        params = {"low": max(clock.first, high - EPOCHS_BACK), "high": high, "rows": limit}
        rows = served.rows("anomalies", params | {"genesis": clock.genesis, "length": clock.length_seconds})
    items = [row | {"account": _hex(row["account"]), "app": _hex(row["app"])} for row in rows]
    return answer_document(request, {"items": items, "next": None})


def _parameter(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("name", "value", "from_epoch")} | {"block": row["block_number"]}


def _voted(row: dict[str, Any]) -> dict[str, Any]:
    dissent = [{name: to_hex(value) for name, value in each.items()} for each in row["dissent"]]
    return row | {"report_hash": to_hex(row["report_hash"]), "dissent": dissent}


def _hex(value: bytes | None) -> str | None:
    return None if value is None else to_hex(value)
