"""Lakes in the form of before migrations: tables by their first statements, rows as DuckDB writes them, filters too."""

import duckdb

from indexer.adapters.store.extensions import load_extension
from indexer.rules.protocols.reference import REFERENCE
from sql import load_sql

PLAIN = ("identity", "blocks", "quarantine", "finality", "evidence")


def copy_as_old(lake, uri, folder):
    """Write the rows of a lake into one of the first form, whose catalog is in the database `uri`."""
    (folder / "lake").mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for name in ("ducklake", "postgres_scanner"):
            load_extension(connection, name)
        options = f"DATA_PATH '{folder / 'lake'}', METADATA_SCHEMA 'lake', DATA_INLINING_ROW_LIMIT 0"
        connection.execute(f"ATTACH 'ducklake:postgres:{uri}' AS lake ({options})")
        connection.execute("BEGIN")
        connection.execute(load_sql("lake/0001_tables"))
        connection.execute("CALL lake.set_option('parquet_version', '2')")
        for table in (*PLAIN, *(REFERENCE.by_name[name].table for name in REFERENCE.first_kinds)):
            _insert(connection, table, lake.query(f'SELECT * FROM lake."{table}"'))
        _insert(connection, "coverage", lake.query("SELECT * EXCLUDE (kinds) FROM lake.coverage"))
        connection.execute("COMMIT")


def _insert(connection, table, rows):
    if rows.num_rows:
        connection.register("incoming", rows)
        connection.execute(f'INSERT INTO lake."{table}" BY NAME SELECT * FROM incoming')
        connection.unregister("incoming")
