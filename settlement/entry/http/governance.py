"""Routes of what governance and committee do: parameters, votes, and what deserves a look."""

from collections import defaultdict
from typing import Any

from fastapi import APIRouter, Request, Response

from indexer.words.quantities import Address, to_hex
from settlement.entry.http.answers import answer_document
from settlement.entry.http.epoch_views import open_epoch
from settlement.entry.http.errors import ERRORS
from settlement.entry.http.paging import DEFAULT_ROWS, Limit
from settlement.entry.http.readings import ReadingsNow

router = APIRouter(prefix="/v1", tags=["governance"], responses=ERRORS)
EPOCHS_BACK = 64
"""Whose votes are counted."""
Rows = list[dict[str, Any]]


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
        roots, votes, dissents = (served.rows(name, span) for name in ("roots", "votes", "dissents"))
    document = {
        "members": [_member(each, votes, dissents, roots) for each in members],
        "quorum": quorum,
        "epochs": [_voted(row, votes, dissents) for row in roots],
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


def _member(member: Address, votes: Rows, dissents: Rows, roots: Rows) -> dict[str, Any]:
    accepted = {row["epoch"]: row["report_hash"] for row in roots}
    own = {row["epoch"]: row["report_hash"] for row in votes if row["oracle"] == member}
    against = {row["epoch"] for row in dissents if row["oracle"] == member}
    against |= {epoch for epoch, voted in own.items() if accepted.get(epoch, voted) != voted}
    return {
        "member": to_hex(member),
        "votes": len(own),
        "dissents": len(against),
        "missed": len(accepted.keys() - own.keys()),
        "last_epoch": max(own, default=None),
    }


def _voted(root: dict[str, Any], votes: Rows, dissents: Rows) -> dict[str, Any]:
    said: dict[bytes, bytes] = {row["oracle"]: row["report_hash"] for row in votes if row["epoch"] == root["epoch"]}
    later = {row["oracle"]: row["report_hash"] for row in dissents if row["epoch"] == root["epoch"]}
    by_hash: defaultdict[bool, Rows] = defaultdict(list)
    for member, report_hash in sorted((said | later).items()):
        agrees = report_hash == root["report_hash"]
        by_hash[agrees].append({"member": to_hex(member), "report_hash": to_hex(report_hash)})
    return {
        "epoch": root["epoch"],
        "report_hash": to_hex(root["report_hash"]),
        "agree": len(by_hash[True]),
        "dissent": by_hash[False],
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else to_hex(value)
