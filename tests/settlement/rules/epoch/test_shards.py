from hashlib import sha256

import numpy as np

from settlement.rules.epoch.digests import arrange_rows, digest_rows
from settlement.rules.epoch.shards import shard_files


def test_shard_files__rows_of_two_shards__digests_of_all_and_the_two_files():
    source = np.random.default_rng(5)
    rows = source.integers(0, 256, (40, 72), dtype=np.uint8)
    rows[:, 0] = source.choice([7, 255], 40)
    arranged = arrange_rows(rows, rows[:, 0])
    files = shard_files("leaves", arranged)
    expected = {shard: sorted(row.tobytes() for row in rows if row[0] == shard) for shard in (7, 255)}
    assert set(files) == {"shards/leaves.bin", "shards/leaves/07.bin", "shards/leaves/ff.bin"}
    assert files["shards/leaves/07.bin"] == b"".join(expected[7])
    assert files["shards/leaves/ff.bin"] == b"".join(expected[255])
    digests = files["shards/leaves.bin"]
    assert len(digests) == 8192
    assert digests[7 * 32 : 8 * 32] == sha256(files["shards/leaves/07.bin"]).digest()
    assert digests[:32] == sha256(b"").digest()
    assert sha256(digests).digest() == digest_rows(arranged).sha256


def test_shard_files__no_rows__digests_alone():
    nothing = arrange_rows(np.zeros((0, 72), np.uint8), np.zeros(0, np.uint8))
    assert shard_files("amounts", nothing) == {"shards/amounts.bin": sha256(b"").digest() * 256}
