"""What a process is told before it loads anything heavy, and before it ends."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

_OBJECTS_BETWEEN_COLLECTIONS = 200_000  # imports make some 300,000 that stay; looking through them costs 0.3 s


@contextmanager
def light_process() -> Iterator[None]:
    """Collect garbage rarely, at the end not at all, and keep numpy's linear algebra from starting threads."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 100)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        yield
    finally:
        gc.freeze()
