"""What the operating system refuses, as an error with its class."""

import errno
import os

from indexer.words.errors import InputError, PozkError, RetryLaterError

_WAITING_HELPS = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EIO)


def operating_system_error(error: OSError) -> PozkError:
    """Return what the operating system refused as an error with its class: waiting helps, or the input is wrong."""
    kind = RetryLaterError if error.errno in _WAITING_HELPS else InputError
    said = error.strerror or str(error) or type(error).__name__
    where = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    return kind("the operating system refuses", got=said, where=where)
