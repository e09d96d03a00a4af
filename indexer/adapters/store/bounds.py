"""What a question of people may take: time, memory, and room on the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from indexer.words.errors import InputError


@dataclass(frozen=True, slots=True)
class Bounds:
    """At most so many seconds, MiB of memory (for the work, and again for the rows), MiB of files beside it."""

    seconds: int = 60
    memory_megabytes: int = 2_048
    spill_megabytes: int = 10_240


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Translate what DuckDB says where a bound is met."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise InputError(
            "the query takes too long",
            expected=f"at most {bounds.seconds} seconds",
            remedy="ask for less of it (an epoch, an account), or set query.seconds",
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise too_large(bounds) from error


def too_large(bounds: Bounds) -> InputError:
    """Return the error for a query or a result that is too large."""
    return InputError(
        "the query takes too much memory",
        expected=f"at most {bounds.memory_megabytes} MiB, and {bounds.spill_megabytes} MiB of files beside it",
        remedy="ask for less of it, or set query.memory_megabytes or query.spill_megabytes",
    )
