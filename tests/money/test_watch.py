"""A committee that executes a root which the chain's logs do not give: a watcher sees it, proves it, and vetoes it."""

import json

import psycopg
import pytest

from settlement.adapters.store.journal import PostgresJournal
from settlement.rules.epoch.read_report import parse_stored
from tests.money.test_committee import contract_of, transact
from tests.money.test_json_documents import verify
from tests.support.operator import operator_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]

ALTERED = ("report_hash = sha256('ours'), root = sha256('root')", "report_hash = sha256('ours')")


def root_at(devnet, epoch):
    distributor = contract_of(devnet, "RewardDistributor", devnet.addresses["distributor"])
    return distributor.functions.rootAt(epoch).call()


def test_watch__a_wrong_root_is_pending__evidence_that_a_node_alone_checks_and_a_veto(
    fresh_devnet, tmp_path, capsys, lake_url
):
    operator = operator_of(fresh_devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    operator.pozk("index")
    operator.pozk("settle", "--publish")
    assert operator.pozk("watch", "--once").document == {"disputed": []}
    operator.environment["POZK_SIGNER_PRIVATE_KEY"] = fresh_devnet.officers["guardian"].private_key
    right = root_at(fresh_devnet, 2)
    with psycopg.connect(lake_url, autocommit=True) as connection:
        ours = PostgresJournal(connection).load_report(2)
        for altered in ALTERED:  # our own rows: nobody else is to blame, nothing is vetoed
            connection.execute(f"UPDATE pozk.reports SET {altered} WHERE epoch = 2")
            seen = operator.try_pozk("watch", "--once", "--veto")
            assert (seen.code, "the stored epoch 2 was altered" in seen.document["error"]) == (1, True), seen
            connection.execute(
                "UPDATE pozk.reports SET report_hash = %s, root = %s WHERE epoch = 2", [ours.report_hash, ours.root]
            )
    assert root_at(fresh_devnet, 2) == right
    transact(fresh_devnet, "guardian", "veto", 2)
    totals = parse_stored(ours).cumulative_totals
    tokens, sums = [contract_of(fresh_devnet, "DevToken", token).address for token, _ in totals], [s for _, s in totals]
    transact(fresh_devnet, "signer", "vote", 2, b"\7" * 32, tokens, sums, b"\x08" * 32)
    seen = operator.pozk("watch", "--once", "--veto", code=1)
    verify("watch", seen.document)
    assert [each["epoch"] for each in seen.document["disputed"]] == [2]
    assert "epoch 2: vetoed" in seen.stderr
    path = operator.data_dir / "evidence" / "epoch-2" / "evidence.json"
    found = json.loads(path.read_text())
    verify("evidence", found)
    assert (found["stage"], found["got"]) == ("root", found["ours"]["root"])
    assert found["expected"] == found["root"] != found["got"]
    assert "all leaves" in found["row"]
    assert len(found["blocks"]) > 10  # all that the epoch is made of, and the block that proposed its root
    said = operator.try_pozk("evidence", "verify", str(path), "--rpc", fresh_devnet.rpc)
    assert said.code == 0, said.stderr
    assert f"root {found['root']} was proposed for epoch 2" in said.document["said"]
    path.write_text(json.dumps(found | {"root": found["got"]}))
    refused = operator.try_pozk("evidence", "verify", str(path), "--rpc", fresh_devnet.rpc)
    assert (refused.code, "none of the proven logs proposes" in refused.document["error"]) == (1, True)
    found["blocks"][0]["receipts"][0] = found["blocks"][0]["receipts"][0].replace("1", "2", 1)
    path.write_text(json.dumps(found))
    assert operator.try_pozk("evidence", "verify", str(path), "--rpc", fresh_devnet.rpc).code in (1, 2)
    assert operator.pozk("committee").document["epoch"] == 2
