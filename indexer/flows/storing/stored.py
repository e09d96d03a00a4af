"""What the lake says about single blocks."""

from __future__ import annotations

from indexer.ports.lake import LakeStore
from sql import load_sql


def stored_hashes(lake: LakeStore, low: int, high: int) -> dict[int, bytes]:
    """Return the hashes of the stored blocks from `low` to `high` by their numbers."""
    rows = lake.query(load_sql("lake/block_hashes"), {"low": low, "high": high}).to_pylist()
    return {row["number"]: row["hash"] for row in rows}
