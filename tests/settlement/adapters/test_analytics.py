"""Named queries over a lake and the epochs that were settled from it."""

import pytest

from indexer.adapters.lake import open_lake
from settlement.adapters.analytics import list_named_queries, run_query
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, as_table

pytestmark = pytest.mark.database


@pytest.fixture
def lake(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path) as opened:
        yield opened


def store_report(folder, epoch, voided):
    folder = folder / "epochs" / f"{epoch:08d}"
    folder.mkdir(parents=True)
    text = (
        f'"epoch":"{epoch}","voided":"{voided}","ruleset":"","residual":"","pool":"5","distributed":"3","remainder":"2"'
    )
    (folder / "report.json").write_text("{" + text + "}")


def test_run_query__voided__tells_events_in_time_from_late_ones_and_what_was_settled(lake, tmp_path):
    chain = MadeUpChain().mine().emit("epoch_voided", epoch=0).emit("epoch_voided", epoch=3)
    chain.mine_until(GENESIS + 2 * LENGTH).emit("epoch_voided", epoch=1).store(lake)
    identity = [{"key": "genesis", "value": str(GENESIS)}, {"key": "length_seconds", "value": str(LENGTH)}]
    lake.append("identity", as_table(lake, "identity", identity))
    store_report(tmp_path, 0, 1)
    store_report(tmp_path, 1, 0)
    rows = run_query(lake, tmp_path, "voided").to_pylist()
    told = [(row["epoch"], row["in_time"], row["settled_as_voided"]) for row in rows]
    assert told == [(0, True, True), (1, False, False), (3, True, None)]


def test_run_query__settled_reports__is_a_row_an_epoch(lake, tmp_path):
    store_report(tmp_path, 4, 0)
    rows = run_query(lake, tmp_path, "SELECT epoch, pool - distributed AS rest FROM settled_reports").to_pylist()
    assert [(row["epoch"], int(row["rest"])) for row in rows] == [(4, 2)]


def test_list_named_queries__each__says_its_grain():
    assert all(grain.startswith("one row") for grain in list_named_queries().values())
