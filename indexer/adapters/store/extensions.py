"""DuckDB's extensions from their wheels, each held against the digest with which its wheel was installed.

Where there is none, or another, DuckDB checks their signatures itself: it takes 0.3 CPU seconds, a digest a fifth.
"""

import base64
import csv
import hashlib
import os
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import duckdb

from indexer.words.errors import RetryLaterError

_CHECKED: set[tuple[Path, int, int]] = set()
"""Files, by path, size and time in ns, that have been checked in this process."""


def connect_with(*names: str) -> duckdb.DuckDBPyConnection:
    """Return a new DuckDB in memory that has loaded these extensions; RetryLaterError if one cannot be loaded."""
    found = {name: path for name in names if (path := wheel_file(name)) is not None}
    files = {name: _identity(path) for name, path in found.items()}
    is_checked = all(name in found and (files[name] in _CHECKED or _as_installed(name, found[name])) for name in names)
    connection = duckdb.connect(config={"allow_unsigned_extensions": is_checked})
    for name in names:
        load_extension(connection, name)
    connection.execute("SET allow_unsigned_extensions = false")  # once false it stays so
    _CHECKED.update(files.values())
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


def _as_installed(name: str, file: Path) -> bool:
    """Return whether a file is the one whose digest the record of its wheel names."""
    try:
        record = distribution(f"duckdb-extension-{name.replace('_', '-')}").read_text("RECORD") or ""
    except PackageNotFoundError:
        return False
    for path, digest, _ in csv.reader(record.splitlines()):
        if path.endswith(f"/{file.parent.name}/{file.name}"):
            with file.open("rb") as opened:
                found = hashlib.file_digest(opened, "sha256").digest()
            return digest == f"sha256={base64.urlsafe_b64encode(found).decode().rstrip('=')}"
    return False


def _identity(file: Path) -> tuple[Path, int, int]:
    found = os.stat(file)
    return file, found.st_size, found.st_mtime_ns
