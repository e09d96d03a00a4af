"""Where compiled kernels are kept: a folder named by a digest of all that hold one. NUMBA_CACHE_DIR moves it.

What else of a process holds for the next one lies beside it.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

_PACKAGES = Path(__file__).resolve().parents[3]
COMPLETE = "complete"
"""The file in that folder that says that all kernels were compiled ahead."""


def kernel_digest(packages: Path) -> str:
    """Return 16 hex digits of the sources of all kernels in the `rules` of the packages in a folder."""
    digest = hashlib.sha256()
    for path in sorted(packages.glob("*/rules/**/*.py")):
        text = path.read_bytes()
        if b"njit" in text:
            digest.update(b"%d %s\n" % (len(text), path.relative_to(packages).as_posix().encode()) + text)
    return digest.hexdigest()[:16]


def find_cache_folder(packages: Path, environment: Mapping[str, str]) -> Path | None:
    """Return the folder of the kernels in `packages`, None where no place of ours can be written."""
    return make_folder(f"kernels-{kernel_digest(packages)}", environment)


def make_folder(name: str, environment: Mapping[str, str]) -> Path | None:
    """Return a folder of what is kept, made where it is not there; None where no place of ours can be written.

    The first of: NUMBA_CACHE_DIR; beside this module; the user's cache; a folder of the user's own among the temporary
    ones. A container may have a read-only package and no home.
    """
    for place, is_shared in _places(environment):
        folder = place / name
        try:
            if is_shared:
                place.mkdir(exist_ok=True, mode=0o700)
            folder.mkdir(parents=True, exist_ok=True)
            is_ours = not is_shared or place.lstat().st_uid == os.geteuid()
        except OSError:
            continue
        if is_ours and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return None


def _places(environment: Mapping[str, str]) -> Iterator[tuple[Path, bool]]:
    """Yield where a cache may be, and whether others may have made that folder: what it holds is run."""
    if environment.get("NUMBA_CACHE_DIR"):
        yield Path(environment["NUMBA_CACHE_DIR"]), False
    yield Path(__file__).resolve().parent / "__pycache__", False
    if environment.get("XDG_CACHE_HOME"):
        yield Path(environment["XDG_CACHE_HOME"]) / "pozk-oracle", False
    elif environment.get("HOME"):
        yield Path(environment["HOME"]) / ".cache" / "pozk-oracle", False
    yield Path(environment.get("TMPDIR") or "/tmp") / f"pozk-cache-{os.geteuid()}", True  # noqa: S108 - checked


def cache_folder() -> Path | None:
    """Return the folder of this process's kernels."""
    return find_cache_folder(_PACKAGES, os.environ)
