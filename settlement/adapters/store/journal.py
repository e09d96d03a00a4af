"""The settlement journal in PostgreSQL."""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import psycopg

from indexer.adapters.postgres.database import hold_lock
from indexer.adapters.postgres.database_errors import only_reads, translated_database
from indexer.words.errors import InputError, RetryLaterError
from indexer.words.quantities import BlockNumber, Epoch, Hash32
from settlement.adapters.store.intents import PostgresIntents
from settlement.words.records import StoredReport
from sql import load_sql

SETTLEMENT_LOCK = 0x706F7A6B02
"""Advisory lock key: "pozk" and 2; the indexer holds 1."""


class PostgresJournal:
    """Reports of one network in one database; `intents` are its transactions."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self.intents = PostgresIntents(connection, self._ensure_lock)
        self._lock: psycopg.Connection[Any] | None = None

    @contextmanager
    def lock_settlement(self) -> Iterator[None]:
        """Hold the right to settle and publish; RetryLaterError if another process holds it.

        InputError for a role or server that only reads.
        """
        info = self._connection.info
        with _translated():
            row = self._connection.execute(load_sql("database/may_settle").encode()).fetchone()
            if row is None or not row[0]:
                raise only_reads("no right to write reports", "settlement journal")
            lock = hold_lock(info.dsn, SETTLEMENT_LOCK, password=info.password)
        if lock is None:
            raise RetryLaterError(
                "another process settles on this database",
                expected="the settlement lock free",
                got="held",
                remedy="wait for it or stop it",
            )
        self._lock = lock
        try:
            yield
        finally:
            self._lock = None
            lock.close()

    def verify_identity(self, identity: dict[str, str]) -> None:
        """Store the network's constants in a new journal; InputError if it holds others."""
        stored = self._load_identity()
        if not identity.keys() <= stored.keys():
            with _translated(), self._connection.transaction():
                for key, value in identity.items():
                    self._connection.execute(
                        "INSERT INTO pozk.journal_identity VALUES (%s, %s) ON CONFLICT (key) DO NOTHING", [key, value]
                    )
        self.compare_identity(identity)

    def compare_identity(self, identity: dict[str, str], known_wrong: Collection[str] = frozenset()) -> None:
        """Raise InputError if the journal holds other constants; keys that are known to be wrong say nothing."""
        stored = self._load_identity()
        for key, value in identity.items():
            if key not in known_wrong and stored.get(key, value) != value:
                raise InputError(
                    f"the settlement journal belongs to another network: {key}",
                    expected=stored[key],
                    got=value,
                    where="pozk.toml against table pozk.journal_identity",
                    remedy="use the database and data_dir of this network",
                )

    def _load_identity(self) -> dict[str, str]:
        with _translated():
            return dict(self._connection.execute("SELECT key, value FROM pozk.journal_identity").fetchall())

    def load_report(self, epoch: Epoch) -> StoredReport | None:
        """Return the stored report of an epoch, None if it is not settled."""
        with _translated():
            row = self._connection.execute(
                "SELECT report, report_hash, root FROM pozk.reports WHERE epoch = %s", [epoch]
            ).fetchone()
        return StoredReport(epoch, bytes(row[0]), Hash32(bytes(row[1])), Hash32(bytes(row[2]))) if row else None

    def load_reports(self, low: Epoch, high: Epoch) -> list[StoredReport]:
        """Return the stored reports of epochs `low` to `high`, ascending."""
        with _translated():
            rows = self._connection.execute(
                "SELECT epoch, report, report_hash, root FROM pozk.reports "
                "WHERE epoch BETWEEN %s AND %s ORDER BY epoch",
                [low, high],
            ).fetchall()
        return [StoredReport(Epoch(r[0]), bytes(r[1]), Hash32(bytes(r[2])), Hash32(bytes(r[3]))) for r in rows]

    def last_epoch(self) -> Epoch | None:
        """Return the newest settled epoch, None before the first."""
        with _translated():
            row = self._connection.execute("SELECT max(epoch) FROM pozk.reports").fetchone()
        return Epoch(row[0]) if row and row[0] is not None else None

    def missing_epochs(self, first: Epoch) -> list[Epoch]:
        """Return the epochs from `first` to the newest settled one whose report is gone, ascending."""
        with _translated():
            rows = self._connection.execute(
                "SELECT epoch FROM generate_series(%s::bigint, (SELECT max(epoch) FROM pozk.reports)) AS a (epoch) "
                "WHERE epoch NOT IN (SELECT epoch FROM pozk.reports) ORDER BY epoch",
                [first],
            ).fetchall()
        return [Epoch(row[0]) for row in rows]

    def store_report(self, report: StoredReport, stakes_sha256: bytes | None = None) -> None:
        """Store the report of an epoch that has none yet, and the sha256 of the stakes that are kept with it."""
        self._ensure_lock()
        with _translated():
            self._connection.execute(
                "INSERT INTO pozk.reports (epoch, report, report_hash, root, stakes_sha256) "
                "VALUES (%s, %s, %s, %s, %s)",
                [report.epoch, report.document, report.report_hash, report.root, stakes_sha256],
            )

    def load_stakes_digest(self, epoch: Epoch) -> bytes | None:
        """Return the sha256 of the stakes that were kept with a settled epoch, None for none."""
        with _translated():
            row = self._connection.execute(
                "SELECT stakes_sha256 FROM pozk.reports WHERE epoch = %s", [epoch]
            ).fetchone()
        return None if row is None or row[0] is None else bytes(row[0])

    def forget_from(self, epoch: Epoch) -> int:
        """Delete the reports of `epoch` and later; return how many."""
        with _translated():
            return self._connection.execute("DELETE FROM pozk.reports WHERE epoch >= %s", [epoch]).rowcount

    def forget(self, epoch: Epoch) -> int:
        """Delete the report of one epoch; return 1, 0 where there was none."""
        with _translated():
            return self._connection.execute("DELETE FROM pozk.reports WHERE epoch = %s", [epoch]).rowcount

    def last_transaction_block(self) -> BlockNumber | None:
        """Return the newest block that holds a transaction of ours, None without one."""
        with _translated():
            row = self._connection.execute("SELECT max(block_number) FROM pozk.intents").fetchone()
        return BlockNumber(row[0]) if row and row[0] is not None else None

    def _ensure_lock(self) -> None:
        """Raise RetryLaterError if the settlement lock was taken and its connection is gone."""
        if self._lock is not None:
            with _translated():
                self._lock.execute("SELECT 1")


def _translated() -> AbstractContextManager[None]:
    """Turn what the database refuses into errors with a class; faults of ours pass."""
    return translated_database("settlement journal")
