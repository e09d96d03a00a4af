"""The shards of a bundle: raw rows beside its Parquet files, for who checks one account alone."""

from collections.abc import Mapping
from hashlib import sha256

from indexer.words.quantities import Epoch, to_hex
from settlement.flows.verify import Verdict
from settlement.ports.artifacts import EpochBundle
from settlement.rules.epoch.digests import StageRows
from settlement.rules.epoch.shards import digests_name, shard_files


def store_shards(target: EpochBundle, stages: Mapping[str, StageRows]) -> None:
    """Write the digests and shards of every stage."""
    files: dict[str, bytes] = {}
    for stage, rows in stages.items():
        files |= shard_files(stage, rows)
    target.store_files(files)


def judge_shards(bundle: EpochBundle, epoch: Epoch, stages: Mapping[str, StageRows]) -> Verdict | None:
    """Return the first file of shards that is not as the rows give it; None if none, or if the bundle keeps no shards.

    `stages` are rows that were found to have the digests of the report.
    """
    names = [digests_name(stage) for stage in stages]
    if not bundle.load_present(names):
        return None
    expected: dict[str, bytes] = {}
    for stage, rows in stages.items():
        expected |= shard_files(stage, rows)
    found = bundle.load_present(list(expected))
    for name, content in expected.items():
        if found.get(name) != content:
            return Verdict(epoch, name, _describe(content), _describe(found.get(name)))
    return None


def _describe(content: bytes | None) -> str:
    return "no such file" if content is None else f"{len(content)} bytes, sha256 {to_hex(sha256(content).digest())}"
