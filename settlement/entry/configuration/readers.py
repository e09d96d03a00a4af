"""Opens what questions are asked of: the lake and the settled epochs, for reading alone and within bounds."""

from collections.abc import Iterator
from contextlib import contextmanager

from settlement.adapters.chain.token_units import KnownTokens
from settlement.adapters.queries.analytics import Analytics, open_analytics
from settlement.adapters.queries.setup import script, setup_statements
from settlement.entry.configuration.assembly import open_store
from settlement.entry.configuration.settings import Settings


@contextmanager
def open_reader(settings: Settings, *, is_handed_out: bool = False) -> Iterator[Analytics]:
    """Open the lake of the settings with its views; the DuckDB that reads it opens no other files from now on.

    Where its connection is handed out to others, whose statements nobody looks at, it can write none of these.
    """
    data_dir, token = settings.store.data_dir, settings.contracts.token
    units, bounds = KnownTokens(data_dir, token).load(), settings.query
    with open_store(settings) as store:
        yield open_analytics(store.lake, data_dir, token, units, bounds, is_handed_out=is_handed_out)


@contextmanager
def open_script(settings: Settings) -> Iterator[str]:
    """Return the script with which DuckDB's own command line reads the lake, while the database is held open."""
    data_dir, token = settings.store.data_dir, settings.contracts.token
    units = KnownTokens(data_dir, token).load()
    with open_store(settings) as store:
        views = open_analytics(store.lake, data_dir, token, units).make_all_views()
        statements = [*setup_statements(data_dir, token, units), *views]
        yield script(store.database.uri, data_dir, statements)
