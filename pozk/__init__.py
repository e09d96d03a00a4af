"""The command's name as a package: `python -m pozk` is `pozk`. For programs: the lake as a DuckDB connection.

Importing it loads nothing; what reads is loaded when it is first called.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["ask", "connect"]


def connect(config: str | Path = "pozk.toml") -> duckdb.DuckDBPyConnection:
    """Return DuckDB's own connection to the lake of a configuration, for reading, with the views of `analytics`.

    It keeps to [query] for memory and opens no files but the lake's; settings are locked. Closing it lets the database
    go. InputError, RetryLaterError as `pozk query` tells them.
    """
    from pozk.reading import open_connection

    return open_connection(Path(config))


def ask(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> pa.Table:
    """Return the rows of a named query (`pozk query --list`) on a connection of `connect`, its parameters by name.

    Amounts are exact decimals and text; InputError for a name or a parameter that is wrong.
    """
    from pozk.reading import ask_connection

    return ask_connection(connection, name, parameters)
