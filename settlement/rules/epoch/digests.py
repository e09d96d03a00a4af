"""Stage digests of the report (SPEC section 7): a count and a sha256 that any engine can compute in parallel.

A stage's rows have one width. They are split by the first byte of the account (of deposits, and of aggregates of apps
and pools: of the app) into 256 groups, ascend inside each group, and the digest is the sha256 of the groups' sha256es.
"""

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.rules.columns.arrays import I64, U8
from settlement.rules.columns.ordering import address_order, is_ascending

_NOTHING = hashlib.sha256().digest()


@dataclass(frozen=True, slots=True)
class StageDigest:
    """How many rows a stage has, and their digest."""

    count: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class StageRows:
    """A stage as bytes: `rows` u8 (n, width), ascending inside each group; `groups` u8 (n,), ascending."""

    rows: U8
    groups: npt.NDArray[np.uint8]


def arrange_rows(rows: U8, groups: npt.NDArray[np.uint8]) -> StageRows:
    """Return the rows sorted by (group, row bytes); rows that are are not copied."""
    if is_ascending(groups[:, None], rows):
        return StageRows(rows, groups)
    order = address_order(groups[:, None], rows)
    return StageRows(rows.take(order, axis=0), groups[order])


def digest_rows(stage: StageRows) -> StageDigest:
    """Return count and digest of an arranged stage."""
    return digest_joined(digest_shards(stage), len(stage.rows))


def digest_by_group(groups: npt.NDArray[np.uint8], rows_of: Callable[[I64], StageRows]) -> StageDigest:
    """Return the digest of a stage whose rows are not all arranged at once: `rows_of` arranges those of one group.

    groups: (n,) of all rows in their order, whose places `rows_of` is given. A group at a time takes little memory, and
    what it reads lies near.
    """
    order = np.argsort(groups, kind="stable")
    edges = np.searchsorted(groups, np.arange(257), sorter=order)
    shards = [
        digest_group(rows_of(order[start:stop])) if start < stop else _NOTHING
        for start, stop in itertools.pairwise(edges)
    ]
    return digest_joined(shards, len(groups))


def digest_joined(shards: Sequence[bytes], count: int) -> StageDigest:
    """Return the digest of a stage of `count` rows by those of its 256 groups."""
    return StageDigest(count, hashlib.sha256(b"".join(shards)).digest())


def digest_group(stage: StageRows) -> bytes:
    """Return the sha256 of arranged rows that are all of one group."""
    return _sha256(stage.rows)


def digest_shards(stage: StageRows) -> list[bytes]:
    """Return the sha256 of each of the 256 groups of an arranged stage."""
    edges = np.searchsorted(stage.groups, np.arange(257))
    return [_sha256(stage.rows[start:stop]) for start, stop in itertools.pairwise(edges)]


def digest_events(numbers: npt.NDArray[np.uint64], hashes: U8, counts: npt.NDArray[np.uint32]) -> StageDigest:
    """Return the events digest: `number u64be | block hash | count u32be` for each block that holds one of our logs.

    Shapes: numbers (n,) ascending, hashes (n, 32), counts (n,). The stage's count is the number of logs.
    """
    rows = np.concatenate(
        [
            numbers.astype(">u8").view(np.uint8).reshape(-1, 8),
            hashes,
            counts.astype(">u4").view(np.uint8).reshape(-1, 4),
        ],
        axis=1,
    )
    return StageDigest(int(counts.sum(dtype=np.uint64)), _sha256(rows))


def _sha256(rows: U8) -> bytes:
    """Return the sha256 of all bytes of rows, which are not copied where they lie one behind the other."""
    return hashlib.sha256(np.ascontiguousarray(rows).reshape(-1).data).digest()


def find_first_difference(expected: StageRows, got: StageRows) -> tuple[bytes | None, bytes | None] | None:
    """Return the first pair of rows that differ (None where one side has no such row), or None if all are equal."""
    shared = min(len(expected.rows), len(got.rows))
    unequal = np.flatnonzero((expected.rows[:shared] != got.rows[:shared]).any(axis=1))
    if len(unequal) == 0 and len(expected.rows) == len(got.rows):
        return None
    at = int(unequal[0]) if len(unequal) else shared
    return (
        expected.rows[at].tobytes() if at < len(expected.rows) else None,
        got.rows[at].tobytes() if at < len(got.rows) else None,
    )
