"""DuckDB's extensions from their wheels, each held against the digest with which its wheel was installed.

Where there is none, or another, DuckDB checks their signatures itself: it takes 0.3 CPU seconds, a digest a fifth. A
file that has been checked is not read again by this process, nor by later ones, while it is the same file, unchanged:
that is remembered beside the compiled kernels, which are run as they lie there.
"""

import base64
import csv
import hashlib
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import duckdb

from indexer.rules.kernels.cache_folder import make_folder
from indexer.words.errors import RetryLaterError

_CHECKED: set[str] = set()
"""What was told of the files that have been checked in this process."""
_SETTLED_NS = 1_000_000_000
"""A file that changed less than this ago may change again at what its file system calls the same time."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An extension's file as it lies there.

    told: where it is, which file it is, its size, and the times in ns of its last change, the second of which
    only the system sets. is_settled: no later change has the same times.
    """

    name: str
    path: Path
    told: str
    is_settled: bool


def connect_with(*names: str) -> duckdb.DuckDBPyConnection:
    """Return a new DuckDB in memory that has loaded these extensions; RetryLaterError if one cannot be loaded."""
    files = [_look_at(name, path) for name in names if (path := wheel_file(name)) is not None]
    unchecked = [file for file in files if not _was_checked(file)]
    is_checked = len(files) == len(names) and all(map(_as_installed, unchecked))
    connection = duckdb.connect(config={"allow_unsigned_extensions": is_checked})
    for name in names:
        load_extension(connection, name)
    connection.execute("SET allow_unsigned_extensions = false")  # once false it stays so
    for file in unchecked:
        _remember(file)
    _CHECKED.update(file.told for file in files)
    return connection


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load `name` from its wheel, or where there is none, as DuckDB itself installs it.

    RetryLaterError if neither works.
    """
    path = wheel_file(name)
    try:
        if path is not None:
            connection.load_extension(str(path))
        else:
            connection.install_extension(name)
            connection.load_extension(name)
    except duckdb.Error as error:
        raise RetryLaterError(
            f"cannot load the DuckDB extension {name}",
            expected=f"the wheel duckdb-extension-{name.replace('_', '-')} {duckdb.__version__}",
            got=str(error).strip().splitlines()[0],
            remedy="install it",
        ) from error


def wheel_file(name: str) -> Path | None:
    """Return the extension's file for this version of DuckDB; reading the wheel's folder imports nothing."""
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    return file if file.exists() else None


def _look_at(name: str, path: Path) -> _Found:
    looked, found = time.time_ns(), os.stat(path)
    told = f"{path} {found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"
    return _Found(name, path, told, is_settled=looked - found.st_ctime_ns > _SETTLED_NS)


def _as_installed(file: _Found) -> bool:
    """Return whether a file is the one whose digest the record of its wheel names."""
    try:
        record = distribution(f"duckdb-extension-{file.name.replace('_', '-')}").read_text("RECORD") or ""
    except PackageNotFoundError:
        return False
    for path, digest, _ in csv.reader(record.splitlines()):
        if path.endswith(f"/{file.path.parent.name}/{file.path.name}"):
            with file.path.open("rb") as opened:
                found = hashlib.file_digest(opened, "sha256").digest()
            return digest == f"sha256={base64.urlsafe_b64encode(found).decode().rstrip('=')}"
    return False


def _was_checked(file: _Found) -> bool:
    """Return whether a file was checked as it lies there, by this process or one before it."""
    if file.told in _CHECKED:
        return True
    mark = _mark_of(file)
    with suppress(OSError, UnicodeDecodeError):
        return mark is not None and mark.read_text("utf-8") == file.told
    return False


def _remember(file: _Found) -> None:
    """Remember for later processes that a file was checked as it lies there."""
    if file.is_settled and (mark := _mark_of(file)) is not None:
        with suppress(OSError):
            mark.write_text(file.told, "utf-8")


def _mark_of(file: _Found) -> Path | None:
    """Return where it is kept that a file was checked; None where nothing can be."""
    folder = make_folder("extensions", os.environ)
    return folder and folder / f"{file.name}-{hashlib.sha256(os.fsencode(file.path)).hexdigest()[:16]}"
