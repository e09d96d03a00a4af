"""The lake: DuckLake tables whose catalog is PostgreSQL and whose data are Parquet files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from indexer.adapters.postgres.database import hold_lock
from indexer.adapters.postgres.database_errors import (
    hide_password,
    only_reads,
    translated_database,
)
from indexer.adapters.store.connection import LakeConnection, translated
from indexer.adapters.store.extensions import connect_with
from indexer.adapters.store.lake_schema import update_lake, verify_form
from indexer.adapters.store.ledger import (
    amend_ranges,
    append_range,
    cut_ranges,
    replace_ranges,
    shorten_ledger,
    whole_ranges,
)
from indexer.adapters.store.second_names import SecondNames
from indexer.adapters.store.small_files import merge_small_files
from indexer.adapters.store.taken_back import TakenBack, stored_of, tables_by_block
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.stored.range_sums import Tables
from indexer.words.blocks import BlockRange, BlockRef, next_block
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import BlockNumber, Hash32
from sql import load_sql

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

_WRITER_LOCK = 0x706F7A6B6C616B65  # "pozklake" as a number; one writer for each catalog
_WRITER_MEMORY = "256MB"
_THREADS = 1
"""Of a lake until `use_all_cores`: where DuckLake asks PostgreSQL on one thread, another waits for it by turning."""
_ALL_FILES = 2**40
_READER_MEMORY = "4GB"  # a settlement aggregates an epoch; beyond this it spills


class Lake(LakeConnection):
    """The lake as flows see it: what is stored of a block range, and the ledger of it."""

    _taken_back: TakenBack | None = None
    """What the transaction under way takes back."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One snapshot and one commit; where it takes blocks back, the next snapshot is asked whether they are gone.

        UnsoundError if they are not.
        """
        self._taken_back = None
        with super().transaction():
            yield
        taken, self._taken_back = self._taken_back, None
        if taken is not None:
            taken.verify(self)

    def append(self, table: str, rows: pa.Table) -> None:
        """Append Arrow rows, columns by name, to `lake.<table>`."""
        super().append(table, rows)
        if self._taken_back is not None:
            self._taken_back.add(table, rows)

    def roll_back(self, block: BlockRef | None) -> None:
        """Delete what is stored of the blocks after `block`, None for all, inside the caller's transaction.

        It comes before anything that the transaction puts there.
        """
        first = 0 if block is None else next_block(block.number)
        lost = {"number": first}
        self._taken_back = TakenBack(self.protocol, first)
        stored = stored_of(self, tables_by_block(self.protocol))
        if block is None:
            self.execute("DELETE FROM lake.ledger")
        else:
            cut_ranges(self, block.number, stored)
            self.execute(load_sql("lake/truncate_coverage"), {"number": block.number, "hash": block.hash})
        self.execute("DELETE FROM lake.coverage WHERE to_block >= $number", lost)
        for table, column in stored.items():
            self.execute(f'DELETE FROM lake."{table}" WHERE {column} >= $number', lost)  # noqa: S608 - our own names

    def append_range(self, blocks: BlockRange, rows: Tables) -> None:
        """Write into the ledger what new rows, all that `blocks` have, sum up to, inside the caller's transaction."""
        append_range(self, blocks, rows)

    def amend_ranges(self, blocks: BlockRange, added: Tables, removed: Tables) -> None:
        """Write into the ledger that stored rows of `blocks` are replaced or joined by others, likewise."""
        amend_ranges(self, blocks, added, removed)

    def replace_ranges(self, blocks: BlockRange, rows: Tables) -> None:
        """Write into the ledger that `blocks`, with which a range begins or ends, hold these rows alone, likewise."""
        replace_ranges(self, blocks, rows)

    def whole_ranges(self, blocks: BlockRange) -> BlockRange:
        """Return `blocks` and what else the ledger's ranges hold that they meet."""
        return whole_ranges(self, blocks)

    def replace_rows(self, blocks: BlockRange, rows: Tables) -> None:
        """Put these rows in the place of all that are stored of `blocks`, inside the caller's transaction."""
        span = {"low": blocks.from_block, "high": blocks.to_block}
        for table in self.protocol.summed_tables:
            self.execute(
                f'DELETE FROM lake."{table}" WHERE {self.protocol.block_column(table)} BETWEEN $low AND $high',  # noqa: S608 - our own names
                span,
            )
            if table in rows:
                self.append(table, rows[table])

    def hand_out(self, data_dir: Path) -> str:
        """Attach the lake of `data_dir` anew for others who get this connection: its files can be read alone.

        Returns what the names of files below `lake` and `epochs` of that folder begin with from now on.
        """
        from indexer.adapters.store.reading_files import READING, ReadingFiles

        folders = [data_dir / name for name in ("lake", "epochs")]
        with translated():
            self._connection.register_filesystem(ReadingFiles(folders))
            self._connection.execute("DETACH lake")
            self._connection.execute(attach_text(self.uri, folders[0], read_only=True, files=READING))
        return READING

    def forget_broken_files(self) -> list[tuple[str, int, str, str]]:
        """Take files out of the catalog that are missing or cannot be read: table, first block, file, what is wrong."""
        from indexer.adapters.store.broken_files import forget_broken_files  # an audit's; it reads Parquet by itself

        self.ensure_writer()
        return forget_broken_files(self)

    def count_more_logs(self, counts: pa.Table) -> None:
        """Add `more` logs that count to the stored blocks `number`, inside the caller's transaction."""
        with self.registered("incoming", counts):
            self.execute(load_sql("lake/count_more_logs"))

    def merge_small_files(self) -> None:
        """Merge what many small commits left, where it is much; UnsoundError if a row would change by it."""
        if merge_small_files(self) and (final := self.finalized_head()) is not None:
            shorten_ledger(self, final.number)

    def last_block(self) -> BlockRef | None:
        """Return the last block that is stored, the cursor; None for an empty lake."""
        return self.remembered("last_block", lambda: self._block("lake/last_block"))

    def finalized_head(self) -> BlockRef | None:
        """Return the greatest block that is stored as it was seen to be final; None if none is.

        One that was called final before it was stored is final only if the block stored there is the same.
        """
        return self.remembered("finalized_head", self._finalized_head)

    def _finalized_head(self) -> BlockRef | None:
        for greatest in self.query(load_sql("lake/final_number")).to_pylist():
            for low in (greatest["number"], 0):  # as a rule the greatest is stored, and no other file is opened
                seen = self.query(load_sql("lake/final_blocks"), {"low": low, "high": greatest["number"]}).to_pylist()
                for row in seen:
                    stored = self._block("lake/block", {"number": row["number"]})
                    if stored is not None and stored.hash == row["hash"]:
                        return stored
        return None

    def _block(self, name: str, params: Mapping[str, object] | None = None) -> BlockRef | None:
        rows = self.query(load_sql(name), params).to_pylist()
        return BlockRef(BlockNumber(rows[0]["number"]), Hash32(rows[0]["hash"])) if rows else None


def open_lake(uri: str, data_dir: Path, protocol: Protocol, *, read_only: bool = False) -> Lake:
    """Open the lake of `data_dir/lake`, a protocol's, whose catalog is schema `lake` of the database `uri`.

    A writer brings the lake to its present form and holds the writer's lock until it closes: RetryLaterError if
    another one has it. Should that lock not hold, a commit still fails where anybody committed since its transaction
    began: the catalog's snapshots are numbered by their primary key, and no commit is tried again on top of another's.
    Where their snapshots were expired as well, it does not: a DELETE may be lost then, and is missed by `transaction`.
    A reader needs a lake that exists and has that form: RetryLaterError otherwise.
    """
    writer = None if read_only else _take_writer_lock(uri)
    try:
        folder = data_dir / "lake"
        if not read_only:
            (folder / "main").mkdir(parents=True, exist_ok=True)  # DuckDB takes a backslash of its path for a separator
        _refuse_pipes(folder)
        connection = _connect_duckdb(data_dir, _READER_MEMORY if read_only else _WRITER_MEMORY)
        connection.execute("SET threads = $threads", {"threads": _THREADS})
        if not read_only:
            connection.execute("SET ducklake_max_retry_count = 0")  # a commit builds on what it has read, or fails
        _attach(connection, uri, folder, read_only=read_only)
        second_names = None if read_only else SecondNames(folder, data_dir / "lake.kept")
        lake = Lake(connection, uri, protocol, writer, second_names)
        if second_names is not None:
            second_names.recover(lambda: lake.query(load_sql("lake/committed_files")).column("path").to_pylist())
        _verify_folder(lake, folder, data_dir / "lake.kept")
        if second_names is not None:
            lake.updates = update_lake(lake, folder)
        else:
            verify_form(lake)
    except BaseException:
        if writer is not None:
            writer.close()
        raise
    return lake


def has_lake(connection: psycopg.Connection[Any]) -> bool:
    """Return whether a database holds the catalog of a lake; nothing is written."""
    row = connection.execute("SELECT to_regclass('lake.ducklake_snapshot')").fetchone()
    return row is not None and row[0] is not None


def _refuse_pipes(folder: Path) -> None:
    """Raise UnsoundError for a pipe or a device where a file of rows was: whoever opens it may wait for ever."""
    for table in filter(Path.is_dir, (folder / "main").glob("*")):
        with os.scandir(table) as entries:
            odd = [entry.path for entry in entries if not entry.is_file(follow_symlinks=False)]
        for path in odd:
            with suppress(OSError):  # a link to nothing, or to itself, is a file that is missing
                mode = os.stat(path).st_mode
                if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                    raise UnsoundError(
                        "what lies in the lake is no file",
                        expected="a file",
                        got="a pipe or a device",
                        where=path,
                        remedy="remove it, then run `pozk index --audit`, which fetches its rows again",
                    )


def _verify_folder(lake: Lake, folder: Path, beside: Path) -> None:
    """Raise InputError if none of the catalog's files is in either folder: the database is another data_dir's.

    Where the newest one alone is missing, files were lost or are those of an older copy, which an audit mends.
    """
    for most in (1, _ALL_FILES):
        paths = lake.query(load_sql("lake/newest_files"), {"most": most}).column("path").to_pylist()
        if not paths or any((folder / path).exists() or (beside / path).exists() for path in paths):
            return
    raise InputError(
        "the database belongs to the lake of another data_dir",
        expected=paths[0],
        got="no such file",
        where=str(folder),
        remedy="use the data_dir of this lake, or another database",
    )


def _take_writer_lock(uri: str) -> psycopg.Connection[Any]:
    with translated_database("the lake's catalog"):
        writer = hold_lock(uri, _WRITER_LOCK)
        if writer is None:
            where, remedy = hide_password(uri), "stop it or wait until it is done"
            raise RetryLaterError("another indexer writes to this lake", where=where, remedy=remedy)
        try:
            row = writer.execute(load_sql("database/may_index").encode()).fetchone()
            if row is None or not row[0]:
                raise only_reads("no right to write to schema lake", hide_password(uri))
        except BaseException:
            writer.close()
            raise
    return writer


def _connect_duckdb(data_dir: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    connection = connect_with("ducklake", "postgres_scanner")
    spill = data_dir / "spill"
    connection.execute("SET memory_limit = $limit", {"limit": memory_limit})
    connection.execute("SET temp_directory = $folder", {"folder": str(spill)})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def attach_text(uri: str, folder: Path, *, read_only: bool, files: str = "") -> str:
    """Return the statement that attaches a lake as `lake`; what its files are named by begins with `files`."""
    quoted = uri.replace("'", "''")
    path = f"{files}{folder.resolve()}".replace("'", "''")
    # OVERRIDE_DATA_PATH: a data directory may be moved. Inlining off: every row is in a file.
    options = f"DATA_PATH '{path}', METADATA_SCHEMA 'lake', OVERRIDE_DATA_PATH true, DATA_INLINING_ROW_LIMIT 0"
    mode = ", READ_ONLY" if read_only else ""
    return f"ATTACH 'ducklake:postgres:{quoted}' AS lake ({options}{mode})"


def _attach(connection: duckdb.DuckDBPyConnection, uri: str, folder: Path, *, read_only: bool) -> None:
    try:
        with translated():
            connection.execute(attach_text(uri, folder, read_only=read_only))
    except UnsoundError as error:
        if read_only:
            raise RetryLaterError("there is no lake yet", got=error.got, remedy="run pozk index first") from error
        raise
