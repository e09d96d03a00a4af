"""PostgreSQL: the embedded server of a data directory or one that is given, and its migrations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, LiteralString, Self, cast

from indexer.adapters.postgres.database_errors import malformed_url, refused_connection, translated_database
from indexer.words.errors import InputError
from sql import list_sql, load_sql

if TYPE_CHECKING:
    import psycopg

_CONNECT_SECONDS = 10
_MIGRATION_LOCK = 0x706F7A6B6D696772  # "pozkmigr" as a number; any constant that all our processes share
_URL = re.compile(r"postgres(ql)?://\S+")


@dataclass(slots=True)
class Database:
    """A PostgreSQL server that is up. `uri` is for psycopg and for DuckDB; leaving the context lets go of it."""

    uri: str
    server: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def revive(self) -> None:
        """Start the embedded server again if it was killed; one that is given looks after itself."""
        if self.server is not None:
            from indexer.adapters.postgres.embedded import revive_server

            revive_server(self.server)

    def close(self) -> None:
        """Let go of the server; the embedded one stops when its last process does so."""
        if self.server is not None:
            from indexer.adapters.postgres.embedded import release_server

            release_server(self.server)
            self.server = None


def open_database(database_url: str, data_dir: Path) -> Database:
    """Return the server of `database_url`, or for an empty one the embedded server in `data_dir/postgres`.

    InputError for a URL that is none, RetryLaterError for a server that does not answer.
    """
    if not database_url:
        from indexer.adapters.postgres.embedded import acquire_server

        server = acquire_server(data_dir / "postgres")
        return Database(server.uri, server)
    if not _URL.fullmatch(database_url):
        raise InputError(
            "database_url is malformed",
            expected="postgresql://user:password@host:port/name",
            got="a value that is not shown",
            where="store.database_url",
            remedy="correct it, or leave it empty for the embedded server",
        )
    with connect(database_url):
        return Database(database_url)


def connect(uri: str, **parameters: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Connect in autocommit mode. InputError for a malformed URI or a refusal, RetryLaterError if nobody answers.

    Nothing is prepared: behind a pooler the next statement may meet another session.
    """
    import psycopg

    try:
        return psycopg.connect(
            uri, autocommit=True, connect_timeout=_CONNECT_SECONDS, prepare_threshold=None, **cast("Any", parameters)
        )
    except psycopg.OperationalError as error:
        raise refused_connection(error, uri) from error
    except psycopg.Error as error:
        raise malformed_url(error) from error


def hold_lock(uri: str, key: int, **parameters: str) -> psycopg.Connection[Any] | None:
    """Take an advisory lock and return the connection that holds it until it is closed; None if another has it.

    It belongs to a transaction that stays open: a pooler that hands connections around between transactions keeps it
    where it is. It is waited for a moment: PostgreSQL needs one to notice that a killed process is gone.
    """
    import psycopg

    connection = connect(uri, **parameters)
    try:
        connection.execute("BEGIN")
        connection.execute("SET LOCAL lock_timeout = '2s'")
        connection.execute(_as_literal(load_sql("database/no_timeouts")))
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (key,))
    except psycopg.errors.LockNotAvailable:
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return connection


def apply_migrations(connection: psycopg.Connection[Any], folder: str) -> list[str]:
    """Run each `sql/<folder>/NNNN_*.sql` once, in order; return the names of those that ran now.

    `connection` is in autocommit mode. Each file commits together with its line in `pozk.migrations`, under
    a lock that makes a second process wait. Where all have run nothing is written.
    InputError for a role that only reads.
    """
    with translated_database(f"sql/{folder}"):
        if not pending_migrations(connection, folder):
            return []
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
            connection.execute("CREATE SCHEMA IF NOT EXISTS pozk")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS pozk.migrations "
                "(name text PRIMARY KEY, applied_at timestamptz DEFAULT now())"
            )
            pending = pending_migrations(connection, folder)
            for name in pending:
                connection.execute(_as_literal(load_sql(name)))
                connection.execute("INSERT INTO pozk.migrations (name) VALUES (%s)", (name,))
            return pending


def pending_migrations(connection: psycopg.Connection[Any], folder: str) -> list[str]:
    """Return which of `sql/<folder>/NNNN_*.sql` have not run in this database; nothing is written."""
    wanted = [name for name in list_sql(folder) if re.fullmatch(r"\d{4}_\w+", name.rsplit("/", 1)[-1])]
    there = connection.execute("SELECT to_regclass('pozk.migrations')").fetchone()
    if there is None or there[0] is None:
        return wanted
    applied = {row[0] for row in connection.execute("SELECT name FROM pozk.migrations")}
    return [name for name in wanted if name not in applied]


def rights_on(connection: psycopg.Connection[Any]) -> tuple[bool, bool]:
    """Return whether this role may create what is missing, and whether the server takes writes at all."""
    row = connection.execute(_as_literal(load_sql("database/may_write"))).fetchone()
    return (bool(row[0]), bool(row[1])) if row else (False, False)


def _as_literal(text: str) -> LiteralString:
    """Tell the type checker that SQL of our own files is no user input."""
    return cast("Any", text)  # type: ignore[no-any-return]
