"""`pozk export-site`: page, documents, proofs and the files of every epoch as static files that anyone can host."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from indexer.words.errors import InputError, RetryLaterError
from indexer.words.quantities import Epoch, to_hex
from settlement.entry.configuration.assembly import Store
from settlement.entry.documents.amounts import Units
from settlement.entry.http.answering.answers import json_of
from settlement.entry.http.answering.paging import MOST_ROWS
from settlement.entry.http.answering.readings import Readings
from settlement.entry.http.layers.in_process import ask_in_process
from settlement.entry.http.pages.page import INDEX, page_files
from settlement.entry.http.pages.plain import LIST_PAGES, SITE
from settlement.entry.http.routes.accounts import find_root
from settlement.entry.http.routes.proofs import proof_rows
from settlement.entry.http.site import create_site
from settlement.flows.bundles import BUNDLE_FILES, load_report
from settlement.rules.epoch.open_data import LICENCE, PACKAGE_FILE, column_meanings, data_package, digest_bytes
from settlement.rules.epoch.read_report import ROW_STAGES
from settlement.rules.epoch.shards import SHARDS

MANIFEST = "manifest.json"
SINGLE = ("network", "parameters", "committee", "anomalies")
LISTS = ("epochs", "apps", "leaderboards/miners", "leaderboards/users", "leaderboards/apps")
STATIC_MARK = (b"<html", b'<html data-source="static"')


def export_site(store: Store, target: Path) -> dict[str, Any]:
    """Write an export into an empty folder, or over an older export; return its manifest.

    InputError for a folder that holds anything else, RetryLaterError where the disk refuses.
    """
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and not (target / MANIFEST).exists())):
        raise InputError("not a folder for an export", expected="an empty one, or an older export", where=str(target))
    app = create_site(store)
    files: dict[str, dict[str, Any]] = {}
    try:
        for path, content in site_files(app):
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            files[path] = {"bytes": len(content), "sha256": to_hex(hashlib.sha256(content).digest())}
        manifest = _manifest(app.state.readings, files)
        (target / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except OSError as error:
        what = "an export cannot be written"
        raise RetryLaterError(what, got=str(error.strerror), where=str(error.filename or target)) from error
    return manifest


def site_files(app: FastAPI) -> Iterator[tuple[str, bytes]]:
    """Yield every file of an export: path and bytes."""
    readings: Readings = app.state.readings
    for name, content in page_files().items():
        if name != INDEX:
            yield name, content
    if page_files():
        yield from ((name, content.replace(*STATIC_MARK, 1)) for name, content in _plain_files(app))
    for name in SINGLE:
        yield f"v1/{name}.json", ask_in_process(app, f"/v1/{name}")
    for name in LISTS:
        yield f"v1/{name}.json", json_of({"items": list(_all_rows(app, f"/v1/{name}")), "next": None})
    for row in _all_rows(app, "/v1/apps"):
        yield f"v1/apps/{row['app']}.json", ask_in_process(app, f"/v1/apps/{row['app']}")
    for row in _all_rows(app, "/v1/epochs"):
        yield f"v1/epochs/{row['epoch']}.json", ask_in_process(app, f"/v1/epochs/{row['epoch']}")
        if row["root"] is not None:
            yield from _epoch_files(app, readings, Epoch(row["epoch"]))
    yield from _proof_files(readings)


def _plain_files(app: FastAPI) -> Iterator[tuple[str, bytes]]:
    """Yield what is read without scripts; accounts are too many for a file each."""
    yield INDEX, SITE.page(app, "")
    yield from ((f"{kind}.html", SITE.page(app, kind)) for kind in LIST_PAGES)
    for row in _all_rows(app, "/v1/apps"):
        yield f"app/{row['app']}.html", SITE.page(app, "app", row["app"])
    for row in _all_rows(app, "/v1/epochs"):
        yield f"epoch/{row['epoch']}.html", SITE.page(app, "epoch", str(row["epoch"]))


def _all_rows(app: FastAPI, path: str) -> Iterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        page = json.loads(ask_in_process(app, path, f"limit={MOST_ROWS}" + (f"&cursor={cursor}" if cursor else "")))
        yield from page["items"]
        cursor = page["next"]


def _epoch_files(app: FastAPI, readings: Readings, epoch: Epoch) -> Iterator[tuple[str, bytes]]:
    bundle = readings.store.artifacts.load_epoch(epoch)
    yield f"v1/epochs/{epoch}/{MANIFEST}", ask_in_process(app, f"/v1/epochs/{epoch}/{MANIFEST}")
    digests = {}
    for name in BUNDLE_FILES:
        content = bundle.load_file(name)
        digests[name] = digest_bytes(content)
        yield f"v1/epochs/{epoch}/{name}", content
    yield f"v1/epochs/{epoch}/{PACKAGE_FILE}", data_package(load_report(bundle, epoch), digests)
    for stage in ROW_STAGES:
        for name, content in readings.shard_files(epoch, stage).items():
            yield f"v1/epochs/{epoch}/{name}", content


def _proof_files(readings: Readings) -> Iterator[tuple[str, bytes]]:
    """Yield a file of proofs for each first byte of an account, under the newest root that can be claimed."""
    last = readings.last_epoch()
    if last is None:
        return
    moment, _ = readings.ask_chain(lambda: readings.claims.moment(last))
    provable = find_root(readings, moment).epoch if moment else None
    epoch = provable if provable is not None else last
    settled = readings.tree(epoch)
    units: Units = readings.units([total.token for total in settled.report.totals])
    accounts = settled.columns.leaves.account
    starts = accounts[:, 0].searchsorted(range(SHARDS + 1)) if len(accounts) else [0] * (SHARDS + 1)
    for shard in range(SHARDS):
        by_account: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in range(int(starts[shard]), int(starts[shard + 1])):
            proof = settled.prover.prove_row(row)
            by_account[to_hex(proof.account)] += proof_rows([proof], units)
        document = {"epoch": epoch, "root": to_hex(settled.report.root), "accounts": by_account}
        yield f"v1/proofs/{shard:02x}.json", json_of(document)


def _manifest(readings: Readings, files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    network = readings.network
    columns = {stage: column_meanings(stage) for stage in ROW_STAGES}
    return {
        "chain_id": network.chain_id,
        "distributor": to_hex(network.distributor),
        "settled": readings.last_epoch(),
        "licence": LICENCE,
        "columns": columns,
        "files": files,
    }
