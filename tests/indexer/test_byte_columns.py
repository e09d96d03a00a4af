"""Every equality and IN on every byte column of every table finds what a full scan finds."""

import random

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from indexer.adapters.store.lake import open_lake
from indexer.adapters.store.small_files import merge_small_files
from indexer.rules.protocols.reference import REFERENCE

pytestmark = pytest.mark.database
ROWS = 400


@pytest.fixture(scope="module")
def lake(postgres, lake_template, tmp_path_factory):
    """Many rows of few values in every table: in files as committed, in merged ones and in rewritten ones."""
    from tests.conftest import create_database

    rng = random.Random(5)
    with open_lake(create_database(postgres, lake_template), tmp_path_factory.mktemp("lake"), REFERENCE) as opened:
        tables = (
            opened.query("SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'").column(0).to_pylist()
        )
        for _ in range(3):
            with opened.transaction():
                for table in tables:
                    opened.append(table, random_rows(rng, opened.query(f'SELECT * FROM lake."{table}"').schema))
        merge_small_files(opened, loose_files=3)
        with opened.transaction():
            for table in tables:
                opened.append(table, random_rows(rng, opened.query(f'SELECT * FROM lake."{table}"').schema))
        opened.execute("UPDATE lake.blocks SET our_logs = our_logs + 1 WHERE number % 2 = 0")
        yield opened


def random_rows(rng, schema):
    columns = []
    for field in schema:
        if pa.types.is_binary(field.type) or pa.types.is_string(field.type):
            few = [b"\xf8\xc9" * 10, b"\x80" * 32, b"", b"plain text", bytes(range(200, 220))]
            values = [rng.choice(few) for _ in range(ROWS)]
            columns.append(values if pa.types.is_binary(field.type) else [value.hex() for value in values])
        else:
            columns.append(pa.array([rng.randrange(200) for _ in range(ROWS)]).cast(field.type))
    return pa.table(columns, schema=schema)


def test_query__equality_and_in_on_every_byte_column__what_a_full_scan_finds(lake):
    compared = 0
    for table in (
        lake.query("SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'").column(0).to_pylist()
    ):
        rows = lake.query(f'SELECT * FROM lake."{table}"')
        for field in rows.schema:
            if not (pa.types.is_binary(field.type) or pa.types.is_string(field.type)):
                continue
            values = rows[field.name].unique().to_pylist()
            assert len(values) == 5
            for wanted in (
                [values[0]],
                [values[1]],
                values[1:3],
                [*values[2:], b"none" if isinstance(values[0], bytes) else ""],
            ):
                expected = pc.sum(pc.is_in(rows[field.name], pa.array(wanted, field.type))).as_py()
                names = {f"v{place}": value for place, value in enumerate(wanted)}
                condition = f"= ${'v0'}" if len(wanted) == 1 else f"IN ({', '.join('$' + name for name in names)})"
                sql = f'SELECT count(*) AS n FROM lake."{table}" WHERE "{field.name}" {condition}'
                assert lake.query(sql, names).to_pylist()[0]["n"] == expected, f"{table}.{field.name} {condition}"
                compared += 1
    assert compared > 4 * 100


def test_query__in_a_table_of_one_address__what_a_full_scan_finds(lake):
    lake.execute("CREATE OR REPLACE TEMP TABLE one AS SELECT $app::BLOB AS app", {"app": b"\xf8\xc9" * 10})
    rows = lake.query("SELECT app FROM lake.proof_verified")
    expected = rows["app"].to_pylist().count(b"\xf8\xc9" * 10)
    for sql in (
        "SELECT count(*) AS n FROM lake.proof_verified WHERE app IN (SELECT app FROM one)",
        "SELECT sum(n) AS n FROM (SELECT app, count(*) AS n FROM lake.proof_verified GROUP BY app "
        "HAVING app IN (SELECT app FROM one))",
        "SELECT count(*) AS n FROM lake.proof_verified JOIN one USING (app)",
    ):
        assert lake.query(sql).to_pylist()[0]["n"] == expected
