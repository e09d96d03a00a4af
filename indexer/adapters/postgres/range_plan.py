"""Ranges on lease in PostgreSQL, and what workers have proven of them as Parquet files below the data directory.

A worker's lease is a locked row: it ends with the worker's connection, also where it is killed, and what it has
written by then counts for nothing, for the row that names the files commits together with the end of the lease.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from indexer.adapters.postgres.database import apply_migrations, connect
from indexer.adapters.postgres.database_errors import translated_database
from indexer.ports.backfill import BrokenRangeError, Evidence
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.stored.batch_rows import BatchRows
from indexer.words.blocks import BlockRange, block_range, gaps_between
from indexer.words.errors import RetryLaterError
from indexer.words.quantities import BlockNumber
from sql import load_sql

if TYPE_CHECKING:
    import psycopg

RANGE_BLOCKS = 10_000
"""Of one lease: many pieces, so that starting and ending costs little, and few enough to be done again."""
_LEAD_BLOCKS = 20_000
"""Between what is stored and the first range of the first worker: whoever follows the chain is fetching there."""
_FOLDER, _COVERAGE = "backfill", "coverage"
_LOOK_SECONDS, _PATIENCE_SECONDS = 0.1, 900.0
_FREE_LOOKS = 5
"""In turn, before nobody works on a range: who plans one leases it a moment later, over a connection of its own."""
_PLAN_LOCK = 0x706F7A6B706C616E  # "pozkplan" as a number
_WHAT = "the plan of ranges"


class PostgresRangeClaim:
    """One range that this process works on, until `connection` ends its transaction."""

    def __init__(self, connection: psycopg.Connection[Any], blocks: BlockRange, folder: Path) -> None:
        self._connection, self._blocks, self._folder = connection, blocks, folder
        self._name = f"{blocks.from_block}-{blocks.to_block}-{uuid.uuid4().hex}"
        self._batches: list[dict[str, object]] = []

    @property
    def blocks(self) -> BlockRange:
        """The range."""
        return self._blocks

    def add(self, rows: BatchRows) -> None:
        """Write the next batch into files that nobody knows of yet."""
        import pyarrow.parquet as pq

        place = self._folder / self._name / str(len(self._batches))
        digests = {}
        try:
            place.mkdir(parents=True)
            for name, table in {**rows.tables, _COVERAGE: rows.coverage}.items():
                path = place / f"{name}.parquet"
                pq.write_table(table, path, compression="zstd")
                digests[name] = _digest(path)
        except OSError as error:
            raise RetryLaterError(
                "a range cannot be kept", got=str(error.strerror), where=str(place), remedy="check the disk"
            ) from error
        self._batches.append({"folder": f"{self._name}/{len(self._batches)}", "files": digests})

    def finish(self, evidence: Evidence) -> None:
        """Name the files in the plan; RetryLaterError if the lease was lost with its connection."""
        self._end(json.dumps(self._batches), evidence)

    def release(self, evidence: Evidence) -> None:
        """Give the range up."""
        shutil.rmtree(self._folder / self._name, ignore_errors=True)
        self._end(None, evidence)

    def _end(self, staged: str | None, evidence: Evidence) -> None:
        said = {"staged": staged, "evidence": json.dumps([dict(row) for row in evidence])}
        with self._connection, translated_database(_WHAT):
            self._connection.execute(load_sql("backfill/finish").encode(), said | {"first": self._blocks.from_block})
            self._connection.execute("COMMIT")


class PostgresRangePlan:
    """The plan of ranges in the database of a lake; what is proven lies in `data_dir/backfill`."""

    def __init__(
        self,
        uri: str,
        data_dir: Path,
        *,
        size: int = RANGE_BLOCKS,
        lead: int = _LEAD_BLOCKS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._uri, self._folder = uri, data_dir / _FOLDER
        self._size, self._lead, self._sleep = size, lead, sleep
        self._has_ranges = False
        self._evidence: list[Mapping[str, object]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "_connection" in self.__dict__:
            self._connection.close()

    @cached_property
    def _connection(self) -> psycopg.Connection[Any]:
        """The connection, opened when it is first needed: a run with nothing to do needs none."""
        return connect(self._uri)

    def claim(self, first: BlockNumber, last: BlockNumber, settings: IngestSettings) -> PostgresRangeClaim | None:
        """Lease the next whole range within the blocks `first` to `last`; None where there is none."""
        if not self._has_ranges:
            apply_migrations(self._connection, _FOLDER)
            self._has_ranges = True
        bounds = {"first": first, "last": last, "size": self._size, "lead": self._lead}
        wanted = bounds | {"proven_as": _proven_as(settings)}
        while True:
            claim = self._lease(wanted)
            if claim is not None or not self._plan_another(wanted):
                return claim

    def next_from(self, first: BlockNumber) -> BlockRange | None:
        """Return the next range that begins at `first` or above; those that begin below are forgotten."""
        if not self._is_there():
            return None
        self._forget("forget_below", first)
        rows = self._rows("next", {"first": first})
        return block_range(*rows[0]) if rows else None

    def take(self, blocks: BlockRange, settings: IngestSettings) -> Iterator[BatchRows]:
        """Wait for the holder of a range, and yield its batches, each as it was written, without a gap."""
        try:
            batches = json.loads(self._wait(blocks, settings))
            lines = [BatchRows(self._read(batch, _COVERAGE), {}) for batch in batches]
            if gaps_between((each.blocks for each in lines), blocks):
                raise BrokenRangeError("a worker's range is not whole", where=str(blocks))
            for line, batch in zip(lines, batches, strict=True):
                names = [name for name in batch["files"] if name != _COVERAGE]
                yield BatchRows(line.coverage, {name: self._read(batch, name) for name in names})
        except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
            raise BrokenRangeError("a worker's files are damaged", got=repr(error), where=str(blocks)) from error

    def drop(self, blocks: BlockRange) -> Evidence:
        """Forget a range, unless somebody holds it, and return what nodes said wrongly about it."""
        self._forget("forget", blocks.from_block)
        said, self._evidence = self._evidence, []
        return said

    def _lease(self, wanted: Mapping[str, object]) -> PostgresRangeClaim | None:
        connection = connect(self._uri)
        try:
            with translated_database(_WHAT):
                connection.execute("BEGIN")
                for setting in ("database/no_timeouts", "backfill/keepalives"):
                    connection.execute(load_sql(setting).encode())
                row = connection.execute(load_sql("backfill/claim").encode(), wanted).fetchone()
        except BaseException:
            connection.close()
            raise
        if row is None:
            connection.close()
            return None
        return PostgresRangeClaim(connection, block_range(row[0], row[1]), self._folder)

    def _plan_another(self, wanted: Mapping[str, object]) -> bool:
        """Add a range behind the others; return whether there was room for one."""
        with translated_database(_WHAT), self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_PLAN_LOCK,))
            return bool(self._rows("plan", wanted))

    def _is_there(self) -> bool:
        """Return whether any worker was ever here."""
        self._has_ranges = self._has_ranges or bool(self._rows("has_ranges", {})[0][0])
        return self._has_ranges

    def _wait(self, blocks: BlockRange, settings: IngestSettings) -> str:
        """Return what lies there of a range, when its holder is done."""
        first, until, free = {"first": blocks.from_block}, time.monotonic() + _PATIENCE_SECONDS, 0
        while True:
            free = free + 1 if self._rows("is_free", first) else 0  # asked first: who finishes meanwhile is done
            for proven, staged in self._rows("look", first):
                if proven != _proven_as(settings):
                    raise BrokenRangeError("a worker proves otherwise", expected=_proven_as(settings), got=proven)
                if staged is not None:
                    return str(staged)
            if free >= _FREE_LOOKS or time.monotonic() > until or not self._rows("look", first):
                raise BrokenRangeError("nobody works on a range", where=str(blocks))
            self._sleep(_LOOK_SECONDS)

    def _read(self, batch: Mapping[str, Any], name: str) -> pa.Table:
        """Return the rows of a file; ValueError where it is not the one that was written."""
        import pyarrow.parquet as pq

        data = (self._folder / batch["folder"] / f"{name}.parquet").read_bytes()
        if hashlib.sha256(data).hexdigest() != batch["files"][name]:
            raise ValueError(f"{batch['folder']}/{name}.parquet is not as it was written")
        return pq.read_table(pa.BufferReader(data))

    def _forget(self, statement: str, first: BlockNumber) -> None:
        for low, high, said in self._rows(statement, {"first": first}):
            for place in self._folder.glob(f"{low}-{high}-*"):
                shutil.rmtree(place, ignore_errors=True)
            self._evidence += json.loads(said)

    def _rows(self, statement: str, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        with translated_database(_WHAT):
            return self._connection.execute(load_sql(f"backfill/{statement}").encode(), values).fetchall()


def _proven_as(settings: IngestSettings) -> str:
    """Return which settings a range must be proven by to be committed."""
    return f"{settings.level} {settings.kinds_digest()}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
