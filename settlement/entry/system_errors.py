"""What the operating system refuses and what nobody foresaw, as errors with a class."""

import errno
import os
import traceback
from pathlib import Path

from indexer.words.errors import InputError, PozkError, RetryLaterError, UnsoundError

_WAITING_HELPS = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EIO)


class InternalFault(UnsoundError):  # noqa: N818 - what nobody foresaw is a fault
    """A fault of this program. Exit code 1."""


def operating_system_error(error: OSError) -> InputError | RetryLaterError:
    """Return what the operating system refused as an error with its class: waiting helps, or the input is wrong."""
    kind = RetryLaterError if error.errno in _WAITING_HELPS else InputError
    said = error.strerror or str(error) or type(error).__name__
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    return kind("the operating system refuses", got=said, where=where)


def made_data_dir(folder: Path) -> Path:
    """Return the folder of store.data_dir, made where it is not there.

    InputError where it cannot be, RetryLaterError where waiting helps.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        refused = operating_system_error(error)
        raise type(refused)(
            "the data directory cannot be made",
            expected="a folder",
            got="a file" if isinstance(error, FileExistsError) else refused.got,
            where=f"store.data_dir, {folder}",
            remedy="correct store.data_dir in the configuration, or POZK_STORE_DATA_DIR",
        ) from error
    return folder


def internal_error(error: Exception) -> PozkError:
    """Return an error that nobody foresaw: where it arose, and how to see all of it."""
    if os.environ.get("POZK_TRACEBACK"):
        traceback.print_exception(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else ""
    return InternalFault(
        "a fault of pozk itself",
        got=f"{type(error).__name__}: {error}",
        where=where,
        remedy="nothing was decided; run it with POZK_TRACEBACK=1 and report what it prints",
    )
