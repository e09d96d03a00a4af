"""Every equality and IN on every byte column of every table finds what a full scan finds."""

import random

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from indexer.adapters.store.lake import open_lake
from indexer.adapters.store.small_files import merge_small_files
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.queries.setup import view_of_stage
from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.adapters.store.bundle import PublishedBundle
from settlement.flows.bundles import BUNDLE_FILES
from settlement.ports.artifacts import StageColumns
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.deposits import Deposits
from settlement.rules.epoch.read_report import ROW_STAGES
from settlement.rules.epoch.stages import AmountRows
from settlement.rules.facts.aggregates import Aggregates
from tests.settlement.settled_worlds import settle
from tests.settlement.small_worlds import small_world

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


def compare(query, source, name):
    """Compare every = and IN on every byte column of `source` with a full scan; return how many were compared."""
    compared, rows = 0, query(f"SELECT * FROM {source}")
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
            sql = f'SELECT count(*) AS n FROM {source} WHERE "{field.name}" {condition}'
            assert query(sql, names).to_pylist()[0]["n"] == expected, f"{name}.{field.name} {condition}"
            compared += 1
    return compared


def test_query__equality_and_in_on_every_byte_column__what_a_full_scan_finds(lake):
    tables = lake.query("SELECT table_name FROM duckdb_tables() WHERE database_name = 'lake'").column(0).to_pylist()
    assert sum(compare(lake.query, f'lake."{table}"', table) for table in tables) > 4 * 100


def test_query__settled_files_and_bundles__what_a_full_scan_finds(tmp_path):
    store, rng = FolderArtifacts(tmp_path), np.random.default_rng(7)
    settled = settle(small_world(3, 1))[0]

    def addresses():
        few = np.frombuffer(b"".join(bytes([0xF8, 0xC9, n]) + bytes([n]) * 17 for n in range(5)), np.uint8)
        return few.reshape(5, 20)[rng.integers(0, 5, ROWS)]

    amounts, codes = np.ones((ROWS, 2), np.uint64), np.zeros(ROWS, np.uint8)
    leaves = Leaves(addresses(), addresses(), amounts)
    store.save_epoch(
        0,
        settled.document,
        StageColumns(
            (Aggregates(codes, addresses(), addresses(), amounts, amounts),),
            Deposits(addresses(), addresses(), addresses(), amounts, amounts),
            (AmountRows(addresses(), addresses(), addresses(), codes, amounts),),
        ),
        TreeColumns(leaves, settled.tree),
    )
    kept, bundle = store.load_epoch(0), PublishedBundle(str(tmp_path / "bundle"))
    bundle.store_files({name: kept.load_file(name) for name in BUNDLE_FILES})
    compared = 0
    with duckdb.connect() as connection:

        def query(sql, names=None):
            return connection.execute(sql, names).to_arrow_table()

        for stage in ROW_STAGES:
            connection.execute(view_of_stage(tmp_path, stage))
            compared += compare(query, f"settled_{stage}", f"settled {stage}")
            compared += compare(query, f"read_parquet('{tmp_path}/bundle/{stage}.parquet')", f"bundle {stage}")
    assert compared == 2 * 4 * (2 + 3 + 3 + 2)


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
