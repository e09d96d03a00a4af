"""Files that people name: read whole, within bounds. A device that never ends is none."""

import io
import os
import stat
from pathlib import Path
from typing import BinaryIO

from indexer.words.errors import InputError


def open_input(path: Path) -> BinaryIO:
    """Open a file or pipe for reading; InputError for a device other than a terminal, OSError where it cannot be."""
    file = path.open("rb")
    mode = os.fstat(file.fileno()).st_mode
    if (stat.S_ISCHR(mode) and not file.isatty()) or stat.S_ISBLK(mode):
        file.close()
        raise InputError("cannot be read as a file", expected="a file or a pipe", got="a device", where=str(path))
    return file


def read_input(path: Path, most_bytes: int) -> bytes:
    """Return all of a file or pipe; InputError for more than `most_bytes`, OSError where it cannot be read."""
    with open_input(path) as file:
        return read_bounded(file, most_bytes, str(path))


def read_bounded(file: BinaryIO, most_bytes: int, where: str) -> bytes:
    """Return all that is left of an open file; InputError for more than `most_bytes`."""
    content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise InputError("too long to be read", expected=f"at most {most_bytes} bytes", got="more", where=where)
    return content


def open_text(path: Path) -> io.TextIOWrapper:
    """Open a file or pipe of UTF-8 text, with or without a byte order mark; lines end as they do."""
    return io.TextIOWrapper(open_input(path), encoding="utf-8-sig", newline="")
