"""Ingest a replayed chain into a lake: the process that `bench_index` and `bench_backfill` measure.

Arguments: uri, folder, url, level, requests at a time, role (ROLES); all but `alone` and `first` wait for a line first.
"""

import sys
from dataclasses import replace
from pathlib import Path

from settlement.entry.process import light_process

OURS = "0x" + "a1" * 20
ROLES = ("alone", "first", "writer", "worker")
RANGE_BLOCKS = 2000
"""Of one lease and of the writer's own batches: small, as the benchmark is, in the proportions of long runs."""


def main() -> None:
    """Ingest every block of the replayed chain."""
    from indexer.adapters.nodes.pool import open_chain
    from indexer.adapters.postgres.range_plan import PostgresRangePlan
    from indexer.adapters.store.lake import open_lake
    from indexer.flows.runs.backfill import backfill
    from indexer.flows.runs.ingest import ingest
    from indexer.rules.proof.ingest_settings import IngestSettings
    from indexer.rules.protocols.reference import REFERENCE
    from indexer.words.contracts import ContractSpan
    from indexer.words.levels import parse_level
    from indexer.words.quantities import Address, BlockNumber, parse_address

    uri, folder, url, level = sys.argv[1:5]
    contracts = {role: (ContractSpan(Address(bytes([n + 1]) * 20)),) for n, role in enumerate(REFERENCE.contracts)}
    contracts["app_registry"] = (ContractSpan(parse_address(OURS)),)
    settings = IngestSettings(
        REFERENCE, 31337, contracts, BlockNumber(0), 1_700_000_000, 86_400, level=parse_level(level)
    )
    chain = open_chain([url], concurrency=int(sys.argv[5]) if len(sys.argv) > 5 else 4)
    role = sys.argv[6] if len(sys.argv) > 6 else "alone"
    if role != "alone":
        settings = replace(settings, commit_blocks=RANGE_BLOCKS)
    with (
        open_lake(uri, Path(folder), REFERENCE, read_only=role == "worker") as lake,
        PostgresRangePlan(uri, Path(folder), size=RANGE_BLOCKS, lead=RANGE_BLOCKS) as plan,
    ):
        if role in ("writer", "worker"):
            print("ready", flush=True)
            sys.stdin.readline()
        if role == "worker":
            backfill(chain, lake, settings, plan)
        else:
            ingest(chain, lake, settings, BlockNumber(0) if role == "first" else None, plan=plan)


if __name__ == "__main__":
    with light_process():  # as the command does, before anything heavy is imported
        main()
