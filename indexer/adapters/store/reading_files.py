"""The files of a lake for a DuckDB that is handed out: it reads them by a name of ours, and can write none.

DuckDB has folders that it may open, and no folders that it may only read. So a connection of others does not get the
lake's folder: it gets a file system that opens files for reading alone, below `reading://`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from fsspec import AbstractFileSystem

READING = "reading://"


class ReadingFiles(AbstractFileSystem):  # type: ignore[misc]
    """The files below some folders, named `reading:///absolute/path`. What it is not asked to write it cannot write:
    of fsspec's ways to change files it has none."""

    protocol = READING.removesuffix("://")
    cachable = False  # one a connection: its folders are its own

    def __init__(self, folders: Sequence[Path]) -> None:
        super().__init__()
        self._folders = tuple(f"{folder.resolve()}{os.sep}" for folder in folders)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix(READING)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> BinaryIO:
        if mode != "rb":
            raise PermissionError(f"expected a file to be read, got mode {mode} for {path}")
        return open(self._place(path), "rb")

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Return name, size in bytes, kind and time of a file; FileNotFoundError if there is none."""
        found = os.stat(self._place(path))
        kind = "directory" if os.path.isdir(self._place(path)) else "file"
        return {"name": self._strip_protocol(path), "size": found.st_size, "type": kind, "mtime": found.st_mtime}

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """Return what is in a folder: names, or what `info` says of each."""
        names = [os.path.join(self._strip_protocol(path), name) for name in sorted(os.listdir(self._place(path)))]
        return [self.info(name) for name in names] if detail else names

    def modified(self, path: str) -> datetime:
        """Return when a file was last written."""
        return datetime.fromtimestamp(self.info(path)["mtime"], UTC)

    def _place(self, path: str) -> str:
        """Return the path of a file here; PermissionError outside of the folders."""
        place = os.path.abspath(self._strip_protocol(path))
        if not f"{place}{os.sep}".startswith(self._folders):
            raise PermissionError(f"expected a file below {' or '.join(self._folders)}, got {place}")
        return place
