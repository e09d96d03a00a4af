"""Ingest a replayed chain into a lake: the process that `bench_index` measures. Arguments: uri, folder, url, level."""

import sys
from pathlib import Path

from settlement.entry.process import light_process

OURS = "0x" + "a1" * 20


def main() -> None:
    """Ingest every block of the replayed chain."""
    from indexer.adapters.nodes.pool import open_chain
    from indexer.adapters.store.lake import open_lake
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
    concurrency = int(sys.argv[5]) if len(sys.argv) > 5 else 4
    with open_lake(uri, Path(folder), REFERENCE) as lake:
        ingest(open_chain([url], concurrency=concurrency), lake, settings)


if __name__ == "__main__":
    with light_process():  # as the command does, before anything heavy is imported
        main()
