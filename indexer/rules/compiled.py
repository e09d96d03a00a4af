"""Numba's decorator for our kernels, with a cache that knows all of them. Importing this module loads numba.

Numba's cache looks at a kernel's own file alone: it would go on using a caller compiled with what a called kernel was
before. Ours lies in a folder named by a digest of every file that holds a kernel. NUMBA_CACHE_DIR moves it.
"""

import hashlib
import os
from pathlib import Path

import numba
from numba import njit

__all__ = ["njit"]
_PACKAGES = Path(__file__).resolve().parent.parent.parent


def kernel_digest(packages: Path) -> str:
    """Return 16 hex digits of the sources of all kernels in the `rules` of the packages in a folder."""
    digest = hashlib.sha256()
    for path in sorted(packages.glob("*/rules/*.py")):
        text = path.read_bytes()
        if b"njit" in text:
            digest.update(b"%d %s\n" % (len(text), path.relative_to(packages).as_posix().encode()) + text)
    return digest.hexdigest()[:16]


def _cache_folder() -> Path:
    """Return the folder of these kernels: beside this module, or where that is read-only in the user's cache."""
    name = f"kernels-{kernel_digest(_PACKAGES)}"
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        return Path(given) / name
    beside = Path(__file__).resolve().parent / "__pycache__"
    if os.access(beside if beside.exists() else beside.parent, os.W_OK):
        return beside / name
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pozk-oracle" / name


numba.config.CACHE_DIR = str(_cache_folder())  # type: ignore[attr-defined]
