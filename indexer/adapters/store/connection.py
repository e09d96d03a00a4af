"""A connection to the lake: statements, transactions, and errors by what the caller must do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from threading import TIMEOUT_MAX, Timer
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakSet

import duckdb
from duckdb.value.constant import UnsignedLongValue

from indexer.adapters.postgres.database_errors import hide_password, is_only_reads, only_reads
from indexer.adapters.store.bounds import Bounds, bounded, too_large
from indexer.adapters.store.leases import oldest_lease, take_lease
from indexer.adapters.store.parquet_filters import remove_filters
from indexer.adapters.store.second_names import SecondNames
from indexer.rules.protocols.protocol import Protocol
from indexer.words.errors import BrokenFileError, InputError, PozkError, RetryLaterError, UnsoundError
from sql import load_sql

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

T = TypeVar("T")
_OPENED_TO_READ = "attached in read-only mode"
_ANOTHER_COMMIT = "ducklake_snapshot_pkey"  # the number of our snapshot is taken
_BATCH_ROWS = 50_000
_MOST_MEGABYTES = 1 << 40
_AGAIN = "check database and disk, then run it again"
_CUT = re.compile(
    "server closed the connection|no connection to the server|connection to server|could not (receive|send) data"
    "|terminating connection|SSL connection has been closed|SSL SYSCALL error|the database system is"
    '|Failed to execute query "(BEGIN|COMMIT|ROLLBACK)[^"]*"'
)
"""What PostgreSQL's client says of a connection that is gone: DuckDB passes it on as an error of no class."""

_BROKEN_FILE = re.compile(
    "Parquet footer|a Parquet file|No magic bytes|TProtocolException|Invalid thrift|page header"
    r"|\.parquet\": (No such file|Is a directory|Not a directory|Too many levels)"
)
"""What DuckDB says of a file of rows that is missing, another one or damaged; not of a disk that is full or fails."""


_LIVE: WeakSet[LakeConnection] = WeakSet()
"""Every connection of this process that is not garbage."""


def interrupt_connections() -> None:
    """End what every connection of this process executes now: its threads get an error, as after a signal."""
    for connection in list(_LIVE):
        with suppress(duckdb.Error):  # it is closed
            connection.connection.interrupt()


class LakeConnection:
    """One connection to a lake. Not for several threads; `cursor()` gives another connection for a thread."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        uri: str,
        protocol: Protocol,
        writer: psycopg.Connection[Any] | None = None,
        second_names: SecondNames | None = None,
    ) -> None:
        self.uri, self.protocol = uri, protocol
        self.updates: list[str] = []
        """What the lake, one of an older version, was given when it was opened."""
        self._connection = connection
        self._writer = writer
        self._lease: psycopg.Connection[Any] | None = None
        self._second_names = second_names
        self._is_inside = False
        self._remembered: dict[str, tuple[int, object]] = {}
        _LIVE.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and give up the writer's lock, or the lease."""
        self._rollback()  # where anything was begun: DuckDB ends the process where its own fails while it closes
        self._connection.close()
        if self._lease is not None:
            self._lease.close()
            self._lease = None
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return DuckDB's own connection, for programs that read."""
        return self._connection

    def cursor(self) -> Self:
        """Return a second reading connection to the same lake, for another thread."""
        return type(self)(self._connection.cursor(), self.uri, self.protocol)

    def begin(self) -> None:
        """Read one snapshot from now on until the connection closes."""
        with translated():
            self._connection.begin()

    def hold_snapshot(self) -> None:
        """Hold a lease on the snapshot that is read until the connection closes: its files stay."""
        snapshot = self.query(load_sql("lake/snapshot_id")).to_pylist()[0]["id"]
        self._lease = take_lease(self.uri, snapshot)

    def oldest_lease(self) -> int | None:
        """Return the oldest snapshot that somebody holds a lease on, None where nobody does; for the writer."""
        return None if self._writer is None else oldest_lease(self._writer)

    def remembered(self, name: str, read: Callable[[], T]) -> T:
        """Return what `read` returns, remembered by `name` for the snapshot that it was read of.

        For the writer, between its transactions: the lake's catalog is asked for its newest snapshot, a twentieth of
        what a statement over the lake costs.
        """
        if self._writer is None or self._is_inside:
            return read()
        import psycopg

        try:
            row = self._writer.execute(load_sql("database/newest_snapshot").encode()).fetchone()
        except psycopg.Error:  # whoever commits next says so
            return read()
        snapshot = 0 if row is None else int(row[0])
        if name not in self._remembered or self._remembered[name][0] != snapshot:
            self._remembered[name] = (snapshot, read())
        found: T = self._remembered[name][1]  # type: ignore[assignment]
        return found

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pa.Table:
        """Run one statement with bound `$name` parameters and return its rows as an Arrow table."""
        with self._translated():
            return self._connection.execute(sql, _bound(params)).to_arrow_table()

    def confine(self, folders: Sequence[str], bounds: Bounds) -> None:
        """Let this DuckDB open files below `folders` alone, and keep to `bounds`; for good, settings are locked."""
        settings: dict[str, object] = {
            "memory_limit": f"{min(bounds.memory_megabytes, _MOST_MEGABYTES)}MiB",
            "max_temp_directory_size": f"{min(bounds.spill_megabytes, _MOST_MEGABYTES)}MiB",
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allowed_directories": [f"{folder}/" for folder in folders],
            "enable_external_access": False,
            "lock_configuration": True,
        }
        with translated():
            for name, value in settings.items():
                self._connection.execute(f"SET {name} = $value", {"value": value})

    def query_within(self, sql: str, params: Mapping[str, object] | None, bounds: Bounds) -> pa.Table:
        """Return the rows of a statement as `query` does; InputError where it takes longer or more than `bounds`."""
        import pyarrow as pa

        timer = Timer(min(bounds.seconds, TIMEOUT_MAX), self._connection.interrupt)
        timer.start()
        try:
            with self._translated(), bounded(bounds):
                reader = self._connection.execute(sql, _bound(params)).to_arrow_reader(_BATCH_ROWS)
                batches, size = [], 0
                for batch in reader:
                    batches.append(batch)
                    size += batch.nbytes
                    if size > bounds.memory_megabytes << 20:
                        raise too_large(bounds)
                return pa.Table.from_batches(batches, reader.schema)
        finally:
            timer.cancel()

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> None:
        """Run statements whose result does not matter; what they write outside of a transaction has one of its own."""
        with nullcontext() if self._second_names is None or self._is_inside else self.transaction(), self._translated():
            self._connection.execute(sql, _bound(params))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One snapshot to read from, and one commit for everything written inside; an error rolls all back."""
        if self._second_names is not None:
            self._second_names.begin()
        with translated():
            self._connection.begin()
        self._is_inside = True
        try:
            yield
            if self._second_names is not None:
                for path in self._second_names.keep():
                    remove_filters(path)
        except BaseException:
            self._rollback()
            raise
        finally:
            self._is_inside = False
        self._commit()

    def append(self, table: str, rows: pa.Table) -> None:
        """Append Arrow rows, columns by name, to `lake.<table>`."""
        with self.registered("incoming", rows):
            self.execute(f'INSERT INTO lake."{table}" BY NAME SELECT * FROM incoming')  # noqa: S608 - our own names

    @contextmanager
    def registered(self, name: str, rows: pa.Table) -> Iterator[None]:
        """Make an Arrow table visible to SQL under `name` inside the block, to be read once.

        As a stream: for a table DuckDB imports pyarrow.dataset, 0.1 CPU seconds.
        """
        self._connection.register(name, rows.__arrow_c_stream__())
        try:
            yield
        finally:
            self._connection.unregister(name)

    def ensure_writer(self) -> None:
        """Raise RetryLaterError if the connection that holds the writer's lock is gone."""
        import psycopg

        if self._writer is None:
            raise InputError("the lake is open for reading only", remedy="open it for writing")
        try:
            self._writer.execute("SELECT 1")
        except psycopg.Error as error:
            raise RetryLaterError("the lock on the lake was lost", got=str(error), remedy="start again") from error

    def _commit(self) -> None:
        """Commit; where that fails, nobody knows whether the catalog has it: the files stay for whoever looks."""
        self._remembered.clear()
        try:
            with translated():
                self._connection.commit()
        except RetryLaterError:
            if self._second_names is not None:
                self._second_names.restore()
            raise
        if self._second_names is not None:
            self._second_names.drop()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Translate DuckDB's errors; a signal ends the query too: its threads would work on, and be waited for."""
        try:
            with translated():
                yield
        except PozkError:
            raise
        except BaseException:
            self._connection.interrupt()
            raise

    def _rollback(self) -> None:
        try:
            self._connection.rollback()
        except duckdb.Error:  # nothing was begun, or the catalog is away: PostgreSQL rolls back by itself
            return


def _bound(params: Mapping[str, object] | None) -> dict[str, object] | None:
    """Return the parameters, block numbers and the like as the UBIGINT that the columns are.

    Compared with a signed number the column would be cast, row by row, and no file left out by its least and greatest.
    """
    if not params:
        return None
    return {name: UnsignedLongValue(value) if type(value) is int else value for name, value in params.items()}


@contextmanager
def translated() -> Iterator[None]:
    """Translate errors of DuckDB by what the caller must do: retry later, or fix the input, or stop."""
    try:
        yield
    except duckdb.Error as error:
        if _OPENED_TO_READ in str(error):
            what, expected = "what is opened to be read cannot be written to", "a statement that reads"
            raise InputError(what, expected=expected, got=_first_line(error)) from error
        if is_only_reads(str(error)):
            raise only_reads(_first_line(error), "the lake's catalog") from error
        raise _translate(error) from error


def _translate(error: duckdb.Error) -> PozkError:
    if _BROKEN_FILE.search(str(error)):
        is_settled = "/epochs/" in str(error)
        what = "a settled epoch" if is_settled else "the lake"
        write, fetch = "`pozk settle --epoch N` to write it again", "`pozk index --audit`, which fetches its rows again"
        return BrokenFileError(
            f"a file of {what} is missing or broken",
            expected="the Parquet that was written",
            got=_first_line(error),
            remedy=f"run {write if is_settled else fetch}",
        )
    is_of_database = isinstance(error, duckdb.IOException | duckdb.ConnectionException | duckdb.TransactionException)
    if is_of_database or _CUT.search(str(error)):
        if _ANOTHER_COMMIT in str(error):
            what, remedy = "another process has written to this lake", "stop one of them"
            return RetryLaterError(what, expected="one writer", got="two", remedy=remedy)
        return RetryLaterError("the lake failed", got=_first_line(error), remedy=_AGAIN)
    if isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
        return InputError("the query is wrong", got=_first_line(error))
    return UnsoundError("the lake failed", got=_first_line(error))


def _first_line(error: duckdb.Error) -> str:
    return hide_password(str(error).strip().splitlines()[0]) if str(error).strip() else type(error).__name__
