"""Leases on snapshots of a lake: while one is held the files of that snapshot stay, however long the reader takes.

A lease is a shared advisory lock in the catalog's database: it ends with the connection of whoever holds it, also where
that process is killed, and a role that only reads may take it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from indexer.adapters.postgres.database import connect
from indexer.adapters.postgres.database_errors import translated_database
from sql import load_sql

if TYPE_CHECKING:
    import psycopg

_KIND = 0x706F7A6B  # "pozk" as a number; a snapshot's number is the other half of the key
_WHAT = "the lake's catalog"


def take_lease(uri: str, snapshot: int) -> psycopg.Connection[Any]:
    """Take a lease on a snapshot and return the connection that holds it until it is closed."""
    connection = connect(uri)
    try:
        with translated_database(_WHAT):
            connection.execute("BEGIN")
            connection.execute(load_sql("database/no_timeouts").encode())
            connection.execute(load_sql("database/take_lease").encode(), {"kind": _KIND, "snapshot": snapshot})
    except BaseException:
        connection.close()
        raise
    return connection


def oldest_lease(connection: psycopg.Connection[Any]) -> int | None:
    """Return the oldest snapshot on which somebody holds a lease, None where nobody does."""
    with translated_database(_WHAT):
        row = connection.execute(load_sql("database/oldest_lease").encode(), {"kind": _KIND}).fetchone()
    return None if row is None else row[0]
