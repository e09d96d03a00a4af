"""Spark as the engine that aggregates: the protocol's portable steps over one snapshot of the lake.

A step that reads proofs or stakes, or what such a step left, runs on the cluster. What governance set, which blocks
there are, and the steps that no settlement runs are asked of DuckDB, on a connection that holds the same snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from settlement.adapters.lake.duckdb_engine import DuckdbEngine, DuckdbSnapshot
from settlement.adapters.lake.row_tallies import Span, Tally
from settlement.adapters.spark.column_types import from_spark, to_spark
from settlement.adapters.spark.lake_files import PinnedLake, StoredTable, load_table, pin_lake
from settlement.adapters.spark.session import open_session, own_session, translated
from settlement.adapters.spark.spark_parts import SparkParts
from settlement.adapters.spark.spark_tallies import lake_files, tally_on_executors
from settlement.adapters.spark.statements import Blocks, is_portable, spark_statement, tables_named
from settlement.ports.engine import Params

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    from indexer.adapters.store.lake import Lake
    from indexer.rules.stored.row_sums import RowSums


class SparkSnapshot:
    """Steps over one snapshot, in a session of its own that the first large one opens.

    What large steps leave are views, computed once and kept on the executors.
    """

    def __init__(self, engine: SparkEngine, inner: DuckdbSnapshot, pinned: PinnedLake) -> None:
        self.lake = inner.lake
        self._engine, self._inner, self._pinned = engine, inner, pinned
        self._tables: dict[str, StoredTable] = {}
        self._left: dict[str, DataFrame] = {}
        self._small: set[str] = set()
        self._handed: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @cached_property
    def _session(self) -> SparkSession:
        return own_session(self._engine.session)

    @property
    def tallies(self) -> SparkSnapshot:
        """Return who reads the rows a second time."""
        return self

    def tally(self, span: Span, tally: Tally) -> list[RowSums]:
        """Have rows counted in `tally`, of large tables on the executors; return the sums of each range."""
        if span.table not in self.lake.protocol.large:
            return self._inner.tallies.tally(span, tally)
        files = lake_files(self._stored(span.table), span)
        return tally_on_executors(self._session, self.lake.protocol, files, span, tally)

    def begin_parts(self) -> SparkParts:
        """Return parts for the rows of an epoch, empty."""
        return SparkParts(
            self._engine.room, lambda: self._session, lambda name, params: self.frame(self._inner.text(name), params)
        )

    def list_steps(self, folder: str) -> list[str]:
        """Return the names of the protocol's steps in a folder of its own, ascending."""
        return self._inner.list_steps(folder)

    def materialize(self, name: str, params: Params, table: str | None = None) -> None:
        """Run a step into a view, or a table of DuckDB, for later steps, named after it if not otherwise."""
        text, named = self._inner.text(name), table or name.rsplit("/", 1)[-1]
        if self._is_large(text):
            self._leave(named, self.frame(text, params))
        else:
            self._inner.materialize(name, params, table)
            self._small.add(named)

    def materialize_rows(self, table: str, rows: pa.Table) -> None:
        """Make rows a view for later steps."""
        with translated():
            self._leave(table, self._session.createDataFrame(to_spark(rows)))

    def table(self, name: str, params: Params) -> pa.Table:
        """Return the rows of a step as columns."""
        text = self._inner.text(name)
        if self._is_large(text):
            frame = self.frame(text, params)
            with translated():
                return from_spark(frame.toArrow())
        self._hand_over(text)
        return self._inner.table(name, params)

    def rows(self, name: str, params: Params) -> list[dict[str, Any]]:
        """Return the rows of a step as dictionaries, for steps of few rows."""
        rows: list[dict[str, Any]] = self.table(name, params).to_pylist()
        return rows

    def close(self) -> None:
        """Let the snapshot go, with what steps left."""
        with translated():
            for frame in self._left.values():
                frame.unpersist()
        self._left.clear()
        self._inner.close()

    def _is_large(self, text: str) -> bool:
        """Return whether a step reads what may not fit one machine, and Spark can run it."""
        named, large = tables_named(text), {f"lake.{table}" for table in self.lake.protocol.large}
        return is_portable(text) and bool(large & named or self._left.keys() & named)

    def frame(self, text: str, params: Params) -> DataFrame:
        """Return a portable statement as Spark will run it."""
        for name in sorted(tables_named(text) & self._small - self._left.keys()):
            self.materialize_rows(name, self._inner.lake.query(f"SELECT * FROM {name}"))  # noqa: S608 - our own names
        statement = spark_statement(text, params, self.lake.protocol.block_column, self._view)
        with translated():
            return self._session.sql(statement)

    def _view(self, table: str, blocks: Blocks) -> str:
        """Return the name of a view of a table's files that may hold some blocks."""
        from settlement.adapters.spark.lake_tables import read_table

        stored = self._stored(table)
        files = [file for file in stored.files if file.meets(blocks.low, blocks.high)]
        name = f"lake_{table}_{blocks.low}_{blocks.high}"
        with translated():
            read_table(self._session, self._pinned, stored, files).createOrReplaceTempView(name)
        return name

    def _stored(self, table: str) -> StoredTable:
        if table not in self._tables:
            column = self.lake.protocol.block_column(table)
            self._tables[table] = load_table(self.lake, self._pinned, table, column)
        return self._tables[table]

    def _leave(self, name: str, frame: DataFrame) -> None:
        with translated():
            kept = frame.persist()
            kept.createOrReplaceTempView(name)
        self._left[name] = kept
        self._handed.discard(name)

    def _hand_over(self, text: str) -> None:
        """Give DuckDB the tables that a step names of what Spark's steps left."""
        for name in sorted(tables_named(text) & self._left.keys() - self._handed):
            with translated():
                rows = from_spark(self._left[name].toArrow())
            self._inner.materialize_rows(name, rows)
            self._handed.add(name)


class SparkEngine:
    """Pins states of one lake for a cluster, whose session is opened when it is first needed, once for the process.

    `room` is a folder that the driver and the executors reach by the same path: parts of epochs lie there for a while.
    """

    def __init__(self, lake: Lake, master: str, config: Mapping[str, str], room: Path) -> None:
        self._inner, self._master, self._config, self.room = DuckdbEngine(lake), master, config, room

    @cached_property
    def session(self) -> SparkSession:
        """Return the process's session."""
        return open_session(self._master, self._config)

    def pin(self) -> SparkSnapshot:
        """Return the newest state; RetryLaterError where the lake cannot be reached."""
        inner = self._inner.pin()
        try:
            return SparkSnapshot(self, inner, pin_lake(inner.lake))
        except BaseException:
            inner.close()
            raise
