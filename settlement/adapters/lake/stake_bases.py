"""The sums of all stake changes up to a settled epoch, so that the next epoch reads only the changes after it."""

import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from indexer.words.errors import RetryLaterError
from indexer.words.quantities import Epoch, Hash32


class FolderStakeBases:
    """The newest base, one file in a folder, named by its epoch, that epoch's reference block and its own sha256.

    Only what the journal knows by this sha256 is begun with, whatever lies in the folder. It only ever saves
    reading: whoever finds none reads the whole history, to the same sums, and whoever verifies does so anyway.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, epoch: Epoch, block: Hash32, sha256: bytes) -> pa.Table | None:
        """Return the sums after an epoch; None unless the file of this epoch and block is there, byte for byte."""
        path = self._folder / _name(epoch, block, sha256)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(path, error) from error
        is_whole = hashlib.sha256(content).digest() == sha256
        return pq.read_table(pa.BufferReader(content)) if is_whole else None

    def save(self, epoch: Epoch, block: Hash32, sums: pa.Table) -> bytes:
        """Store the sums after an epoch in place of what was there; RetryLaterError if the disk refuses.

        Returns the sha256 of the file, which is in its name: a half-written file is none, and any number of processes
        and threads may save at once.
        """
        sink = pa.BufferOutputStream()
        pq.write_table(sums, sink, compression="snappy")
        content = sink.getvalue()
        sha256 = hashlib.sha256(content).digest()
        kept = self._folder / _name(epoch, block, sha256)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with kept.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._remove_all(kept)
        except OSError as error:
            raise _refused(kept, error) from error
        return sha256

    def clear(self) -> None:
        """Remove what is there: the next epoch reads the whole history."""
        self._remove_all(None)

    def _remove_all(self, kept: Path | None) -> None:
        for path in self._folder.glob("*"):
            if path != kept:
                path.unlink(missing_ok=True)


def _name(epoch: Epoch, block: Hash32, sha256: bytes) -> str:
    return f"{epoch:08d}-{block.hex()}-{sha256.hex()}.parquet"


def _refused(path: Path, error: OSError) -> RetryLaterError:
    return RetryLaterError(
        "the sums of the stakes cannot be kept",
        got=str(error),
        where=str(path),
        remedy="make room there, or let it be written to, and call again",
    )
