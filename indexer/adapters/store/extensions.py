"""DuckDB's extensions from their wheels, their signatures checked by DuckDB when it loads them."""

from importlib.util import find_spec
from pathlib import Path

import duckdb

from indexer.words.errors import RetryLaterError


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load `name` from its wheel, or where there is none, as DuckDB itself installs it.

    RetryLaterError if neither works.
    """
    path = _wheel_file(name)
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


def _wheel_file(name: str) -> Path | None:
    """Return the extension's file for this version of DuckDB; reading the wheel's folder imports nothing."""
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        return None
    file = Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    return file if file.exists() else None
