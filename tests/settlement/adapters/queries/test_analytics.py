"""Named queries, SQL and the views for people over a lake and the epochs that were settled from it."""

import json
from dataclasses import replace

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.pozk import POZK
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import InputError
from settlement.adapters.queries.analytics import open_analytics
from settlement.adapters.queries.named_queries import find_query, list_named_queries
from settlement.rules.columns.units import TokenUnits
from settlement.rules.epoch.read_report import FORMAT, STAGES
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address, as_table

pytestmark = pytest.mark.database
TOKEN, OTHER, WHO = address(7), address(8), address(9)
KEPT = ("blocks", "coverage", "quarantine", "identity", "settled_amounts", "settled_leaves", "settled_reports")
UNITS = {TOKEN: TokenUnits("POZK", 18)}


@pytest.fixture
def lake(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path, REFERENCE) as opened:
        identity = [{"key": "genesis", "value": str(GENESIS)}, {"key": "length_seconds", "value": str(LENGTH)}]
        opened.append("identity", as_table(opened, "identity", identity))
        yield opened


@pytest.fixture
def analytics(lake, tmp_path):
    """Claims of two tokens and three epochs, the second without a block; epoch 4 is settled without a block."""
    chain = MadeUpChain().mine().emit("epoch_voided", epoch=0).emit("epoch_voided", epoch=3)
    for token, amount in ((TOKEN, 15 * 10**17), (OTHER, 5)):
        chain.emit("claimed", account=WHO, token=token, amount=amount, cumulative=amount)
    chain.emit("app_registered", name=b"zk \xff", app=address(3)).emit("task_accepted", deadline=1_700_000_000)
    chain.mine(timestamp=GENESIS + 2 * LENGTH).emit("epoch_voided", epoch=1)
    for epoch in (0, 1, 2):
        chain.emit("disputed", epoch=epoch, evidence_hash=b"\x05" * 32, by_account=WHO)
        chain.emit("activation_postponed", epoch=epoch, root=b"\x06" * 32, active_at=epoch)
    chain.emit("root_proposed", epoch=1, report_hash=b"\x07" * 32)
    for epoch in (0, 1):
        chain.emit("report_located", epoch=epoch, report_hash=b"\x07" * 32, by_account=WHO, location=b"ipfs://b")
    chain.emit("challenge_closed", epoch=0, by_account=WHO, returned=5, burned=0)
    chain.emit("challenge_closed", epoch=1, by_account=WHO, returned=0, burned=5).store(lake)
    for epoch, voided in ((0, 1), (1, 0), (4, 0)):
        store_report(tmp_path, epoch, voided)
    return open_analytics(lake, tmp_path, TOKEN, UNITS)


def store_report(folder, epoch, voided):
    folder = folder / "epochs" / f"{epoch:08d}"
    folder.mkdir(parents=True)
    some, block = "0x" + "ab" * 32, {"number": "0", "hash": "0x" + "ab" * 32}
    report = {"format": FORMAT, "epoch": str(epoch), "voided": str(voided), "ruleset": "", "residual": ""}
    report |= {"root": some, "previous_report": some, "first_block": block, "reference_block": block, "totals": []}
    amounts = {"pool": "5000000000000000000", "distributed": "3", "remainder": "2"}
    stages = {"stages": {stage: {"count": "6", "sha256": some} for stage in STAGES}}
    (folder / "report.json").write_text(json.dumps(report | amounts | stages))


def test_run_named__voided__tells_events_in_time_from_late_ones_and_what_was_settled(analytics):
    rows = analytics.run_named(find_query("voided"), {}).to_pylist()
    told = [(row["epoch"], row["in_time"], row["settled_as_voided"]) for row in rows]
    assert told == [(0, True, True), (1, False, False), (3, True, None)]


def test_run_named__challenges__tells_the_postponed_activation_and_what_became_of_the_bond(analytics):
    rows = analytics.run_named(find_query("challenges"), {}).to_pylist()
    told = [(row["epoch"], row["bond"], row["active_at"].second) for row in rows]
    assert told == [(0, "returned", 0), (1, "burned", 1), (2, None, 2)]
    assert {row["challenger"] for row in rows} == {"0x" + WHO.hex()}


def test_run_named__locations__tells_where_which_report_is_to_be_had(analytics):
    rows = analytics.run_named(find_query("locations"), {}).to_pylist()
    told = [(row["epoch"], row["member"], row["location"], row["is_proposed"]) for row in rows]
    assert told == [(0, "0x" + WHO.hex(), "ipfs://b", None), (1, "0x" + WHO.hex(), "ipfs://b", True)]


def test_run_named__epochs__shows_every_one_with_what_was_settled(analytics):
    rows = analytics.run_named(find_query("epochs"), {}).to_pylist()
    assert [(row["epoch"], row["blocks"], row["pool"]) for row in rows] == [
        (0, 1, "5"),
        (1, 0, "5"),
        (2, 1, None),
        (3, 0, None),
        (4, 0, "5"),
    ]
    assert (rows[0]["root"], rows[0]["on_chain"], rows[0]["leaves"]) == ("0x" + "ab" * 32, "none", 6)
    assert (rows[0]["distributed"], str(rows[0]["starts"])) == ("0.000000000000000003", "1970-01-01 00:16:40")


def test_run__view_for_people__has_hex_text_and_tokens_where_their_decimals_are_known(analytics):
    rows = analytics.run("SELECT * FROM analytics.claimed ORDER BY token").to_pylist()
    assert [(row["account"], row["amount"], row["amount_tokens"]) for row in rows] == [
        ("0x" + WHO.hex(), 15 * 10**17, "1.5"),
        ("0x" + WHO.hex(), 5, None),
    ]
    pasted = analytics.run(f"SELECT token FROM analytics.claimed WHERE account = '{rows[0]['account']}'")
    assert pasted.num_rows == 2
    raw = analytics.run(f"SELECT token FROM lake.claimed WHERE account = addr('{rows[0]['account']}')")
    assert raw.num_rows == 2


def test_run__text_and_times_of_the_chain__are_text_and_dates(analytics):
    assert analytics.run("SELECT name FROM analytics.app_registered").to_pylist() == [{"name": "zk \\xFF"}]
    found = analytics.run("SELECT deadline_time::VARCHAR AS at FROM analytics.task_accepted").to_pylist()
    assert found == [{"at": "2023-11-14 22:13:20"}]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT * FROM lake.claimed WHERE account = '0xab'", "bytes are compared with text"),
        ("SELECT * FROM settled_leaves WHERE account = '0xab'", "bytes are compared with text"),
        ("SELECT * FROM lake.claimed WHERE account = addr('0xabc')", "addr() wants 0x and pairs of hex digits"),
        ("SELECT CAST('many' AS INT)", "the query is wrong"),
        ("SELECT account FROM lake.claimed WHERE account = $account", "the query is wrong"),
        ("SELECT * FROM analytics.nothing", "the query is wrong"),
        (
            "COPY (SELECT 1) TO '/tmp/x.csv'",
            "expected a statement that reads: SELECT, got COPY",
        ),
        ("SELECT * FROM read_csv('/etc/passwd')", "a query reads tables and views alone"),
    ],
)
def test_run__wrong_query__is_the_callers_fault(analytics, statement, words):
    with pytest.raises(InputError) as caught:
        analytics.run(statement)
    assert words in caught.value.line()


def test_run__show_tables__tells_raw_tables_settled_stages_and_views(analytics):
    rows = {row["table"]: row for row in analytics.run("show tables;").to_pylist()}
    assert {"lake.claimed", "analytics.claimed", "settled_leaves", "analytics.settled_reports"} <= rows.keys()
    assert "amount_tokens" in rows["analytics.claimed"]["columns"]
    assert rows["lake.blocks"]["one_row_is"] == "a block from start_block on"
    assert not [name for name, row in rows.items() if "lake's own" in row["one_row_is"]]


def test_describe__views_that_no_table_is_behind__tell_every_column(analytics):
    for name in ("tasks", "epoch_clock", "dated_blocks"):
        described = analytics.describe(f"analytics.{name}")
        assert described.rows.startswith("one row")
        assert len(described.columns) > 2
        unsaid = [each.name for each in described.columns if not each.meaning]
        assert set(unsaid) <= {"app", "user"}, unsaid


def test_lacks__a_network_of_other_contracts__says_which_queries_are_none_for_it(lake, tmp_path):
    analytics = open_analytics(lake, tmp_path, TOKEN, UNITS)
    lake.protocol = replace(POZK, package="")
    analytics.columns = {place: each for place, each in analytics.columns.items() if place[1] in KEPT}
    asked = {query.name for query in list_named_queries() if not analytics.lacks(query)}
    assert asked == {"account", "coverage", "quarantine", "reward_concentration"}
    with pytest.raises(InputError, match="leaderboard is no question to this network"):
        analytics.run_named(find_query("leaderboard"), {})


def test_describe__views_and_tables__are_what_a_query_gives(analytics):
    for name in ("analytics.claimed", "lake.claimed", "settled_amounts", "analytics.settled_amounts", "claimed"):
        described = analytics.describe(name)
        columns = analytics.run(f"DESCRIBE {described.table}").to_pylist()
        assert [(each.name, each.sql_type) for each in described.columns] == [
            (row["column_name"], row["column_type"]) for row in columns
        ]


def test_describe__no_such_table__names_near_ones(analytics):
    with pytest.raises(InputError, match=r"did you mean analytics.claimed\?"):
        analytics.describe("analytics.claims")
