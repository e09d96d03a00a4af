"""From an empty folder to paid claims on a real chain, with the commands that an operator types."""

import json
import shlex

import pytest
from web3 import HTTPProvider, Web3

from deploy.devnet import advance_time, mine
from deploy.devnet.rpc import DevRpc
from indexer.rules.protocols.reference import REFERENCE
from pozk.demo import ACTIVATION_DELAY_SECONDS, BALANCE_ABI
from settlement.entry.configuration.assembly import open_readonly_store
from settlement.entry.configuration.config import load_settings
from settlement.entry.http.layers.in_process import ask_in_process
from settlement.entry.http.site import create_site
from tests.money.test_json_documents import verify
from tests.support.operator import operator_of, reports_of, tables_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
TABLES = ["blocks", "quarantine", *(event.table for event in REFERENCE.kinds)]


@pytest.fixture
def operator(fresh_devnet, tmp_path, capsys, lake_url):
    """An operator of a chain of its own, on a given PostgreSQL server."""
    return operator_of(fresh_devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)


def balance(devnet, account, token):
    contract = Web3(HTTPProvider(devnet.rpc)).eth.contract(address=Web3.to_checksum_address(token), abi=BALANCE_ABI)
    return contract.functions["balanceOf"](Web3.to_checksum_address(account)).call()


def activate(operator, devnet):
    advance_time(devnet.rpc, ACTIVATION_DELAY_SECONDS)
    mine(devnet.rpc, 4)
    return operator.pozk("settle", "--publish").document["published"]


def over_http(operator, path, query=""):
    """Return what the API answers, in process: the store is opened as `pozk serve` does."""
    with open_readonly_store(load_settings(operator.config, operator.environment)) as store:
        return json.loads(ask_in_process(create_site(store), path, query))


def test_money_path__index_settle_publish_claim__pays_every_account_its_entitlement(operator, fresh_devnet):
    operator.pozk("check")
    assert operator.pozk("index").document["quarantined"] == 0
    plan = operator.pozk("settle", "--publish", "--dry-run").document
    assert [(call["purpose"], call["subject"]) for call in plan["planned"]] == [("vote", "0")]
    assert plan["planned"][0]["gas"] > 21_000 < int(plan["planned"][0]["cost_wei"])
    assert operator.pozk("tx").document["transactions"] == []
    settled = operator.pozk("settle", "--publish").document
    epochs = [int(report["epoch"]) for report in settled["reports"]]
    assert epochs == list(range(fresh_devnet.settings.epochs))
    assert [step["action"] for step in settled["published"]] == ["voted"] * len(epochs)
    assert [step["action"] for step in activate(operator, fresh_devnet)] == ["activated"] * len(epochs)

    leaves = operator.pozk(
        "query", f"SELECT account, token, cumulative FROM settled_leaves WHERE epoch = {epochs[-1]}"
    ).document
    before = {(row["account"], row["token"]): balance(fresh_devnet, row["account"], row["token"]) for row in leaves}
    first = leaves[0]["account"]
    planned = operator.pozk("claim", first, "--dry-run").document
    assert [call["purpose"] for call in planned["planned"]] == ["claim"]
    words = shlex.split(operator.pozk("proof", first, "--live").document["cast"])
    assert [*words[:3], *words[4:]] == ["cast", "send", planned["planned"][0]["to"], "--rpc-url", fresh_devnet.rpc]
    DevRpc(fresh_devnet.rpc).call("eth_call", {"to": words[2], "data": words[3]}, "latest")  # not refused
    planned = operator.pozk("distribute", "--dry-run", "--batch", "20", "--units").document
    verify("distribute", planned)
    assert (planned["claims"], planned["left"]) == (len(leaves), 0)
    assert len(planned["planned"]) == planned["transactions"] == -(-len(leaves) // 20)
    said = over_http(operator, f"/v1/accounts/{first}")
    claimable = {row["token"]: row["claimable"] for row in said["tokens"]}
    assert said["claim"]["to"] == fresh_devnet.addresses["distributor"].lower()
    assert int(said["claim"]["gas"]) > 21_000
    claimed = operator.pozk("claim", first, "--units").document
    verify("claim", claimed)
    paid = claimed["paid"]
    assert ("DPOZK", 18) in {(row["symbol"], row["decimals"]) for row in paid}
    assert {row["token"]: row["amount"] for row in paid} == claimable
    said = over_http(operator, f"/v1/accounts/{first}")
    assert ({row["claimable"] for row in said["tokens"]}, said["claim"]) == ({"0"}, None)
    assert said["reason"] == "all of it was claimed"
    (rewards,) = over_http(operator, f"/v4/users/{first}/rewards", "chainId=31337")
    assert {row["token"]["address"]: row["claimed"] for row in rewards["rewards"]} == claimable
    listed = operator.pozk("tx").document
    verify("tx", listed)
    assert [row["purpose"] for row in listed["transactions"]][-1] == "claim"
    assert {row["state"] for row in listed["transactions"]} == {"mined"}
    cancelled = operator.pozk("tx", "cancel", "1").document
    verify("tx", cancelled)
    assert cancelled["state"] == "mined"
    assert {row["token"]: row["amount"] for row in paid} == {
        row["token"]: row["cumulative"] for row in leaves if row["account"] == first
    }
    assert operator.pozk("claim", first).document["paid"] == []
    rest = len(leaves) - len(paid)
    nothing = operator.pozk("distribute", "--gas-budget", "50000").document
    assert (nothing["transactions"], nothing["left"]) == (0, rest)
    assert nothing["next_gas"] > 50_000
    one = operator.pozk("distribute", "--batch", "1", "--gas-budget", "130000").document
    assert (one["claims"], one["transactions"], one["shared"]) == (1, 1, 0)  # alone, a proof of its own costs less
    rest -= 1
    budget = operator.pozk("distribute", "--batch", "20", "--gas-budget", "1500000").document
    assert 0 < budget["claims"] < rest
    assert budget["gas"] <= 1_500_000
    outcome = operator.pozk("distribute", "--batch", "20").document
    assert (budget["claims"] + outcome["claims"], outcome["left"]) == (rest, 0)
    assert budget["shared"] + outcome["shared"] > 0
    assert operator.pozk("distribute").document["claims"] == 0
    received = {key: balance(fresh_devnet, *key) - held for key, held in before.items()}
    assert received == {(row["account"], row["token"]): int(row["cumulative"]) for row in leaves}

    mine(fresh_devnet.rpc, 4)
    operator.pozk("index")
    assert operator.pozk("distribute").document["left"] == 0
    assert all(verdict["ok"] for verdict in operator.pozk("verify").document["epochs"])
    assert operator.pozk("settle", "--publish").document["published"] == []


def test_settle__again_and_one_epoch_at_a_time__gives_the_same_reports(operator):
    operator.pozk("index")
    dry = operator.pozk("settle", "--dry-run").document["reports"]
    assert reports_of(operator) == {}
    assert [report["epoch"] for report in operator.pozk("settle", "--epoch", "1").document["reports"]] == ["0", "1"]
    rest = operator.pozk("settle").document["reports"]
    kept = reports_of(operator)
    assert [json.loads(report) for report in kept.values()] == dry
    assert rest == dry[2:]
    assert operator.pozk("settle").document["reports"] == []
    assert operator.pozk("settle", "--epoch", "2").document["reports"] == [dry[2]]
    assert reports_of(operator) == kept


def test_reports__other_range_sizes_and_embedded_database__are_byte_identical(operator, fresh_devnet, tmp_path, capsys):
    operator.pozk("index")
    operator.pozk("settle")
    other = operator_of(fresh_devnet, tmp_path / "other", capsys)
    last = operator.pozk("query", "SELECT max(number) AS last FROM lake.blocks").document[0]["last"]
    for stop in (3, 41, last):
        other.pozk("index", "--max-range", "7", "--to-block", str(stop))
    other.pozk("settle")
    assert reports_of(other) == reports_of(operator)
    assert (other.data_dir / "postgres" / "PG_VERSION").exists()
    assert tables_of(other, TABLES) == tables_of(operator, TABLES)


def test_verify__stored_amounts_tampered_with__names_stage_and_row(settled_operator):
    import pyarrow.parquet as pq

    path = settled_operator.data_dir / "epochs" / "00000001" / "amounts.parquet"
    table = pq.read_table(path)
    pq.write_table(table.slice(1), path)
    verdicts = settled_operator.pozk("verify", code=1).document["epochs"]
    assert [verdict["ok"] for verdict in verdicts] == [True, False, True, True, True]
    assert verdicts[1]["stage"] == "stored amounts"
    assert verdicts[1]["row"].startswith("stored token 0x")


def test_settle__leaves_tampered_with__refuses_to_build_on_them_until_settled_again(operator):
    import pyarrow.parquet as pq

    operator.pozk("index")
    operator.pozk("settle", "--epoch", "1")
    path = operator.data_dir / "epochs" / "00000001" / "leaves.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    answer = operator.pozk("settle", code=1)
    assert "entitlements after epoch 1 are not those of its report" in answer.document["error"]
    assert "pozk settle --epoch 1" in answer.document["error"]
    operator.pozk("settle", "--epoch", "1")
    operator.pozk("settle")


def test_proof__settled_account__leads_to_the_root_of_the_report(settled_operator):
    from settlement.rules.entitlements.merkle import is_proven, leaf_hash

    row = settled_operator.pozk("query", "SELECT account, token FROM settled_leaves WHERE epoch = 2 LIMIT 1").document[
        0
    ]
    proof = settled_operator.pozk("proof", row["account"], "--token", row["token"], "--epoch", "2").document
    leaf = leaf_hash(as_bytes(row["account"]), as_bytes(row["token"]), int(proof["cumulative"]))
    assert is_proven(as_bytes(proof["root"]), leaf, [as_bytes(node) for node in proof["proof"]])
    assert proof["epoch"] == 2


def test_settle__every_epoch__keeps_the_newest_trees_and_proofs_of_older_ones_are_the_same(settled_operator):
    def trees():
        return [path.parent.name for path in sorted(settled_operator.data_dir.glob("epochs/*/leaves.tree"))]

    assert trees() == ["00000002", "00000003", "00000004"]
    account = settled_operator.pozk("query", "SELECT account FROM settled_leaves WHERE epoch = 1 LIMIT 1").document[0]
    (settled_operator.data_dir / "epochs" / "00000004" / "leaves.tree").unlink()
    for epoch in (1, 4):
        first, again = (settled_operator.pozk("proof", account["account"], "--epoch", str(epoch)) for _ in range(2))
        assert first.document == again.document
        report = json.loads((settled_operator.data_dir / "epochs" / f"{epoch:08d}" / "report.json").read_text())
        assert first.document["root"] == report["root"]
    assert trees() == ["00000001", "00000002", "00000003", "00000004"]
    settled_operator.pozk("settle", "--epoch", "4")
    assert trees() == ["00000002", "00000003", "00000004"]


def test_verify__stored_tree_of_another_epoch__is_found_and_no_proof_is_given(settled_operator):
    folders = [settled_operator.data_dir / "epochs" / name for name in ("00000003", "00000004")]
    (folders[1] / "leaves.tree").write_bytes((folders[0] / "leaves.tree").read_bytes())
    verdict = settled_operator.pozk("verify", "--epoch", "4", code=1).document["epochs"][0]
    assert verdict["stage"] == "stored tree"
    account = settled_operator.pozk("query", "SELECT account FROM settled_leaves LIMIT 1").document[0]["account"]
    assert "does not have its root" in settled_operator.pozk("proof", account, code=1).document["error"]


def as_bytes(text):
    return bytes.fromhex(text[2:])
