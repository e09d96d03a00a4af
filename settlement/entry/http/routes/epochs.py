"""Routes of epochs: the list, one, and its files under the digests that name them."""

import hashlib
import re
from typing import Any

from fastapi import APIRouter, Request, Response

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch, to_hex
from settlement.entry.documents.epoch import epoch_document, spread_document, vote_document
from settlement.entry.http.answering.answers import BYTES, JSON, answer_bytes, answer_document
from settlement.entry.http.answering.epoch_views import finalized_of, open_epoch, see_epochs
from settlement.entry.http.answering.paging import DEFAULT_ROWS, Cursor, Limit, decode_cursor, page_of
from settlement.entry.http.answering.parameters import EpochNumber
from settlement.entry.http.answering.readings import Readings, ReadingsNow
from settlement.entry.http.layers.errors import ERRORS, UnknownError
from settlement.flows.bundles import BUNDLE_FILES, MANIFEST_FILE, encode_manifest
from settlement.rules.epoch.read_report import ROW_STAGES
from settlement.rules.epoch.shards import SHARDS, digests_name, shard_name

router = APIRouter(prefix="/v1/epochs", tags=["epochs"], responses=ERRORS)
LARGEST = 100
PARQUET = "application/vnd.apache.parquet"
_SHARD = re.compile(r"[0-9a-f]{2}")


@router.get("")
def list_epochs(
    request: Request, readings: ReadingsNow, limit: Limit = DEFAULT_ROWS, cursor: Cursor = None
) -> Response:
    """List epochs, the open one first."""
    token, first = readings.network.token, readings.network.first
    after = decode_cursor(cursor, [int])
    with readings.snapshot() as snapshot:
        newest = open_epoch(readings, snapshot)
        high = newest if after is None else Epoch(min(newest, after[0] - 1))
        seen = see_epochs(readings, snapshot, Epoch(max(first, high - limit)), high) if high >= first else []
    rows = [{"epoch": each.epoch, "seen": each} for each in seen]
    units = readings.units([token])
    page = page_of(rows, limit, lambda row: [row["epoch"]], lambda row: epoch_document(row["seen"], token, units))
    return answer_document(request, page)


@router.get("/{epoch}")
def one_epoch(request: Request, readings: ReadingsNow, epoch: EpochNumber) -> Response:
    """Return all that is known of an epoch: its report, the votes on it, and how its emission is spread."""
    asked, token = Epoch(epoch), readings.network.token
    with readings.snapshot() as snapshot:
        newest = open_epoch(readings, snapshot)
        if not readings.network.first <= asked <= newest:
            expected = f"{readings.network.first} to {newest}"
            raise UnknownError(f"epoch {epoch} has not begun", expected=expected, got=str(epoch))
        (seen,) = see_epochs(readings, snapshot, asked, asked)
        votes = snapshot.rows("serve/votes", {"finalized": finalized_of(snapshot), "low": asked, "high": asked})
    quorum, _ = readings.ask_chain(readings.chain.distributor.quorum)
    document = epoch_document(seen, token, readings.units([token])) | {
        "votes": [vote_document(row, seen.report) for row in votes],
        "quorum": quorum,
        **_of_report(readings, asked, seen.report is not None),
    }
    return answer_document(request, document)


def _of_report(readings: Readings, epoch: Epoch, is_settled: bool) -> dict[str, Any]:
    if not is_settled:
        return dict.fromkeys(("stages", "parameters", "totals", "gini", "top_ten_share")) | {
            "distribution": [],
            "files": [],
        }
    content = readings.tree(epoch).report.content
    shown = {name: content[name] for name in ("stages", "parameters", "totals")}
    files = [MANIFEST_FILE, *BUNDLE_FILES, *(digests_name(stage) for stage in ROW_STAGES)]
    return shown | spread_document(readings.paid_emission(epoch), LARGEST) | {"files": files}


@router.get("/{epoch}/report.json", responses={200: {"content": {JSON: {}}}})
def report_bytes(request: Request, readings: ReadingsNow, epoch: EpochNumber) -> Response:
    """Return the canonical bytes of a report; the ETag is their keccak256, which oracles vote on."""
    stored = readings.stored(Epoch(epoch))
    is_immutable = readings.is_active(Epoch(epoch))
    return answer_bytes(request, stored.document, JSON, stored.report_hash, is_immutable=is_immutable)


@router.get("/{epoch}/manifest.json", responses={200: {"content": {JSON: {}}}})
def manifest(request: Request, readings: ReadingsNow, epoch: EpochNumber) -> Response:
    """Return the manifest of an epoch's bundle: a checkpoint, and what the start of the indexed range rests on."""
    report = readings.tree(Epoch(epoch)).report
    with readings.snapshot() as snapshot:
        said = {row["key"]: row["value"] for row in snapshot.rows("lake/identity", {})}
    content = encode_manifest(report, said.get("start", ""))
    return answer_bytes(request, content, JSON, hashlib.sha256(content).digest())


@router.get("/{epoch}/{stage}.parquet", responses={200: {"content": {PARQUET: {}}}})
def stage_parquet(request: Request, readings: ReadingsNow, epoch: EpochNumber, stage: str) -> Response:
    """Return a stage as Parquet; the ETag is the sha256 of the file."""
    readings.stored(Epoch(epoch))
    _known(stage)
    content = readings.store.artifacts.load_epoch(Epoch(epoch)).load_file(f"{stage}.parquet")
    return answer_bytes(request, content, PARQUET, hashlib.sha256(content).digest())


@router.get("/{epoch}/shards/{stage}.bin", responses={200: {"content": {BYTES: {}}}})
def shard_digests(request: Request, readings: ReadingsNow, epoch: EpochNumber, stage: str) -> Response:
    """Return the 256 sha256es of a stage's shards; the ETag is the stage's digest in the report."""
    files, digest = _shards(readings, Epoch(epoch), stage)
    is_immutable = readings.is_active(Epoch(epoch))
    return answer_bytes(request, files[digests_name(stage)], BYTES, digest, is_immutable=is_immutable)


@router.get("/{epoch}/shards/{stage}/{shard}.bin", responses={200: {"content": {BYTES: {}}}})
def shard_rows(request: Request, readings: ReadingsNow, epoch: EpochNumber, stage: str, shard: str) -> Response:
    """Return the rows of a shard, two lower-case hex digits; the ETag is their sha256, which the digests hold."""
    if not _SHARD.fullmatch(shard):
        raise UnknownError("no such shard", expected=f"two hex digits, {SHARDS} shards", got=repr(shard)[:40])
    files, _ = _shards(readings, Epoch(epoch), stage)
    number = int(shard, 16)
    content = files.get(shard_name(stage, number))
    if content is None:
        raise UnknownError(f"shard {shard} of {stage} of epoch {epoch} has no rows")
    digest = files[digests_name(stage)][32 * number : 32 * number + 32]
    return answer_bytes(request, content, BYTES, digest, is_immutable=readings.is_active(Epoch(epoch)))


def _shards(readings: Readings, epoch: Epoch, stage: str) -> tuple[dict[str, bytes], bytes]:
    """Return the files of a stage's shards and its digest; UnsoundError where its rows are not those of the report."""
    _known(stage)
    report = readings.tree(epoch).report
    files, expected = readings.shard_files(epoch, stage), report.stages[stage].sha256
    got = hashlib.sha256(files[digests_name(stage)]).digest()
    if got != expected:
        raise UnsoundError(
            f"the stored {stage} of epoch {epoch} are not those of its report",
            expected=to_hex(expected),
            got=to_hex(got),
            remedy=f"run `pozk verify --epoch {epoch}`",
        )
    return files, expected


def _known(stage: str) -> None:
    if stage not in ROW_STAGES:
        raise UnknownError("no such stage", expected=", ".join(ROW_STAGES), got=repr(stage)[:40])
