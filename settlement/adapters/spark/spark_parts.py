"""The parts of an epoch on the executors: these write each row to its part and do what is done with a part there, by
Arrow and our kernels; the driver is told sums, digests and the roots of subtrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow.parquet as pq

from indexer.words.errors import PozkError
from settlement.adapters.spark.lake_files import spark_path
from settlement.adapters.spark.session import translated
from settlement.adapters.store.folder_parts import FolderParts
from settlement.adapters.store.part_files import APPS, PartFiles
from settlement.rules.epoch.part_stages import PARTS
from settlement.rules.facts.aggregates import (
    KIND_MINER,
    KIND_USER,
    Aggregates,
    aggregates_from_arrow,
    arrange_aggregates,
    join_aggregates,
    no_aggregates,
)
from settlement.rules.second_reading.shards import sketch_aggregates

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from settlement.ports.engine import Params

T = TypeVar("T")
TASKS_PER_CORE = 4
_PART = "part"
_PART_OF = f"CASE WHEN kind IN (1, 2) THEN lower(hex(substring(account, 1, 1))) ELSE '{APPS}' END"


class SparkParts(FolderParts):
    """The parts of one epoch, in a folder that the driver and all executors reach by the same path.

    `frame_of` is a step as Spark will run it.
    """

    def __init__(
        self, room: Path, session: Callable[[], SparkSession], frame_of: Callable[[str, Params], DataFrame]
    ) -> None:
        self._session, self._frame_of = session, frame_of
        super().__init__(room, self._run_on_executors)

    def fill(self, name: str, params: Params) -> Aggregates:
        """Put the rows of miners and users of a step into their parts; return the others, of apps."""
        frame = self._frame_of(name, params)
        folder = self.files.folder / "written"
        with translated():
            keyed = frame.selectExpr(f"{_PART_OF} AS {_PART}", "kind", "app", "account", "x", "stake")
            slices = min(PARTS, int(self._session().conf.get("spark.sql.shuffle.partitions") or PARTS))
            keyed.repartition(slices, _PART).write.partitionBy(_PART).parquet(spark_path(str(folder)))
        names = [path.name.removeprefix(f"{_PART}=") for path in folder.glob(f"{_PART}=*")]
        self.filled = sorted(int(name, 16) for name in names if name != APPS)
        sketches = self._run_on_executors(partial(_take_in, self.files), self.filled)
        miners, users = (sum(of_part[kind] for of_part in sketches) % (1 << 64) for kind in range(2))
        self.sketches = (miners, users)
        return _written_rows(self.files, APPS)

    def _run_on_executors(self, work: Callable[[int], T], numbers: Sequence[int]) -> list[T]:
        """Return what each number came to, in order; the first error that an executor met is raised."""
        with translated():
            context = self._session().sparkContext
            slices = min(len(numbers), TASKS_PER_CORE * context.defaultParallelism)
            rows = context.parallelize(numbers, slices) if numbers else context.emptyRDD()
            found: list[Any] = rows.mapPartitions(partial(_do_all, work)).collect()
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


def _take_in(files: PartFiles, part: int) -> tuple[int, int]:
    """Store the rows of a part in the one order that any sequence of them is brought into; return their sketches."""
    rows = arrange_aggregates(_written_rows(files, f"{part:02x}"))
    files.save_rows(part, rows)
    return sketch_aggregates(rows, KIND_MINER), sketch_aggregates(rows, KIND_USER)


def _written_rows(files: PartFiles, name: str) -> Aggregates:
    """Return the rows that Spark wrote of a part."""
    folder = files.folder / "written" / f"{_PART}={name}"
    tables = [pq.read_table(path, partitioning=None) for path in sorted(folder.glob("*.parquet"))]
    return join_aggregates([no_aggregates(), *map(aggregates_from_arrow, tables)])
