"""The folder of parts of epochs: one folder an epoch, locked by who fills it; what killed runs left is swept."""

import fcntl
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from indexer.words.errors import RetryLaterError

_DOOR = ".door"
_OWNER = ".owner"


class EpochFolder:
    """A folder of its own under `room`, which goes with the last who holds this.

    Whoever makes one sweeps the room first: a folder that nobody holds is of a run that was killed. RetryLaterError
    where the disk refuses.
    """

    def __init__(self, room: Path) -> None:
        try:
            room.mkdir(parents=True, exist_ok=True)
            with (room / _DOOR).open("w") as door:  # so that no folder is seen between its birth and its lock
                fcntl.flock(door, fcntl.LOCK_EX)
                _sweep(room)
                self._folder = TemporaryDirectory(dir=room, ignore_cleanup_errors=True)
                self._owner = _lock(self.path)
        except OSError as error:
            raise RetryLaterError(
                "there is no room for the parts of an epoch",
                expected="a folder that takes files and locks",
                got=str(error),
                where=str(room),
                remedy="make room there, or let it be written to, and call again",
            ) from error

    @property
    def path(self) -> Path:
        """Return where it lies."""
        return Path(self._folder.name)


def _sweep(room: Path) -> None:
    """Remove the folders that nobody holds."""
    for folder in room.iterdir():
        if folder.is_dir() and not _is_held(folder):
            shutil.rmtree(folder, ignore_errors=True)  # what an executor still writes goes the next time


def _is_held(folder: Path) -> bool:
    try:
        _lock(folder).close()
    except OSError:
        return True
    return False


def _lock(folder: Path) -> IO[str]:
    """Return the lock of a folder, held until it is closed; OSError where another holds it."""
    owner = (folder / _OWNER).open("w")
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner.close()
        raise
    return owner
