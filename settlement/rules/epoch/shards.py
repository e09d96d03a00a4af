"""A stage as files of raw rows: the 256 digests, and a file for each shard that holds rows (SPEC section 7).

Whoever has the report checks one account from these alone, without any other row. A shard without rows has no file.
"""

import itertools

import numpy as np

from settlement.rules.epoch.digests import StageRows, digest_shards

SHARDS = 256


def digests_name(stage: str) -> str:
    """Return the path of a stage's digests: 8,192 bytes, whose sha256 is the stage's digest in the report."""
    return f"shards/{stage}.bin"


def shard_name(stage: str, shard: int) -> str:
    """Return the path of one shard's rows, ascending, without anything between them."""
    return f"shards/{stage}/{shard:02x}.bin"


def shard_files(stage: str, rows: StageRows) -> dict[str, bytes]:
    """Return the files of an arranged stage, path to bytes: its digests and each shard that holds rows."""
    edges = np.searchsorted(rows.groups, np.arange(SHARDS + 1)).tolist()
    files = {digests_name(stage): b"".join(digest_shards(rows))}
    for shard, (start, stop) in enumerate(itertools.pairwise(edges)):
        if start < stop:
            files[shard_name(stage, shard)] = rows.rows[start:stop].tobytes()
    return files
