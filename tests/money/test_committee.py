"""What publishing does when the committee, the guardian or the chain disagree."""

import json
import shutil
from dataclasses import replace

import psycopg
import pytest
from web3 import HTTPProvider, Web3

from deploy.artifacts import load_artifact
from deploy.devnet import mine
from deploy.devnet.rpc import DevRpc
from deploy.wiring import WiringSender
from indexer.words.quantities import to_hex
from settlement.adapters.store.journal import PostgresJournal
from settlement.rules.epoch.report import encode_canonical, hash_report
from tests.support.devnet import votes_on
from tests.support.operator import operator_of, reports_of

pytestmark = [pytest.mark.chain, pytest.mark.database]


@pytest.fixture
def operator(fresh_devnet, tmp_path, capsys, lake_url):
    """An operator of a chain of its own who has settled and voted for everything."""
    found = operator_of(fresh_devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    found.pozk("index")
    found.pozk("settle", "--publish")
    return found


def transact(devnet, role, name, *arguments):
    """Send a call of the distributor from an unlocked account of the devnet."""
    web3 = Web3(HTTPProvider(devnet.rpc))
    address = Web3.to_checksum_address(devnet.addresses["distributor"])
    contract = web3.eth.contract(address=address, abi=load_artifact("RewardDistributor").abi)
    sent = contract.functions[name](*arguments).transact({"from": devnet.officers[role].address})
    assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    mine(devnet.rpc, 4)


def test_publish__vetoed_report__is_refused_by_the_contract_and_nothing_is_sent(operator, fresh_devnet):
    transact(fresh_devnet, "guardian", "veto", 2)
    answer = operator.pozk("settle", "--publish", code=1)
    assert "the contract refuses: vote 2" in answer.document["error"]


def test_settle__redo_after_a_veto__forgets_and_settles_the_later_epochs_anew(operator, fresh_devnet):
    kept = reports_of(operator)
    assert "run `pozk index`" in operator.pozk("settle", "--epoch", "2", "--redo", code=3).document["error"]
    mine(fresh_devnet.rpc, 4)
    operator.pozk("index")
    assert "epoch 2 stands on chain" in operator.pozk("settle", "--epoch", "2", "--redo", code=2).document["error"]
    transact(fresh_devnet, "guardian", "veto", 2)
    operator.pozk("index")
    assert [r["epoch"] for r in operator.pozk("settle", "--epoch", "2", "--redo").document["reports"]] == ["2"]
    operator.pozk("settle")
    assert reports_of(operator) == kept
    assert all(verdict["ok"] for verdict in operator.pozk("verify").document["epochs"])


def test_publish__another_report_was_executed__alerts_and_does_not_vote(operator, fresh_devnet, lake_url):
    last = max(int(json.loads(report)["epoch"]) for report in reports_of(operator).values())
    transact(fresh_devnet, "guardian", "veto", last)
    with psycopg.connect(lake_url, autocommit=True) as connection:
        journal = PostgresJournal(connection)
        executed = journal.load_report(last - 1)
        document = encode_canonical(json.loads(executed.document) | {"remainder": "1"})
        journal.forget(last - 1)
        journal.store_report(replace(executed, document=document, report_hash=hash_report(document)))
    mirror = shutil.copytree(operator.data_dir / "epochs", operator.folder / "peer")
    (operator.data_dir / "epochs" / f"{last - 1:08d}" / "report.json").write_bytes(document)
    operator.environment["POZK_SETTLEMENT_PEERS"] = str(operator.folder / "nowhere")
    alert = f"ALERT: the committee executed another report of epoch {last - 1}"
    for arguments in (("settle", "--publish"), ("check",)):
        without, given = (operator.pozk(*arguments, *more, code=1) for more in ((), ("--bundle", str(mirror))))
        for answer in (without, given):
            said = answer.document.get("error") or said_of(answer, "reports")
            assert alert in said
            assert to_hex(executed.report_hash) in said
            assert to_hex(hash_report(document)) in said
        assert "differs in report remainder: expected" in said
    operator.environment["POZK_SETTLEMENT_PEERS"] = str(mirror)
    assert "differs in report remainder" in operator.pozk("settle", "--publish", code=1).document["error"]


def said_of(answer, check):
    return next(row["said"] for row in answer.document["checks"] if row["check"] == check)


def test_publish__signer_not_on_the_committee__is_2(operator, fresh_devnet):
    operator.environment["POZK_SIGNER_PRIVATE_KEY"] = fresh_devnet.relayer.private_key
    assert "not on the oracle committee" in operator.pozk("settle", "--publish", code=2).document["error"]


def test_publish__votes_reorganised_away_after_they_were_recorded__are_there_again(
    fresh_devnet, tmp_path, capsys, lake_url
):
    operator = operator_of(fresh_devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    operator.pozk("index")
    operator.pozk("settle")
    rpc = DevRpc(fresh_devnet.rpc)
    before, earlier = rpc.call("evm_snapshot"), vote_hashes(fresh_devnet)
    published = operator.pozk("settle", "--publish").document["published"]
    assert [step["epoch"] for step in published if step["action"] == "voted"]
    voted = vote_hashes(fresh_devnet)
    assert rpc.call("evm_revert", before)
    assert vote_hashes(fresh_devnet) == earlier
    operator.pozk("settle", "--publish")
    assert vote_hashes(fresh_devnet) == voted


def vote_hashes(devnet):
    return [log["transactionHash"] for log in votes_on(devnet)]


def test_publish__member_is_a_seat_of_the_signer__votes_through_it_and_a_challenge_is_told(
    fresh_devnet, tmp_path, capsys, lake_url
):
    sender = WiringSender(fresh_devnet.rpc, [fresh_devnet.officers["dao"].private_key])
    dao, signer = (fresh_devnet.officers[role].address for role in ("dao", "signer"))
    distributor = contract_of(fresh_devnet, "RewardDistributor", fresh_devnet.addresses["distributor"])
    seat = sender.deploy(load_artifact("OracleSeat"), [dao, distributor.address, signer], dao)
    transact(fresh_devnet, "dao", "setCommittee", [seat], 1)
    operator = operator_of(fresh_devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    operator.pozk("index")
    operator.pozk("settle", "--publish")
    voters = {Web3.to_checksum_address(log["topics"][2][-20:]) for log in votes_on(fresh_devnet)[1:]}
    assert voters == {seat}

    last = distributor.functions.nextEpoch().call() - 1
    due = distributor.functions.rootAt(last).call()[3]
    desk = contract_of(fresh_devnet, "ChallengeDesk", distributor.functions.desk().call())
    token = contract_of(fresh_devnet, "DevToken", fresh_devnet.addresses["token"])
    bond, extension = desk.functions.rules().call()
    sender.transact(token, "mint", [dao, bond], dao)
    sender.transact(token, "approve", [desk.address, bond], dao)
    sender.transact(desk, "challenge", [last, distributor.functions.ballotAt(last).call(), b"\1" * 32], dao)
    rows = {row["check"]: row for row in operator.pozk("check").document["checks"]}
    assert f"the hot key of {seat.lower()}" in rows["signer"]["said"]
    assert rows["challenges"]["warning"]
    assert f"epoch {last} is challenged by {dao.lower()}" in rows["challenges"]["said"]
    assert f"from time {due + extension} on" in rows["challenges"]["said"]


def contract_of(devnet, name, address):
    web3 = Web3(HTTPProvider(devnet.rpc))
    return web3.eth.contract(address=Web3.to_checksum_address(address), abi=load_artifact(name).abi)


def test_committee__an_epoch_that_is_not_settled_here__says_who_voted(settled_operator):
    shutil.rmtree(settled_operator.data_dir / "epochs")
    document = settled_operator.pozk("committee").document
    assert (document["state"], document["executed"], document["difference"]) == ("none", None, None)
    assert [member["report"] for member in document["members"]] == [None] * len(document["absent"])
