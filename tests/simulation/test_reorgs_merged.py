"""Seeded reorganisations while small files are merged, snapshots expired and files removed: no row is wrong.

`REORGS` sets how many (a handful in the suite, 1,000 in `make sim-reorgs`), `SEED` the first one.
"""

import os
import random
from functools import partial

import pytest

from indexer.adapters.store.extensions import connect_with
from indexer.adapters.store.lake import attach_text
from indexer.adapters.store.small_files import merge_small_files
from indexer.flows.runs.follow import follow_once
from indexer.flows.runs.ingest import ingest
from indexer.words.errors import RetryLaterError
from tests.support.played_indexing import PlayedNode, PlayedPool, settings_of, small_chain

pytestmark = pytest.mark.database
LAG = 6
ON_ONE_LAKE = 50
"""Reorganisations; then another lake, so that what it has gone through stays short enough to be told again."""
REORGS = int(os.environ.get("REORGS", "4"))
FIRST = int(os.environ.get("SEED", "1"))


@pytest.mark.parametrize("first", range(FIRST, FIRST + REORGS, ON_ONE_LAKE))
def test_follow_once__reorganisations_while_files_are_merged_and_expired__no_row_is_wrong(new_lake, tmp_path, first):
    chain = small_chain(10, first, finality_lag=LAG)
    pool = PlayedPool([PlayedNode(chain)])
    with new_lake("lake") as lake:
        ingest(pool, lake, settings_of())
        stranger = connect_with("ducklake", "postgres_scanner")
        stranger.execute(attach_text(lake.uri, tmp_path / "lake" / "lake", read_only=False))
        for seed in range(first, min(first + ON_ONE_LAKE, FIRST + REORGS)):
            reorganise(chain, pool, lake, stranger, random.Random(seed))
            assert stored(lake) == true_rows(chain), f"SEED={seed}"
        stranger.close()


def reorganise(chain, pool, lake, stranger, rng):
    """Let the chain grow, be reorganised, and the lake follow, with maintenance in between and in the middle."""
    lake.merge_small_files = partial(merge_small_files, lake, rng.choice((2, 3, 5)), rng.choice((0, 0, 2)))
    reader = lake.cursor() if rng.random() < 0.3 else None
    if reader is not None:
        reader.begin()
        reader.hold_snapshot()
    for _ in range(rng.randint(1, 3)):
        chain.grow(rng.randint(1, 3))
        ingest(pool, lake, settings_of())
        follow_once(pool, lake, settings_of())
    depth = rng.randint(1, LAG)
    chain.reorganise(depth, depth + rng.randint(0, 2) + 1)
    if rng.random() < 0.3:
        refused_once(pool, lake, stranger)
    follow_once(pool, lake, settings_of())
    if rng.random() < 0.5:
        lake.merge_small_files()
    if reader is not None:
        reader.close()


def refused_once(pool, lake, stranger):
    """Merge files, without the writer's lock, in the middle of a roll-back: it is refused whole."""
    honest = lake.roll_back

    def merged_meanwhile(block):
        honest(block)
        stranger.execute("CALL ducklake_merge_adjacent_files('lake')")
        stranger.execute(
            "INSERT INTO lake.final_claims VALUES ('n', 0, '\\x00'::BLOB)"
        )  # a commit, if nothing was merged

    lake.roll_back = merged_meanwhile
    try:
        with pytest.raises(RetryLaterError):
            follow_once(pool, lake, settings_of())
    finally:
        lake.roll_back = honest


def stored(lake):
    """Return the blocks with their logs as the lake has them: number, hash, stakes; and what the ledgers cover."""
    blocks = lake.query("SELECT number, hash, our_logs FROM lake.blocks ORDER BY ALL").to_pylist()
    stakes = lake.query("SELECT block_number, delta FROM lake.stake_changed ORDER BY ALL").to_pylist()
    ranges = [
        lake.query(f"SELECT from_block, to_block FROM lake.{ledger} ORDER BY ALL").to_pylist()
        for ledger in ("coverage", "ledger")
    ]
    return [tuple(row.values()) for row in blocks], [tuple(row.values()) for row in stakes], *map(covered, ranges)


def covered(ranges):
    return [number for row in ranges for number in range(row["from_block"], row["to_block"] + 1)]


def true_rows(chain):
    ours = [sum(len(receipt["logs"]) for receipt in made.receipts) for made in chain.blocks]
    blocks = [(n, bytes.fromhex(made.block["hash"][2:]), ours[n]) for n, made in enumerate(chain.blocks)]
    numbers = list(range(len(chain.blocks)))
    return blocks, [(n, n) for n in numbers if ours[n]], numbers, numbers
