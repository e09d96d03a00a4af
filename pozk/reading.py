"""What `pozk.connect` and `pozk.ask` do: a reader that lives as long as its connection."""

import os
import weakref
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pyarrow as pa

from indexer.words.errors import InputError
from settlement.adapters.queries.analytics import Analytics
from settlement.adapters.queries.named_queries import find_query, read_parameters
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.readers import open_reader

_READERS: "weakref.WeakKeyDictionary[duckdb.DuckDBPyConnection, Analytics]" = weakref.WeakKeyDictionary()


def open_connection(config: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with every view made; what it needs is closed when nobody holds it any more."""
    with ExitStack() as opening:
        analytics = opening.enter_context(open_reader(load_settings(config, os.environ), is_handed_out=True))
        analytics.make_all_views()
        kept = opening.pop_all()
    connection = analytics.connection
    _READERS[connection] = analytics
    weakref.finalize(connection, kept.close)
    return connection


def ask_connection(connection: duckdb.DuckDBPyConnection, name: str, parameters: Mapping[str, object]) -> pa.Table:
    """Return the rows of a named query; InputError for a connection that is not of `connect`."""
    analytics = _READERS.get(connection)
    if analytics is None:
        raise InputError("not a connection to a lake", expected="what pozk.connect() returned", got=repr(connection))
    query = find_query(name)
    return analytics.run_named(query, read_parameters(query, {key: str(value) for key, value in parameters.items()}))
