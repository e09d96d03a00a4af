"""The named queries over lakes that no devnet makes: empty ones, claims, values as large as they may be."""

import time
from contextlib import contextmanager
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.adapters.store.bounds import Bounds
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import InputError
from indexer.words.quantities import AMOUNT_LIMIT
from settlement.adapters.queries.analytics import open_analytics
from settlement.adapters.queries.named_queries import list_named_queries, read_parameters
from settlement.rules.columns.units import TokenUnits
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address, as_table
from tests.settlement.adapters.queries import plain_analytics as plainly
from tests.settlement.adapters.queries.conftest import ask, world_of
from tests.settlement.adapters.queries.plain_world import text, tokens
from tests.settlement.adapters.queries.test_analytics import store_report

pytestmark = pytest.mark.database
TOKEN, OTHER, APP, MINER, USER = (address(number) for number in (7, 8, 3, 11, 12))
IDENTITY = {"genesis": str(GENESIS), "length_seconds": str(LENGTH)}
UNITS = {TOKEN: TokenUnits("POZK", 18)}
MOST, WORD = AMOUNT_LIMIT, 2**64 - 1
LAG = "epoch token claims accounts amount first_seconds median_seconds p90_seconds"


@contextmanager
def asked(lake_url, folder, chain=None, bounds=None):
    with open_lake(lake_url, folder, REFERENCE) as lake:
        if chain is not None:
            lake.append("identity", as_table(lake, "identity", [{"key": k, "value": v} for k, v in IDENTITY.items()]))
            chain.store(lake)
        with lake.cursor() as reading:
            yield open_analytics(reading, folder, TOKEN, UNITS, bounds)


def store_leaves(folder, epoch, leaves):
    """Settle an epoch with these leaves (account, token, cumulative)."""
    store_report(folder, epoch, 0)
    columns = zip(*leaves, strict=True)
    names = ("account", "token", "cumulative")
    table = pa.table(
        {
            name: pa.array([Decimal(v) if isinstance(v, int) else v for v in column])
            for name, column in zip(names, columns, strict=True)
        }
    )
    place = folder / "epochs" / f"{epoch:08d}" / "leaves.parquet"
    pq.write_table(table.set_column(2, "cumulative", table["cumulative"].cast(pa.decimal128(38, 0))), place)


def test_run_named__a_lake_without_rows__answers_with_none(lake_url, tmp_path):
    with asked(lake_url, tmp_path, MadeUpChain().mine()) as analytics:
        for query in list_named_queries():
            given = {each.name: "0x" + "09" * 20 for each in query.parameters if each.default is None}
            rows = analytics.run_named(query, read_parameters(query, given)).num_rows
            assert rows == (query.name in ("coverage", "epochs", "utilisation")), query.name


def test_run_named__a_lake_that_was_never_filled__answers_with_none(lake_url, tmp_path):
    with asked(lake_url, tmp_path) as analytics:
        for name in ("epochs", "utilisation", "leaderboard", "anomalies", "throughput"):
            assert ask(analytics, name, "") == []


@pytest.fixture
def claims(tmp_path):
    """Two epochs of leaves; one account claims the first at once, one late, one never; a claim that no leaf says."""
    store_leaves(tmp_path, 0, [(MINER, TOKEN, 5), (USER, TOKEN, MOST - 9), (APP, OTHER, 1)])
    store_leaves(tmp_path, 1, [(MINER, TOKEN, 9), (USER, TOKEN, MOST - 9), (APP, OTHER, 1)])
    chain = MadeUpChain().mine(11).emit("root_activated", epoch=0, root=b"\1" * 32)
    chain.mine().emit("claimed", account=MINER, token=TOKEN, amount=5, cumulative=5)
    chain.mine(9).emit("root_activated", epoch=1, root=b"\2" * 32)
    chain.mine(3).emit("claimed", account=USER, token=TOKEN, amount=MOST - 9, cumulative=MOST - 9)
    return chain.emit("claimed", account=APP, token=TOKEN, amount=3, cumulative=3)


def test_claim_lag_and_unclaimed__of_claims__are_what_plain_python_computes(lake_url, tmp_path, claims):
    with asked(lake_url, tmp_path, claims) as analytics:
        world = world_of(analytics, TOKEN, IDENTITY)
        lags = ask(analytics, "claim_lag", LAG)
        assert lags == plainly.claim_lag(world)
        assert [(row[0], row[2], row[5]) for row in lags] == [(0, 2, 10), (None, 1, None)]
        left = ask(analytics, "unclaimed_by_age", "token epoch age_epochs accounts unclaimed")
        assert left == plainly.unclaimed_by_age(world)
        assert [(row[1], row[2], row[4]) for row in left] == [(1, 0, 4), (0, 1, 1)]


def busy_chain(fee):
    """A task whose numbers are as large as their types, proven by who posted it, in an app with a hostile name."""
    chain = MadeUpChain().mine().emit("app_registered", app=APP, name=b"\x1b[31m<script>\xff'\"; DROP TABLE x")
    chain.emit("app_approved", app=APP, gates=WORD, scheme=2).emit("scheme_weight_set", scheme=2, alpha_milli=2**32 - 1)
    chain.emit("stake_changed", app=APP, account=MINER, role=0, delta=MOST, effective_epoch=0)
    chain.emit("stake_changed", app=APP, account=MINER, role=0, delta=-MOST, effective_epoch=WORD)
    chain.emit("task_posted", task_id=b"\1" * 32, app=APP, user=MINER, fee=fee)
    chain.mine().emit("task_accepted", task_id=b"\1" * 32, miner=MINER, deadline=WORD)
    proof = {"task_id": b"\1" * 32, "app": APP, "miner": MINER, "user": MINER, "scheme": 2, "gates": WORD}
    chain.mine().emit("proof_verified", **proof).emit("fee_paid", task_id=b"\1" * 32, to_miner=fee)
    return chain.emit("task_expired", task_id=b"\1" * 32, miner=MINER, slashed=MOST)


def test_run_named__values_as_large_as_they_may_be__are_exact(lake_url, tmp_path):
    names = ("app_revenue", "fees", "throughput", "quality", "missed_deadlines", "stake_flows", "utilisation")
    with asked(lake_url, tmp_path, busy_chain(MOST)) as analytics:
        world = world_of(analytics, TOKEN, IDENTITY)
        found = ask(analytics, "fees", "fees to_miners fees_tokens")
        assert found == [(MOST, MOST, tokens(MOST))]
        ((name,),) = ask(analytics, "app_revenue", "name")
        assert name == "\x1b[31m<script>\\xFF\\x27\\x22; DROP TABLE x".replace("\x1b", "\\x1B")
        assert ask(analytics, "throughput", "gates work_milli_gates suggested_node") == [
            (WORD, WORD * (2**32 - 1), "96 cores or more")
        ]
        for query in names[3:]:
            assert len(ask(analytics, query, "")) == len(getattr(plainly, query)(world))
        statement = ask(analytics, "account_statement", "kind amount", account=text(MINER))
        assert ("stake", -MOST) in statement
        assert ("fee offered", -MOST) in statement


def test_run_named__a_sum_above_38_digits__is_refused_in_one_line(lake_url, tmp_path):
    chain = busy_chain(MOST)
    for number in (2, 3, 4):
        task = bytes([number]) * 32
        chain.emit("task_posted", task_id=task, app=APP, user=USER, fee=MOST)
        proof = {"task_id": task, "app": APP, "miner": MINER, "user": USER, "scheme": 2, "gates": 1}
        chain.emit("proof_verified", **proof).emit("fee_paid", task_id=task, to_miner=1)
    with asked(lake_url, tmp_path, chain) as analytics:
        with pytest.raises(InputError, match="the query is wrong") as caught:
            ask(analytics, "fees", "fees")
        assert "\n" not in caught.value.line()


def test_run__what_takes_too_long_or_too_much__ends_in_one_line(lake_url, tmp_path):
    bounds = Bounds(seconds=1, memory_megabytes=200, spill_megabytes=1)
    with asked(lake_url, tmp_path, bounds=bounds) as analytics:
        began = time.monotonic()
        with pytest.raises(InputError, match="takes too long, expected at most 1 seconds"):
            analytics.run("SELECT count(*) FROM range(1000000) AS a(x), range(1000000) AS b(y) WHERE x % 7 = y % 11")
        assert time.monotonic() - began < 10
        for statement in (
            "SELECT repeat('x', 1000000) || x FROM range(1000000) AS a(x)",
            "SELECT x, count(*) FROM range(100000000) AS a(x) GROUP BY x",
        ):
            with pytest.raises(InputError, match="takes too"):
                analytics.run(statement)
        assert analytics.run("SELECT 1 AS one").to_pylist() == [{"one": 1}]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/pozk.csv'",
        "ATTACH '/tmp/pozk.db'",
        "INSTALL httpfs",
        "SET memory_limit = '1TB'",
        "SET enable_external_access = true",
        "SELECT * FROM glob('/etc/*')",
    ],
)
def test_confine__duckdb_itself__refuses_too(lake_url, tmp_path, statement):
    with asked(lake_url, tmp_path, bounds=Bounds()) as analytics, pytest.raises(InputError, match="the query is wrong"):
        analytics._query(statement, {})


def test_confine__bounds_as_great_as_a_configuration_may_say__are_bounds(lake_url, tmp_path):
    most = 2**63 - 1
    with asked(lake_url, tmp_path, bounds=Bounds(most, most, most)) as analytics:
        assert analytics.run("SELECT 1 AS one").num_rows == 1


def test_confine__a_folder_with_a_quote__is_read(lake_url, tmp_path, claims):
    folder = tmp_path / "it's"
    folder.mkdir()
    (tmp_path / "epochs").rename(folder / "epochs")
    with asked(lake_url, folder, claims, Bounds()) as analytics:
        assert analytics.run("SELECT count(*) AS n FROM settled_leaves").to_pylist() == [{"n": 6}]
