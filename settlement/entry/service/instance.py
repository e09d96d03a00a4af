"""One instance of the service among several: one on a data directory, and one that speaks on a database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.adapters.postgres.database import hold_lock
from indexer.words.errors import RetryLaterError
from settlement.adapters.store.jobs import VOICE_LOCK
from settlement.entry.system_errors import made_data_dir

if TYPE_CHECKING:
    import psycopg

STANDBY_SECONDS = 2.0
"""Between two tries to take over; PostgreSQL frees the lock of a killed process at once."""


@contextmanager
def alone_on(data_dir: Path) -> Iterator[None]:
    """Hold a data directory for this process; RetryLaterError (exit code 3) if another instance runs on it."""
    path = made_data_dir(data_dir) / "run.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RetryLaterError(
                "another `pozk run` works on this data_dir",
                expected="one instance",
                got=f"a lock on {path.name}",
                where=str(data_dir),
                remedy="stop it, or give this one a data_dir of its own on the same database: it stands by",
            ) from error
        yield
    finally:
        os.close(descriptor)


def try_voice(uri: str) -> "psycopg.Connection[Any] | None":
    """Return the connection that makes this instance the one that speaks, None while another one is."""
    return hold_lock(uri, VOICE_LOCK)
