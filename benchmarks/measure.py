"""Measuring one call, and tables of what was measured."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """What a call returned, and its seconds: of all threads of this process, and of the clock on the wall."""

    result: T
    cpu_seconds: float
    wall_seconds: float


def measure(call: Callable[[], T]) -> Measured[T]:
    """Call once and measure it."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = call()
    return Measured(result, time.process_time() - cpu, time.perf_counter() - wall)


def best_of(times: int, call: Callable[[], T]) -> Measured[T]:
    """Return the call with the fewest CPU seconds: other load only ever adds."""
    return min((measure(call) for _ in range(times)), key=lambda measured: measured.cpu_seconds)


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table that is also Markdown."""
    widths = [max(len(row[place]) for row in [header, *rows]) for place in range(len(header))]
    print(f"\n## {title}\n")
    for line in [header, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |")


def seconds(value: float) -> str:
    """Return seconds with three digits that matter."""
    return f"{value:.3g} s"


def peak_megabytes() -> int:
    """Return the peak resident memory of this process so far in megabytes.

    Not by getrusage: what it says begins with the memory of the process that started this one.
    """
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


@dataclass(slots=True)
class Watched:
    """The most bytes that the files of a folder had."""

    most: int = 0


@contextmanager
def watch_size(folder: Path) -> Iterator[Watched]:
    """Look at the files of a folder ten times a second inside the block."""
    watched, done = Watched(), threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            watched.most = max(watched.most, _size_of(folder))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield watched
    finally:
        done.set()
        thread.join()


def _size_of(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a file that was spilled may be read back and removed meanwhile
            size += path.stat().st_size
    return size
