"""Merges the small files that many small commits leave, so that what a reader opens does not grow with their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexer.words.errors import UnsoundError
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.connection import LakeConnection

LOOSE_FILES = 200
"""Of one table, before they are merged: opening them costs a reader about as much as reading one of a megabyte."""
_LOOSE_BYTES = 1_000_000
"""A file this big stays as it is, so that a row is rewritten a few times at most."""
STAY_HOURS = 2
"""How long a reader without a lease may go on with the files that it began with."""


def merge_small_files(lake: LakeConnection, loose_files: int = LOOSE_FILES, stay_hours: int = STAY_HOURS) -> list[str]:
    """Merge the small files of each table that has `loose_files` of them; return the names of these tables.

    What was merged is removed after `stay_hours`, and not while somebody holds a lease on a snapshot that has it.

    UnsoundError, and nothing is changed, if a table would not hold the same rows afterwards.
    """
    loose = {"files": loose_files, "bytes": _LOOSE_BYTES}
    tables = lake.query(load_sql("lake/loose_tables"), loose).to_pylist()
    if not tables:
        return []
    with lake.transaction():
        for table in tables:
            _merge_table(lake, table["table_name"], table["first_column"])
        lake.ensure_writer()
    _remove_old_files(lake, stay_hours)
    return [table["table_name"] for table in tables]


def _merge_table(lake: LakeConnection, table: str, first_column: str) -> None:
    where = {"table": table, "column": first_column, "bytes": _LOOSE_BYTES}
    start = {"block": lake.query(load_sql("lake/loose_start"), where).to_pylist()[0]["block"]}
    rows = (
        f'SELECT count(*) AS rows, sum(hash(t)::HUGEINT) AS hashes FROM lake."{table}" AS t '  # noqa: S608 - our own names
        f'WHERE "{first_column}" >= $block OR "{first_column}" IS NULL'
    )
    before = lake.query(rows, start).to_pylist()
    lake.execute(
        "CALL ducklake_merge_adjacent_files('lake', $table, max_file_size => $bytes)",
        {"table": table, "bytes": _LOOSE_BYTES},
    )
    after = lake.query(rows, start).to_pylist()
    if after != before:
        raise UnsoundError(
            "merging files would change their rows; nothing was changed",
            expected=str(before[0]),
            got=str(after[0]),
            where=f"lake.{table} from block {start['block']} on",
            remedy="keep a copy of store.data_dir and its database, and report it",
        )


def _remove_old_files(lake: LakeConnection, stay_hours: int) -> None:
    """Remove the files that no snapshot of the last hours, and none that is read, needs: merged or taken back ones."""
    bounds = {"hours": stay_hours, "snapshot": lake.oldest_lease()}
    moment = lake.query(load_sql("lake/removable"), bounds).to_pylist()[0]["moment"]
    for step in ("expire_snapshots", "cleanup_old_files"):  # forgotten first: a file goes after nothing names it
        with lake.transaction():
            lake.execute(f"CALL ducklake_{step}('lake', older_than => $moment)", {"moment": moment})
            lake.ensure_writer()
