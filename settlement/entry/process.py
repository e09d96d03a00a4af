"""What a process is told before it loads anything heavy."""

import gc
import os

_OBJECTS_BETWEEN_COLLECTIONS = 200_000  # imports make some 300,000 that stay; looking through them costs 0.3 s


def prepare_process() -> None:
    """Collect garbage rarely, and keep numpy's linear algebra, which is not used here, from starting threads."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 100)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
