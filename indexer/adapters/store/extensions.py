"""DuckDB's extensions from their wheels; DuckDB checks their signatures, once a process: it takes 0.4 CPU seconds."""

import os
from importlib.util import find_spec
from pathlib import Path

import duckdb

from indexer.words.errors import RetryLaterError

_CHECKED: set[tuple[Path, int, int]] = set()
"""Files, by path, size and time in ns, whose signatures DuckDB has checked in this process."""


def connect_with(*names: str) -> duckdb.DuckDBPyConnection:
    """Return a new DuckDB in memory that has loaded these extensions; RetryLaterError if one cannot be loaded."""
    files = [_identity(path) for path in map(wheel_file, names) if path is not None]
    is_checked = len(files) == len(names) and _CHECKED.issuperset(files)
    connection = duckdb.connect(config={"allow_unsigned_extensions": is_checked})
    for name in names:
        load_extension(connection, name)
    connection.execute("SET allow_unsigned_extensions = false")  # once false it stays so
    _CHECKED.update(files)
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


def _identity(file: Path) -> tuple[Path, int, int]:
    found = os.stat(file)
    return file, found.st_size, found.st_mtime_ns
