"""The second reading on the executors: each reads files of ours with Arrow and our kernels, and sends sums alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any

from indexer.adapters.store.parquet_rows import LakeFile
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.stored.row_sums import RowSums
from indexer.words.errors import PozkError, RetryLaterError
from settlement.adapters.lake.row_tallies import Span, Tally, tally_files
from settlement.adapters.spark.session import translated

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from settlement.adapters.spark.lake_files import StoredTable

TASKS_PER_CORE = 4
"""So that one slow file holds up little."""


def lake_files(stored: StoredTable, span: Span) -> list[LakeFile]:
    """Return the files of a table that a span reads; RetryLaterError where they were merged with later rows."""
    met = [file for file in stored.files if file.meets(int(span.starts[0]), span.last)]
    if any(file.is_partial or (file.deletions is not None and file.deletions.is_partial) for file in met):
        raise RetryLaterError(
            "files were merged while they were read", where=f"lake.{span.table}", remedy="run it again"
        )
    return [LakeFile(file.path, None if file.deletions is None else file.deletions.path) for file in met]


def tally_on_executors(
    session: SparkSession, protocol: Protocol, files: Sequence[LakeFile], span: Span, tally: Any
) -> list[RowSums]:
    """Count the rows of files in `tally` on the executors and return the sums of each range.

    Of the rows nothing is collected: the sums, the totals of each app, and what the tally keeps of its shard.
    """
    found = [RowSums()] * len(span.starts)
    with translated():
        context = session.sparkContext
        slices = min(len(files), TASKS_PER_CORE * context.defaultParallelism)
        rows = context.parallelize(files, slices) if files else context.emptyRDD()
        parts = rows.mapPartitions(partial(_tally_some, protocol, span, tally)).collect()
    for sums, part in parts:
        if isinstance(sums, PozkError):
            raise sums
        found = [one.plus(other) for one, other in zip(found, sums, strict=True)]
        tally.merge(part)
    return found


def _tally_some(
    protocol: Protocol, span: Span, empty: Tally, files: Iterable[LakeFile]
) -> Iterator[tuple[list[RowSums] | PozkError, Tally | None]]:
    """Yield the sums and the tally of some files, or the error that stopped them."""
    tally = deepcopy(empty)
    try:
        sums = tally_files(protocol, list(files), span, tally)
        tally.condense()
    except PozkError as error:
        yield error, None
        return
    yield sums, tally
