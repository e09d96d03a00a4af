"""A worker beside the indexer: leases ranges of final blocks, proves each within itself, leaves it for the writer.

Whether a range follows the one before it is proven by whoever commits it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from indexer.flows.head.head import fetch_agreed_head
from indexer.flows.runs.fetch_ahead import FetchAhead
from indexer.flows.start.start import verify_chain_id, verify_enough_nodes
from indexer.flows.storing.batch import decoded_rows, keeping_evidence
from indexer.flows.storing.identity import load_identity, verify_identity
from indexer.ports.backfill import RangeClaim, RangePlan
from indexer.ports.chain import Chain
from indexer.ports.lake import LakeStore
from indexer.rules.proof.checkpoints import verify_reached
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange, next_block
from indexer.words.errors import RetryLaterError


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """What one worker has proven: how many ranges and blocks, and our logs in them."""

    ranges: int
    blocks: int
    logs: int


def backfill(
    chain: Chain,
    lake: LakeStore,
    settings: IngestSettings,
    plan: RangePlan,
    progress: Callable[[BlockRange, int], None] | None = None,
) -> BackfillReport:
    """Prove one range after the other until no whole one is left below the agreed head; `lake` is only read.

    Killed at any moment its range is free for others. Raises what `ingest` raises; the range at hand is given up then.
    """
    verify_enough_nodes(settings, len(chain.nodes))
    verify_chain_id(chain, settings.chain_id)
    report = BackfillReport(0, 0, 0)
    stored = lake.last_block()
    if stored is None:
        raise RetryLaterError("the lake has no block yet", remedy="start `pozk index` first, and then its workers")
    verify_identity(load_identity(lake), settings)
    agreement = fetch_agreed_head(chain, settings, (lake.finalized_head() or stored).number)
    verify_reached(settings.checkpoints, agreement.head)
    fetch = FetchAhead(chain, settings, agreement.head)
    while (claim := plan.claim(next_block(stored.number), agreement.head.number, settings)) is not None:
        logs = _prove(chain, fetch, claim, settings)
        report = BackfillReport(report.ranges + 1, report.blocks + len(claim.blocks), report.logs + logs)
        if progress is not None:
            progress(claim.blocks, logs)
        stored = lake.last_block() or stored
    return report


def _prove(chain: Chain, fetch: FetchAhead, claim: RangeClaim, settings: IngestSettings) -> int:
    """Fetch and verify a range and keep it; return how many logs of ours it has."""
    logs = 0
    with keeping_evidence(chain, claim.finish, claim.release):
        for batch in fetch.batches(claim.blocks, None):
            rows = decoded_rows(batch, settings)
            claim.add(rows)
            logs += rows.logs
    return logs
