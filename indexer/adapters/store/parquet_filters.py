"""Parquet files without Bloom filters: DuckDB 1.5 finds too few rows by them where bytes are compared.

Why so and not otherwise: docs/decisions/0001-bloom-filters.md.
"""

from __future__ import annotations

import os
from pathlib import Path

from indexer.rules.stored.parquet_footer import filter_places
from indexer.words.errors import RetryLaterError, UnsoundError

_MAGIC = b"PAR1"
_TAIL = 8  # the footer's size u32le and the magic


def remove_filters(path: Path) -> int:
    """Hide the Bloom filters of one file from every reader, in place; return how many there were.

    Size and rows stay. Killed at any moment it leaves a file that is whole, and may be called again. RetryLaterError if
    the disk refuses, UnsoundError if it is no Parquet file.
    """
    try:
        with path.open("r+b") as file:
            start, footer = _load_footer(file.fileno(), path)
            places = filter_places(footer)
            for place, byte in places:
                os.pwrite(file.fileno(), bytes([byte]), start + place)
            if places:
                os.fdatasync(file.fileno())
    except OSError as error:
        raise RetryLaterError(
            "a file of the lake cannot be rewritten", got=str(error.strerror), where=str(path), remedy="check the disk"
        ) from error
    except ValueError as error:
        raise _no_parquet(path, str(error)) from error
    return len(places)


def _load_footer(file: int, path: Path) -> tuple[int, bytes]:
    """Return where the footer begins, and its bytes."""
    size = os.fstat(file).st_size
    tail = os.pread(file, _TAIL, max(0, size - _TAIL))
    length = int.from_bytes(tail[:4], "little")
    start = size - _TAIL - length
    if tail[4:] != _MAGIC or start < len(_MAGIC):
        raise _no_parquet(path, f"{size} bytes that end otherwise")
    return start, os.pread(file, length, start)


def _no_parquet(path: Path, got: str) -> UnsoundError:
    return UnsoundError(
        "a file of the lake is broken",
        expected="Parquet",
        got=got,
        where=str(path),
        remedy="run `pozk index --audit`, which fetches its rows again",
    )
