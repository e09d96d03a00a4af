"""A backup restored elsewhere is the same oracle; what is not empty, altered or of another network is refused."""

import json
import shutil

import psycopg
import pytest

from deploy.devnet import mine
from tests.conftest import create_database
from tests.money.test_json_documents import verify
from tests.support.devnet import votes_on
from tests.support.operator import Operator, reports_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]


def test_backup__restored_elsewhere__is_the_same_oracle_catches_up_and_never_votes_twice(
    settled_operator, fresh_devnet, postgres, tmp_path
):
    settled_operator.environment["POZK_CHAIN_RPC"] = fresh_devnet.rpc
    pozk, folder = settled_operator.pozk, tmp_path / "copy"
    made = pozk("backup", str(folder)).document
    verify("backup", made)
    assert "the folder is not empty" in pozk("backup", str(folder), code=2).document["error"]
    assert "is not empty" in pozk("restore", str(folder), code=2).document["error"]

    environment = settled_operator.environment | {"POZK_STORE_DATABASE_URL": create_database(postgres)}
    other = Operator(tmp_path / "other", settled_operator.capture, environment)
    other.folder.mkdir()
    shutil.copy(settled_operator.config, other.config)
    restored = other.pozk("restore", str(folder)).document
    verify("backup", restored)
    assert (restored["epoch"], restored["files"]) == (4, made["files"])
    assert reports_of(other) == reports_of(settled_operator)
    assert all(verdict["ok"] for verdict in other.pozk("verify").document["epochs"])
    pozk("settle", "--publish")
    mine(fresh_devnet.rpc, 4)
    votes = votes_on(fresh_devnet)
    assert other.pozk("index").document["logs"] == 2 * len(reports_of(other))  # the chain went on: votes and roots
    assert other.pozk("settle", "--publish").document["published"] == []
    assert votes_on(fresh_devnet) == votes
    verify("committee", other.pozk("committee").document)

    damaged = next(folder.glob("epochs/*/report.json"))
    damaged.write_bytes(damaged.read_bytes().replace(b"0", b"1", 1))
    with psycopg.connect(other.environment["POZK_STORE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP SCHEMA pozk CASCADE; DROP SCHEMA lake CASCADE")
    shutil.rmtree(other.data_dir)
    assert "the backup was altered" in other.pozk("restore", str(folder), code=1).document["error"]
    manifest = json.loads((folder / "backup.json").read_text())
    manifest["network"]["chain_id"] = "1"
    (folder / "backup.json").write_text(json.dumps(manifest))
    assert "of another network" in other.pozk("restore", str(folder), code=2).document["error"]


def test_bootstrap__from_a_peers_bundles__gives_its_reports_and_refuses_what_differs(
    settled_operator, postgres, tmp_path
):
    mirror = tmp_path / "mirror"
    settled_operator.pozk("bundle", "publish", "--to", str(mirror))
    settled_operator.pozk("index", "--export", str(mirror / "receipts.bundle"))
    environment = {"POZK_STORE_DATABASE_URL": create_database(postgres)}
    new = Operator(tmp_path / "new", settled_operator.capture, environment)
    new.folder.mkdir()
    shutil.copy(settled_operator.config, new.config)
    new.edit_config("chain_id = 31337", "chain_id = 31338")
    assert "of another network" in new.pozk("bootstrap", str(mirror), code=2).document["error"]
    new.edit_config("chain_id = 31338", "chain_id = 31337")
    shutil.rmtree(new.data_dir, ignore_errors=True)
    report = mirror / "00000000" / "report.json"
    kept = report.read_bytes()
    report.write_bytes(kept.replace(b'"format":"2"', b'"format":"1"', 1))
    assert "format" in new.pozk("bootstrap", str(mirror), code=2).document["error"]
    report.write_bytes(kept)
    done = new.pozk("bootstrap", str(mirror)).document
    verify("bootstrap", done)
    assert (done["epochs"], reports_of(new)) == (5, reports_of(settled_operator))
    assert "settled here already" in new.pozk("bootstrap", str(mirror), code=2).document["error"]
