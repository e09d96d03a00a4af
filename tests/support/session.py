"""What the workers of one run share: the first that needs it makes it, the others find it."""

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path


def shared_folder(factory) -> Path:
    """Return the folder of this run that all its workers see."""
    folder = factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@contextmanager
def one_at_a_time(path: Path):
    """Let one worker at a time into the block that `path` names."""
    with Path(f"{path}.alone").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
