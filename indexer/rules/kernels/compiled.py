"""Numba's decorator for our kernels, with a cache that knows all of them. Importing this module loads numba.

Numba's cache looks at a kernel's own file alone: it would go on using a caller compiled with what a called kernel was
before. Ours lies in a folder named by a digest of every file that holds a kernel (`cache_folder`).
"""

from typing import TYPE_CHECKING, Any

import numba

from indexer.rules.kernels.cache_folder import cache_folder

_FOLDER = cache_folder()
if _FOLDER is not None:
    numba.config.CACHE_DIR = str(_FOLDER)  # type: ignore[attr-defined]


if TYPE_CHECKING:
    from numba import njit as njit

    def int64(value: Any) -> int:
        """Return a number as a signed word: what addresses and positions are counted in."""
else:
    int64 = numba.int64

    def njit(*, cache: bool = False, **options: Any) -> Any:
        """Return numba's decorator; where there is no folder for a cache, each process compiles for itself."""
        return numba.njit(cache=cache and _FOLDER is not None, **options)
