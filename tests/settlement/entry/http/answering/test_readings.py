"""A server outlives its database's restarts: what was lost is connected anew."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch
from settlement.adapters.store.artifacts import TREE_FILE, FolderArtifacts
from settlement.entry.http.answering import readings as readings_module
from settlement.entry.http.answering.readings import ACCEPTED, Readings
from settlement.rules.entitlements.tree_layout import HEADER

pytestmark = [pytest.mark.chain, pytest.mark.database]


def test_readings__every_session_was_ended__answers_again_after_the_error(client, store, postgres):
    assert client.get("/v1/network").status_code == 200
    database = psycopg.conninfo.conninfo_to_dict(store.database.uri)["dbname"]
    with psycopg.connect(postgres, autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
    answers = [client.get(path).status_code for path in ("/v1/network", "/v1/epochs/1", "/v1/network", "/v1/epochs/1")]
    assert set(answers) <= {200, 503}
    assert client.get("/v1/network").status_code == 200
    assert client.get("/v1/epochs/1").status_code == 200


def test_prove__a_bundle_of_another_root_is_kept__leads_to_that_root(store, tmp_path):
    shutil.copytree(store.artifacts.folder(Epoch(1)), tmp_path / ACCEPTED / "00000004")
    settings = replace(store.settings, store=replace(store.settings.store, data_dir=tmp_path))
    readings, accepted = Readings(replace(store, settings=settings)), store.journal.load_report(Epoch(1)).root
    account = store.artifacts.load_epoch(Epoch(1)).load_leaves().account[0].tobytes()
    assert (readings.accepted_root(Epoch(4)), Readings(store).accepted_root(Epoch(4))) == (accepted, None)
    found = readings.prove(account, Epoch(4), accepted)
    assert found.root == accepted
    assert found.proofs


def test_tree_at_hand__as_long_as_the_report_is_fresh__is_the_open_tree(store, monkeypatch):
    readings = Readings(store)
    assert readings.tree_at_hand(Epoch(1)) is None
    settled = readings.tree(Epoch(1))
    assert readings.tree_at_hand(Epoch(1)) is settled
    monkeypatch.setattr(readings_module, "FRESH_SECONDS", -1.0)
    assert readings.tree_at_hand(Epoch(1)) is None
    assert readings.tree(Epoch(1)) is settled


def test_tree__asked_for_by_many_at_once__is_looked_up_and_opened_once(store, monkeypatch):
    readings, opened = Readings(store), []
    load, opening = store.journal.load_report, readings._open_tree
    journal = SimpleNamespace(load_report=lambda epoch: opened.append("report") or load(epoch))
    monkeypatch.setattr(readings, "store", SimpleNamespace(journal=journal, artifacts=store.artifacts))
    monkeypatch.setattr(readings, "_open_tree", lambda report: opened.append("tree") or opening(report))
    with ThreadPoolExecutor(8) as pool:
        trees = set(pool.map(lambda _: id(readings.tree(Epoch(1))), range(8)))
    assert (len(trees), sorted(opened)) == (1, ["report", "tree"])


@pytest.fixture
def of_copies(store, tmp_path):
    """Readings of a copy of the newest epoch, its number, and its folder."""
    epoch, artifacts = store.journal.last_epoch(), FolderArtifacts(tmp_path)
    folder = shutil.copytree(store.artifacts.folder(epoch), artifacts.folder(epoch))
    return Readings(replace(store, artifacts=artifacts)), epoch, folder


def test_tree__stored_one_has_another_leaf__is_built_of_the_stored_leaves(store, of_copies):
    readings, epoch, folder = of_copies
    data = bytearray((folder / TREE_FILE).read_bytes())
    data[HEADER.size] ^= 1
    (folder / TREE_FILE).write_bytes(data)
    leaves = store.artifacts.load_epoch(epoch).load_leaves()
    assert readings.tree(epoch).columns.leaves.account.tobytes() == leaves.account.tobytes()


def test_paid_emission__stored_amounts_are_others__refused(of_copies):
    readings, epoch, folder = of_copies
    assert readings.paid_emission(epoch)
    rows = pq.read_table(folder / "amounts.parquet")
    amounts = pa.array(rows["amount"].to_pylist()[::-1], rows["amount"].type)
    pq.write_table(rows.set_column(rows.column_names.index("amount"), "amount", amounts), folder / "amounts.parquet")
    with pytest.raises(UnsoundError, match="was altered: its amounts"):
        Readings(readings.store).paid_emission(epoch)
