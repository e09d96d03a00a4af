"""What SQL of people may not do is refused in one line; what reads tables alone passes."""

import duckdb
import pytest

from indexer.words.errors import InputError
from settlement.adapters.queries.reading_only import verify_reading
from sql import load_sql


def serialize(statement):
    return duckdb.execute(load_sql("lake_views/serialize"), {"statement": statement}).fetchone()[0]


READING = [
    "SELECT 1",
    "FROM lake.claimed",
    "TABLE settled_leaves",
    "VALUES (1)",
    "(SELECT 1) UNION ALL SELECT 2;",
    "WITH r AS (SELECT * FROM range(3)) SELECT unnest([1]) FROM r",
    "DESCRIBE lake.claimed",
    "SUMMARIZE analytics.claimed",
    "SHOW TABLES",
    "EXPLAIN SELECT * FROM lake.claimed",
    "explain analyze SELECT * FROM lake.claimed",
    "PIVOT lake.claimed ON token IN (1, 2) USING count(*)",
    "SELECT * FROM lake.main.claimed WHERE account = $account",
    "SELECT table_name FROM information_schema.tables",
    "SELECT * FROM duckdb_columns()",
    "SELECT read_csv FROM (SELECT 1 AS read_csv)",
    "SELECT 'COPY x TO y'",
]
REFUSED = [
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "COPY lake.claimed FROM '/tmp/x.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/x.csv'",
    "ATTACH '/tmp/x.db'",
    "DETACH lake",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET memory_limit = '100GB'",
    "RESET memory_limit",
    "PRAGMA database_list",
    "PRAGMA memory_limit = '100GB'",
    "CALL pragma_version()",
    "CREATE TABLE t (i INTEGER)",
    "CREATE MACRO addr(x) AS 1",
    "CREATE SECRET s (TYPE s3)",
    "INSERT INTO lake.claimed SELECT * FROM lake.claimed",
    "DELETE FROM lake.claimed",
    "DROP TABLE lake.claimed",
    "EXPORT DATABASE '/tmp/x'",
    "CHECKPOINT",
    "SELECT 1; SELECT 2",
    "",
    "-- nothing",
    "SELECT",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM READ_CSV('/etc/passwd')",
    "SELECT * FROM read_text('pozk.toml')",
    "SELECT * FROM read_parquet('data/lake/x.parquet')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    'FROM "../secrets.csv"',
    "DESCRIBE '/etc/passwd'",
    "SUMMARIZE FROM read_csv('/etc/passwd')",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT 1 WHERE EXISTS (FROM sniff_csv('/etc/passwd'))",
    "WITH t AS (FROM read_blob('/etc/passwd')) FROM t",
    "SELECT * FROM postgres_query('__ducklake_metadata_lake', 'SELECT pg_read_file(''/etc/passwd'')')",
    "SELECT * FROM postgres_scan('host=127.0.0.1', 'a', 'b')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('x')",
    "SELECT * FROM ducklake_snapshots('lake')",
    "SELECT * FROM duckdb_databases()",
    "SELECT * FROM duckdb_databases",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_settings()",
    "WITH duckdb_databases AS (SELECT 1) FROM duckdb_databases",
    "SELECT * FROM __ducklake_metadata_lake.pozk.migrations",
    "SELECT * FROM __ducklake_metadata_lake.ducklake_table",
    'SELECT * FROM "__ducklake_metadata_lake".lake.ducklake_table',
    "SHOW TABLES FROM __ducklake_metadata_lake.lake",
    "SELECT write_log('x')",
    "SELECT current_setting('temp_directory')",
    "SELECT getenv('HOME')",
    "SELECT " + "NOT " * 50_000 + "true",
]


@pytest.mark.parametrize("statement", READING)
def test_verify_reading__one_select_over_tables__passes(statement):
    verify_reading(statement, serialize)


@pytest.mark.parametrize("statement", REFUSED, ids=lambda statement: statement[:60] or "nothing")
def test_verify_reading__anything_else__is_refused_in_one_line(statement):
    with pytest.raises(InputError) as caught:
        verify_reading(statement, serialize)
    assert "\n" not in caught.value.line()
