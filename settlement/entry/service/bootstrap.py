"""A new oracle out of a peer's bundles and receipts: everything is proven or computed again, nothing is believed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Epoch, to_hex
from settlement.adapters.store.bundle import PublishedBundle
from settlement.entry.configuration.assembly import Store, ingest_settings, open_nodes, open_store
from settlement.entry.configuration.settings import Settings
from settlement.flows.bundles import compare_bundles, judge_bundle, load_report

RECEIPTS = "receipts.bundle"
"""What `pozk index --export` writes, beside the peer's epochs; without it the nodes are asked for receipts."""
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """How many epochs were taken from a peer and found equal, how many logs they hold, and how long that took."""

    epochs: int
    logs: int
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """Return it as a document."""
        each = self.seconds * _MILLION / self.logs if self.logs else 0.0
        return {
            "epochs": self.epochs,
            "logs": self.logs,
            "seconds": round(self.seconds, 1),
            "seconds_per_million_events": round(each, 1),
        }


def bootstrap(settings: Settings, url: str, say: Callable[[str], None]) -> Bootstrapped:
    """Index and settle what a peer has settled, and hold every epoch against the peer's.

    InputError for a peer of another chain or format, or where something is settled here already; UnsoundError where a
    bundle is not sound, or a report differs.
    """
    started, peers = time.monotonic(), _find_bundles(settings, url.rstrip("/"))
    with open_store(settings) as store:
        if store.journal.last_epoch() is not None:
            raise InputError(
                "something is settled here already", expected="a new oracle", remedy="use an empty data_dir"
            )
        logs = _index(settings, store, url, say)
        for settlement in store.settler.settle_up_to(Epoch(settings.clock.first + len(peers) - 1)):
            epoch = settlement.facts.epoch
            _compare(store, epoch, peers[epoch - settings.clock.first])
            say(f"epoch {epoch}: computed, and equal to the peer's")
    return Bootstrapped(len(peers), logs, time.monotonic() - started)


def _find_bundles(settings: Settings, url: str) -> list[PublishedBundle]:
    """Return the bundles of the peer's epochs, each verified from itself and held against our network."""
    found: list[PublishedBundle] = []
    while True:
        bundle = PublishedBundle(f"{url}/{settings.clock.first + len(found):08d}")
        if not bundle.exists():
            break
        _verify_network(settings, bundle)
        verdict = judge_bundle(bundle, found[-1] if found else None)
        if not verdict.is_ok:
            raise UnsoundError(
                f"the peer's bundle of epoch {verdict.epoch} is not sound: {verdict.stage}",
                expected=verdict.expected or "",
                got=verdict.got or "",
                where=bundle.url,
                remedy="use another peer",
            )
        found.append(bundle)
    if not found:
        raise InputError("the peer has no bundle of the first epoch", where=f"{url}/{settings.clock.first:08d}")
    return found


def _verify_network(settings: Settings, bundle: PublishedBundle) -> None:
    content = load_report(bundle).content
    expected = {
        "chain_id": str(settings.chain.chain_id),
        "distributor": to_hex(settings.contracts.distributor),
    }
    got = {name: content.get(name) for name in expected}
    if got != expected:
        raise InputError(
            "the peer is of another network",
            expected=str(expected),
            got=str(got),
            where=bundle.url,
            remedy="use another",
        )


def _index(settings: Settings, store: Store, url: str, say: Callable[[str], None]) -> int:
    """Ingest up to the final block, receipts from the peer where it has exported them; return how many logs came."""
    from indexer.adapters.nodes.pool import with_bundle
    from indexer.adapters.store.lake import open_lake
    from indexer.flows.runs.ingest import ingest

    nodes, receipts = open_nodes(settings), Path(url) / RECEIPTS
    chain = with_bundle(nodes, receipts) if "://" not in url and receipts.exists() else nodes
    with open_lake(store.database.uri, settings.store.data_dir, settings.protocol) as lake:
        return ingest(chain, lake, ingest_settings(settings, None), None, None, say).logs


def _compare(store: Store, epoch: Epoch, peer: PublishedBundle) -> None:
    verdict = compare_bundles(peer, store.artifacts.load_epoch(epoch))
    if not verdict.is_ok:
        raise UnsoundError(
            f"the peer's report of epoch {epoch} differs in {verdict.stage}",
            expected=verdict.expected or "",
            got=verdict.got or "",
            where=verdict.row or peer.url,
            remedy="the chain gives ours; tell the peer, or use another",
        )
