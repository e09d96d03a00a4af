"""The parts of an epoch on the executors: each row is handed to its part by Arrow, and what is done with a part is done
there; the driver is told sums, digests and the roots of subtrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa

from indexer.words.errors import PozkError
from settlement.adapters.spark.session import translated
from settlement.adapters.store.folder_parts import FolderParts
from settlement.adapters.store.part_files import APPS, PartFiles
from settlement.rules.columns.ordering import address_order
from settlement.rules.epoch.part_stages import PARTS
from settlement.rules.facts.aggregates import KIND_MINER, KIND_USER, Aggregates, aggregates_from_arrow
from settlement.rules.second_reading.tallies import sketch_aggregates

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from settlement.ports.engine import Params

T = TypeVar("T")
TASKS_PER_CORE = 4
_PART = "part"
_PART_OF = f"CASE WHEN kind IN (1, 2) THEN lower(hex(substring(account, 1, 1))) ELSE '{APPS}' END"
_TOLD = "part string, miners string, users string"


class SparkParts(FolderParts):
    """The parts of one epoch, in a folder that the driver and all executors reach by the same path."""

    def __init__(
        self, room: Path, session: Callable[[], SparkSession], frame_of: Callable[[str, Params], DataFrame]
    ) -> None:
        self._session, self._frame_of = session, frame_of
        super().__init__(room, self._run_on_executors)

    def fill(self, name: str, params: Params) -> Aggregates:
        """Put the rows of miners and users of a step into their parts; return the others, of apps."""
        frame = self._frame_of(name, params)
        with translated():
            columns = ("kind", "app", "account", "x", "stake")
            keyed = frame.selectExpr(f"{_PART_OF} AS {_PART}", *columns)
            slices = min(PARTS, int(self._session().conf.get("spark.sql.shuffle.partitions") or PARTS))
            told = keyed.repartition(slices, _PART).mapInArrow(partial(_store_rows, self.files), _TOLD)
            rows = [row.asDict() for row in told.collect()]
        of_parts = [row for row in rows if row[_PART] != APPS]
        self.filled = sorted(int(row[_PART], 16) for row in of_parts)
        miners, users = (sum(int(row[name]) for row in of_parts) % (1 << 64) for name in ("miners", "users"))
        self.sketches = (miners, users)
        return self.files.load_rows(APPS)

    def _run_on_executors(self, work: Callable[[int], T], numbers: Sequence[int]) -> list[T]:
        """Return what each number came to, in order; the first error that an executor met is raised."""
        with translated():
            context = self._session().sparkContext
            slices = min(len(numbers), TASKS_PER_CORE * context.defaultParallelism)
            rows = context.parallelize(numbers, slices) if numbers else context.emptyRDD()
            found = rows.mapPartitions(partial(_do_all, work)).collect()
        for each in found:
            if isinstance(each, PozkError):
                raise each
        return found


def _do_all(work: Callable[[int], T], numbers: Iterable[int]) -> Iterator[T | PozkError]:
    """Yield what each number comes to, up to the first error."""
    try:
        yield from map(work, numbers)
    except PozkError as error:
        yield error


def _store_rows(files: PartFiles, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Store the rows of each part that comes here whole; yield its name and the sketches of its rows."""
    held = [batch for batch in batches if batch.num_rows]
    if not held:
        return
    table = pa.Table.from_batches(held)
    names = table[_PART].combine_chunks().dictionary_encode()
    place, rows = names.indices.to_numpy(zero_copy_only=False), aggregates_from_arrow(table)
    for number, name in enumerate(names.dictionary.to_pylist()):
        own = _rows_at(rows, np.flatnonzero(place == number))
        files.save_rows(name if name == APPS else int(name, 16), own)
        sketches = (str(sketch_aggregates(own, kind)) for kind in (KIND_MINER, KIND_USER))
        columns = [pa.array([each]) for each in (name, *sketches)]
        yield pa.RecordBatch.from_arrays(columns, names=[_PART, "miners", "users"])


def _rows_at(rows: Aggregates, place: np.ndarray) -> Aggregates:
    """Return rows in the one order that any sequence of them is brought into."""
    order = place[address_order(rows.account[place], rows.app[place], rows.kind[place][:, None])]
    return Aggregates(rows.kind[order], rows.app[order], rows.account[order], rows.x[order], rows.stake[order])
