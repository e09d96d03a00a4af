"""Second names for the files of a commit, so that one whose answer was lost keeps its rows.

DuckLake deletes the files of a commit that failed. Where the connection breaks after PostgreSQL has committed, that
"failed" is wrong: the catalog would name files that are gone. Hard links beside the lake survive it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from indexer.words.errors import RetryLaterError


class SecondNames:
    """The files of the lake in `folder`, of which those of the commit under way have a second name in `beside`."""

    def __init__(self, folder: Path, beside: Path) -> None:
        self._folder, self._beside = folder, beside
        self._known: set[str] = set()

    def begin(self) -> None:
        """Remember which files there are before a transaction writes; later ones add what they have written."""
        if not self._known:
            self._known = _files_below(self._folder)

    def keep(self) -> list[Path]:
        """Give every file written since `begin` a second name, and return them; RetryLaterError if the disk refuses."""
        try:
            written = _files_below(self._folder) - self._known
            for name in written:
                _link(self._folder / name, self._beside / name)
            self._known |= written
            return [self._folder / name for name in sorted(written)]
        except OSError as error:
            raise RetryLaterError(
                "the lake's files cannot be linked",
                expected="room, and a file system with hard links",
                got=str(error.strerror),
                where=str(self._beside),
                remedy="check the disk of store.data_dir",
            ) from error

    def restore(self) -> None:
        """Give its first name back to every kept file that has lost it, after a commit of unknown outcome."""
        kept = _files_below(self._beside)
        for name in kept:
            if not (self._folder / name).exists():
                _link(self._beside / name, self._folder / name)
        self._known |= kept

    def drop(self) -> None:
        """Forget the second names: the commit is known to have come through."""
        for name in _files_below(self._beside):
            (self._beside / name).unlink()

    def recover(self, load_committed: Callable[[], Iterable[str]]) -> None:
        """Clear up after an earlier process: keep the files that the catalog names, remove the others.

        `load_committed` returns the base names of the files in the catalog; it is called only if anything was kept.
        """
        kept = _files_below(self._beside)
        if not kept:
            return
        self.restore()
        committed = set(load_committed())
        for name in kept:
            if Path(name).name not in committed:
                (self._folder / name).unlink()
        self.drop()


def _files_below(folder: Path) -> set[str]:
    """Return the paths of all files below a folder, relative to it."""
    return set(_names_below(str(folder), ""))


def _names_below(folder: str, prefix: str) -> Iterator[str]:
    if not os.path.isdir(folder):
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_folder(entry):
                yield from _names_below(entry.path, f"{prefix}{entry.name}/")
            else:
                yield prefix + entry.name


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(source, target)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
