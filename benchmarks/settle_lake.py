"""The settlement's SQL over a lake of many proofs, against PostgreSQL and engines in memory on the same SQL."""

import contextlib
import re
import tempfile
from functools import partial
from pathlib import Path
from typing import Any, cast

import psutil  # type: ignore[import-untyped]
import psycopg
import pyarrow.parquet as pq

from benchmarks.lake_fill import fill_apart, named_in, own_sql
from benchmarks.measure import Measured, best_of, measure, peak_megabytes, print_table, seconds, watch_size
from benchmarks.settle_engines import engine_rows, verify_same
from benchmarks.settle_epoch import bench_epoch
from indexer.adapters.postgres.database import Database, open_database
from indexer.adapters.store.lake import Lake, open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import PozkError
from sql import load_sql

SMALL_STEPS = ("approvals", "alphas", "stake_base")
"""Steps over a few rows, whose results PostgreSQL is given; the others it computes from the events itself."""
STEPS = ("stakes", "miners", "users", "aggregates")
MOST_COMPARED = 10_000_000
SCARCE = "300MB"
"""What DuckDB may use in the run that must spill; a settlement allows it 4 GB."""
WINDOW = {"epoch": 0, "first_block": 0, "stakes_from": 0, "reference_block": 9_999}
POSTGRES_SETTINGS = ("SET work_mem = '1GB'", "SET max_parallel_workers_per_gather = 2", "SET jit = on")
SAVED = (
    "COPY (SELECT kind, encode(app, 'hex'), encode(account, 'hex'), x, stake FROM aggregates) TO STDOUT (FORMAT csv)"
)
COPIED = {
    "public.approvals": "app, scheme, gates FROM approvals",
    "public.alphas": "scheme, alpha_milli FROM alphas",
    "lake.stake_changed": "block_number, log_index, app, account, role, delta, effective_epoch FROM lake.stake_changed",
    "lake.proof_verified": 'block_number, log_index, tx_index, tx_hash, address, task_id, app, miner, "user", '
    "scheme, gates, epoch FROM lake.proof_verified",
}


def bench_lake(proofs: int, accounts: int) -> None:
    """Fill a lake with proofs of one epoch, then print aggregation beside other engines, and the whole epoch in stages.

    Above `MOST_COMPARED` proofs the others are left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        filled = measure(lambda: fill_apart("one", data_dir, proofs, accounts))
        print(f"\nfilled a lake with {proofs:,} proofs of {accounts:,} accounts in {filled.wall_seconds:.0f} s")
        with open_database("", data_dir) as database:
            with open_lake(database.uri, data_dir, REFERENCE, read_only=True) as lake:  # as a settlement opens it
                bench_aggregates(lake, database, data_dir, proofs)
            with open_lake(database.uri, data_dir, REFERENCE, read_only=True) as lake:
                bench_epoch(lake, database, data_dir, proofs)


def bench_aggregates(lake: Lake, database: Database, data_dir: Path, proofs: int) -> None:
    """Print the steps from events to aggregates in both engines, whose rows and sums must agree."""
    for step in SMALL_STEPS:
        _materialize(lake, step, WINDOW)
    half = best_of(2, lambda: _aggregate_lake(lake, {**WINDOW, "reference_block": 4_999}))
    ours = best_of(2, lambda: _aggregate_lake(lake, WINDOW))
    memory = peak_megabytes()
    lake.execute("SET memory_limit = $limit", {"limit": SCARCE})
    with watch_size(data_dir / "spill") as spilled:
        scarce = measure(lambda: _aggregate_lake(lake, WINDOW))
    if scarce.result != ours.result:
        raise SystemExit(f"spilling changes the result: {ours.result} and {scarce.result}")
    times = seconds(ours.wall_seconds), seconds(ours.cpu_seconds)
    rows: list[tuple[str, ...]] = [("DuckLake", *times, "1", "1", f"{memory:,} MB", _plain_sum(lake))]
    if proofs <= MOST_COMPARED:
        rows.append(_compared(lake, database, data_dir, ours))
        rows += engine_rows(lake, data_dir, ours)
    title = f"Aggregation of {proofs:,} proofs to {ours.result[0]:,} rows"
    header = ("engine", "wall", "CPU", "ratio (wall)", "ratio (CPU)", "peak", "plain sum of two rows of 10^38 - 1")
    print_table(title, header, rows)
    more = (ours.cpu_seconds - half.cpu_seconds) / (proofs / 2) * 1e6
    size = sum(path.stat().st_size for path in (data_dir / "lake").rglob("*.parquet")) >> 20
    print(
        f"\nEach further million proofs: {more:.3g} CPU s. Parquet of the lake: {size:,} MB. "
        f"Allowed no more than {SCARCE}: {seconds(scarce.cpu_seconds)} CPU, "
        f"{spilled.most >> 20:,} MB spilled, the same rows."
    )


def _compared(lake: Lake, database: Database, data_dir: Path, ours: Measured[tuple[int, int]]) -> tuple[str, ...]:
    written, rows = data_dir / "theirs.csv", data_dir / "theirs.parquet"
    theirs, cpu = _measure_postgres(_copy_to_postgres(lake, database), data_dir, written)
    pq.write_table(lake.query(own_sql("rows_of_text"), {"written": str(written)}), rows)
    verify_same(lake, "PostgreSQL", rows)
    ratios = f"{theirs.wall_seconds / ours.wall_seconds:.1f}", f"{cpu / ours.cpu_seconds:.1f}"
    return "PostgreSQL, same SQL", seconds(theirs.wall_seconds), seconds(cpu), *ratios, "", "exact"


def _aggregate_lake(lake: Lake, window: dict[str, int]) -> tuple[int, int]:
    """Run the steps into temporary tables; return rows and the sum of x, which both engines must agree on."""
    for step in STEPS:
        _materialize(lake, step, window)
    (row,) = lake.query("SELECT count(*) AS rows, sum(x)::HUGEINT::VARCHAR AS x FROM aggregates").to_pylist()
    return row["rows"], int(row["x"])


def _materialize(lake: Lake, step: str, window: dict[str, int]) -> None:
    text = load_sql(f"protocols/reference/{step}")
    lake.execute(f"CREATE OR REPLACE TEMP TABLE {step} AS {text}", named_in(text, window))


def _copy_to_postgres(lake: Lake, database: Database) -> str:
    uri = database.uri
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench")
    bench = re.sub(r"^(postgresql://[^/]*/)[^?]*", r"\1bench", uri)
    with psycopg.connect(bench, autocommit=True) as connection:
        connection.execute(cast(Any, own_sql("postgres_tables")))
        lake.execute(f"ATTACH '{bench}' AS copy_target (TYPE postgres)")
        for table, selected in COPIED.items():
            lake.execute(f"INSERT INTO copy_target.{table} SELECT {selected}")
        lake.execute("DETACH copy_target")
        connection.execute("VACUUM ANALYZE")
    return bench


def _measure_postgres(uri: str, data_dir: Path, written: Path) -> tuple[Measured[None], float]:
    """Return the faster of two runs and its CPU seconds, over all processes of the server; its rows go into a file."""
    server = psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    runs = []
    for _ in range(2):
        with psycopg.connect(uri, autocommit=True) as connection:
            before = _server_seconds(server)
            run = measure(partial(_aggregate_postgres, connection))
            runs.append((run, _server_seconds(server) - before))
            with written.open("wb") as file, connection.cursor().copy(SAVED) as copied:
                file.writelines(copied)
    return min(runs, key=lambda pair: pair[1])


def _aggregate_postgres(connection: psycopg.Connection) -> None:
    for setting in POSTGRES_SETTINGS:
        connection.execute(setting)
    for step in STEPS:
        text = _for_postgres(load_sql(f"protocols/reference/{step}"))
        connection.execute(cast(Any, f"CREATE TEMP TABLE {step} AS {text}"), WINDOW)
        connection.execute(cast(Any, f"ANALYZE {step}"))


def _for_postgres(text: str) -> str:
    """Return a statement of DuckDB with the types and quoting of PostgreSQL; the joins and sums stay as they are."""
    for ours, theirs in (
        (r"\bHUGEINT\b", "numeric"),
        (r"\bUTINYINT\b", "smallint"),
        (r"unhex\(repeat\('00', 20\)\)", "decode(repeat('00', 20), 'hex')"),
        (r"FILTER \((?!WHERE)", "FILTER (WHERE "),
        (r"\$([a-z_]+)", r"%(\1)s"),
    ):
        text = re.sub(ours, theirs, "\n".join(line for line in text.splitlines() if not line.startswith("--")))
    return text


def _server_seconds(server: psutil.Process) -> float:
    """Return the CPU seconds of the server and its processes; one that ends meanwhile is counted by its parent."""
    total = 0.0
    for child in server.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            total += times.user + times.system
    own = server.cpu_times()
    return total + float(own.user + own.system + own.children_user + own.children_system)


def _plain_sum(lake: Lake) -> str:
    """Return what our engine makes of a sum of two rows of 10^38 - 1."""
    try:
        return str(lake.query(own_sql("two_large")).column(0)[0].as_py())
    except PozkError:
        return "refused"
