"""Progress of an ingestion: a bar on a terminal, plain lines otherwise; on stderr."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from settlement.entry.views.output import note

if TYPE_CHECKING:
    from rich.progress import Progress

    from indexer.flows.runs.ingest import Progress as IngestProgress

SECONDS_BETWEEN_LINES = 5.0


class BlockProgress:
    """Shows committed blocks, their rate and the time left."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._started = self._said = time.monotonic()
        if sys.stderr.isatty():
            self._bar = _make_bar()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, progress: "IngestProgress") -> None:
        """Show how far the run is."""
        done, total = progress.block - progress.from_block + 1, progress.to_block - progress.from_block + 1
        now = time.monotonic()
        rate = done / max(now - self._started, 0.001)
        if self._bar is not None:
            task = self._bar.task_ids[0] if self._bar.task_ids else self._bar.add_task("", total=total, logs=0, rate=0)
            self._bar.update(task, completed=done, logs=progress.logs, rate=rate)
            return
        if now - self._said >= SECONDS_BETWEEN_LINES or done == total:
            left = f", {(total - done) / rate:.0f} s left" if done < total else ""
            note(f"block {progress.block} of {progress.to_block}, {progress.logs:,} logs, {rate:,.0f} blocks/s{left}")
            self._said = now


def _make_bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("blocks"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[logs]:,} logs, {task.fields[rate]:,.0f} blocks/s"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
