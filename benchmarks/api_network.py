"""A network of one settled epoch with random leaves, as the server sees it: no database, no chain."""

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from indexer.words.quantities import Address, Epoch, parse_hash, to_hex
from settlement.adapters.store.artifacts import TREE_FILE, FolderArtifacts
from settlement.adapters.store.tree_file import write_tree
from settlement.entry.http.answering.readings import Readings
from settlement.entry.http.layers.app import create_app
from settlement.entry.http.layers.options import HttpOptions
from settlement.entry.http.layers.server import serve
from settlement.entry.http.routes import proofs
from settlement.rules.columns.ordering import address_order
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.digests import digest_rows
from settlement.rules.epoch.report import Network, encode_canonical, hash_report
from settlement.rules.epoch.stages import leaf_rows
from settlement.words.records import StoredReport

PORT, EPOCH = 18547, Epoch(0)
VECTOR = Path(__file__).parent.parent / "tests" / "vectors" / "report_v2.json"
ASKED = 200_000
"""Accounts that are asked for."""


@dataclass
class PlayedJournal:
    """The journal of one epoch."""

    report: StoredReport

    def load_report(self, _: int) -> StoredReport:
        """Return the one report."""
        return self.report

    def last_epoch(self) -> int:
        """Return the one epoch."""
        return 0


def make_network(folder: Path, count: int) -> list[str]:
    """Write a tree of `count` random leaves of one token; return some of its accounts."""
    source = np.random.default_rng(7)
    account = source.integers(0, 256, (count, 20), dtype=np.uint8)
    account = account[address_order(account)]
    token = np.tile(np.full(20, 9, dtype=np.uint8), (count, 1))
    cumulative = np.zeros((count, 2), dtype=np.uint64)
    cumulative[:, 0] = source.integers(1, 2**63, count, dtype=np.uint64)
    leaves = Leaves(account, token, cumulative)
    place = FolderArtifacts(folder).folder(EPOCH) / TREE_FILE
    place.parent.mkdir(parents=True)
    columns = TreeColumns(leaves, tree_of(leaves))
    write_tree(place, columns)
    content = json.loads(json.loads(VECTOR.read_text())["reports"][0]["document"])
    digest = digest_rows(leaf_rows(leaves))
    stages = content["stages"] | {"leaves": {"count": str(digest.count), "sha256": to_hex(digest.sha256)}}
    (folder / "report.json").write_bytes(
        encode_canonical(content | {"root": to_hex(columns.tree.root), "stages": stages})
    )
    picks = source.integers(0, count, min(ASKED, count)).tolist()
    return ["0x" + account[pick].tobytes().hex() for pick in picks]


def serve_network(folder: Path) -> None:
    """Serve the proofs of a network until the process is told to end."""
    document = (folder / "report.json").read_bytes()
    root = parse_hash(json.loads(document)["root"])
    report = StoredReport(EPOCH, document, hash_report(document), root)
    network = Network(1, Address(b"\1" * 20), Address(b"\x09" * 20), 0, 1, EPOCH)
    store: Any = SimpleNamespace(
        journal=PlayedJournal(report),
        artifacts=FolderArtifacts(folder),
        settings=SimpleNamespace(store=SimpleNamespace(data_dir=folder)),
    )
    app = create_app(HttpOptions(), proofs.router)
    app.state.readings = Readings(store)
    app.state.readings.__dict__["network"] = network
    serve(app, "127.0.0.1", PORT)
