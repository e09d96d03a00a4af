"""Tallies that were counted apart are those of all rows."""

import pickle
import random

import pyarrow as pa
import pytest

from settlement.rules.second_reading.tallies import ProofTally

APPS = [bytes([place]) * 20 for place in range(5)]
ACCOUNTS = [bytes([place % 3]) * 19 + bytes([place]) for place in range(9)]


def some_proofs(source, count):
    """Return proofs of two blocks, some of another epoch, some of an app that is not approved."""
    return pa.table(
        {
            "block_number": pa.array([source.choice([3, 4]) for _ in range(count)], pa.uint64()),
            "log_index": pa.array(range(count), pa.uint32()),
            "app": pa.array([source.choice(APPS) for _ in range(count)], pa.binary()),
            "miner": pa.array([source.choice(ACCOUNTS) for _ in range(count)], pa.binary()),
            "user": pa.array([source.choice(ACCOUNTS) for _ in range(count)], pa.binary()),
            "scheme": pa.array([source.randrange(3) for _ in range(count)], pa.uint8()),
            "gates": pa.array([source.choice([1, 2**64 - 1, 2**40]) for _ in range(count)], pa.uint64()),
            "epoch": pa.array([source.choice([1, 1, 1, 2]) for _ in range(count)], pa.uint64()),
        }
    )


def as_read(rows, kind):
    """Return proofs with byte strings of another Arrow type: which one comes of a file hangs on how it was written."""
    for name in ("app", "miner", "user"):
        if "large" in kind:
            rows = rows.set_column(rows.column_names.index(name), name, rows[name].cast(pa.large_binary()))
        if "coded" in kind:
            rows = rows.set_column(rows.column_names.index(name), name, rows[name].dictionary_encode())
    return rows


def proof_tally(shard):
    approvals = dict.fromkeys(APPS[:4], (0, 1))
    return ProofTally(1, 3, 4, 0, approvals, {0: 1000, 1: 200, 2: 4000}, shard)


@pytest.mark.parametrize("shard", [None, 1])
@pytest.mark.parametrize("seed", range(3))
def test_merge__proofs_counted_in_several_processes__is_what_one_counts(seed, shard):
    print(f"seed {seed}")
    source, whole = random.Random(seed), proof_tally(shard)
    merged = proof_tally(shard)
    for count, kind in ((40, "binary"), (0, "large"), (17, "large"), (9, "coded"), (9, "large and coded")):
        part, rows = proof_tally(shard), some_proofs(source, count)
        for tally in (whole, part):
            tally.add(as_read(rows, kind))
        part.condense()
        merged.merge(pickle.loads(pickle.dumps(part)))  # noqa: S301 - as executors send it
    assert merged.apps() == whole.apps()
    assert (merged.sketches, merged.suspects) == (whole.sketches, whole.suspects)
    assert dict(merged.own()) == dict(whole.own())
