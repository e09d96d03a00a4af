import pytest

from deploy.devnet import advance_time, reload_devnet, run_devnet
from deploy.devnet.rpc import DevRpc
from tests.devnet.chain_reader import EVENTS, ChainReader

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def reader(devnet):
    return ChainReader(devnet)


@pytest.mark.parametrize(("key", "event"), [(key, event) for key, (_, events) in EVENTS.items() for event in events])
def test_run_devnet__default__every_kind_of_event_is_there(reader, key, event):
    assert reader.events(key, event)


def test_run_devnet__default__proofs_of_each_epoch_are_those_planned(reader, devnet):
    proofs = reader.events("task_market", "ProofVerified")
    found = dict.fromkeys(devnet.proofs, 0)
    for log in proofs:
        assert log["args"]["epoch"] == reader.epoch_of(log["blockNumber"])
        found[log["args"]["epoch"]] += 1
    assert found == devnet.proofs
    assert min(count for epoch, count in found.items() if epoch > 0) > 100


def test_run_devnet__default__schemes_of_approved_apps_are_proven(reader):
    approved = {log["args"]["scheme"] for log in reader.events("app_registry", "AppApproved")}
    assert approved == {0, 1, 2}
    proven = {log["args"]["scheme"] for log in reader.events("task_market", "ProofVerified")}
    assert proven == approved


def test_run_devnet__default__an_upgraded_app_proves_with_both_its_sizes(reader):
    sizes = {}
    for log in reader.events("app_registry", "AppApproved"):
        sizes.setdefault(log["args"]["app"], set()).add(log["args"]["gates"])
    upgraded = [app for app, gates in sizes.items() if len(gates) > 1]
    proven = {
        log["args"]["gates"] for log in reader.events("task_market", "ProofVerified") if log["args"]["app"] in upgraded
    }
    assert len(upgraded) == 1
    assert proven == sizes[upgraded[0]]


def test_run_devnet__default__runs_of_the_zkvm_differ_and_the_approval_caps_them(reader):
    caps = [log["args"]["gates"] for log in reader.events("app_registry", "AppApproved") if log["args"]["scheme"] == 2]
    proofs = reader.events("task_market", "ProofVerified")
    measured = {log["args"]["gates"] for log in proofs if log["args"]["scheme"] == 2}
    assert len(measured) > 20
    assert [max(measured)] == caps


def test_run_devnet__default__some_tasks_are_taken_over(reader):
    miners = {}
    for log in reader.events("task_market", "TaskAccepted"):
        miners.setdefault(log["args"]["taskId"], []).append(log["args"]["miner"])
    taken_over = {task: who for task, who in miners.items() if len(who) > 1}
    provers = {log["args"]["taskId"]: log["args"]["miner"] for log in reader.events("task_market", "ProofVerified")}
    assert taken_over
    assert any(provers.get(task) == who[-1] != who[0] for task, who in taken_over.items())


def test_run_devnet__default__orders_and_late_proofs_are_paid_to_who_proved_them(reader):
    proven = {log["args"]["taskId"]: log["args"]["miner"] for log in reader.events("task_market", "ProofVerified")}
    accepted = {}
    for log in reader.events("task_market", "TaskAccepted"):
        accepted.setdefault(log["args"]["taskId"], []).append(log["args"]["miner"])
    orders = {log["args"]["taskId"] for log in reader.events("task_market", "OrderLocked")}
    assert orders <= set(proven)
    late = {task for task, miner in proven.items() if miner not in accepted[task]}
    assert late == {log["args"]["taskId"] for log in reader.events("task_market", "CallbackMade")}
    paid = {log["args"]["taskId"] for log in reader.events("task_market", "FeePaid")}
    assert orders | late <= paid
    assert len(orders) > 10


def test_run_devnet__default__one_dispute_is_decided_another_lapses_and_an_app_is_halted(reader):
    decided = {log["args"]["taskId"] for log in reader.events("task_market", "DisputeResolved")}
    lapsed = {log["args"]["taskId"] for log in reader.events("task_market", "DisputeLapsed")}
    opened = {log["args"]["taskId"] for log in reader.events("task_market", "DisputeOpened")}
    assert decided
    assert lapsed
    assert opened == decided | lapsed
    slashed = {log["args"]["taskId"]: log["args"]["slashed"] for log in reader.events("task_market", "TaskExpired")}
    assert all(slashed[task] > 0 for task in lapsed)
    words = {bytes(log["args"]["flag"][20:]).strip(b"\0") for log in reader.events("task_market", "PauseSet")}
    assert words == {b"halt", b"acceptance"}
    assert 0 in slashed.values()


def test_run_devnet__default__market_holds_the_fees_of_open_tasks(reader):
    fees = {log["args"]["taskId"]: log["args"]["fee"] for log in reader.events("task_market", "TaskPosted")}
    for event in ("ProofVerified", "TaskCancelled"):
        for log in reader.events("task_market", event):
            del fees[log["args"]["taskId"]]
    assert fees
    market = reader.devnet.addresses["task_market"]
    assert reader.contract("token").functions.balanceOf(market).call() == sum(fees.values())


def test_run_devnet__default__staking_holds_stakes_and_queue(reader):
    staking, token = reader.contract("staking"), reader.contract("token")
    staked, queued = staking.functions.totals().call()
    assert token.functions.balanceOf(staking.address).call() == staked + queued
    assert staked == sum(sum(by_epoch.values()) for by_epoch in reader.stake_sums().values())
    assert queued > 0


def test_run_devnet__default__sums_of_stake_changes_are_the_effective_stakes(reader, devnet):
    staking = reader.contract("staking")
    for (app, account, role), by_epoch in reader.stake_sums().items():
        for epoch in range(devnet.settings.epochs + 1):
            assert sum(delta for at, delta in by_epoch.items() if at <= epoch) >= 0
        effective = sum(delta for at, delta in by_epoch.items() if at <= devnet.settings.epochs)
        assert staking.functions.effectiveStake(app, account, role).call() == effective


def test_run_devnet__default__distributor_holds_the_bonuses(reader, devnet):
    amounts = [log["args"]["amount"] for log in reader.events("distributor", "BonusDeposited")]
    token = reader.contract("bonus_token")
    assert token.functions.balanceOf(devnet.addresses["distributor"]).call() == sum(amounts)


def test_run_devnet__default__one_bonus_is_for_an_app_without_proofs(reader):
    proven = {(log["args"]["app"], log["args"]["epoch"]) for log in reader.events("task_market", "ProofVerified")}
    pools = {(log["args"]["app"], log["args"]["epoch"]) for log in reader.events("distributor", "BonusDeposited")}
    assert pools & proven
    assert pools - proven


def test_run_devnet__default__quiet_epochs_have_no_block(reader, devnet):
    epochs = {reader.epoch_of(number) for number in range(len(reader.blocks()))}
    assert epochs == {-1, *range(devnet.settings.epochs + 1)} - set(devnet.settings.quiet_epochs)


def test_run_devnet__default__last_epoch_is_finalized(reader, devnet):
    end = devnet.genesis + devnet.settings.epochs * devnet.length_seconds
    assert reader.web3.eth.get_block("finalized")["timestamp"] >= end


def test_run_devnet__same_seed__same_logs(small_devnet_settings):
    first, second = (_logs(small_devnet_settings) for _ in range(2))
    assert len(first) > 200
    assert first == second


def test_reload_devnet__dumped_state__same_chain_that_goes_on(devnet, fresh_devnet):
    old, new = DevRpc(devnet.rpc), DevRpc(fresh_devnet.rpc)
    head = old.call("eth_getBlockByNumber", "latest", False)
    assert new.call("eth_getBlockByNumber", "latest", False) == head
    logs = {"fromBlock": "0x0", "toBlock": "latest"}
    assert new.call("eth_getLogs", logs) == old.call("eth_getLogs", logs)
    assert advance_time(fresh_devnet.rpc, 1_000) == int(head["timestamp"], 16) + 1_000
    assert old.call("eth_getBlockByNumber", "latest", False) == head


def test_reload_devnet__two_loads__do_not_touch_each_other(devnet, fresh_devnet, tmp_path):
    with reload_devnet(devnet, devnet.settings.state_file, tmp_path / "other") as other:
        advance_time(other.rpc, 5)
        assert DevRpc(other.rpc).call("eth_blockNumber") != DevRpc(fresh_devnet.rpc).call("eth_blockNumber")


def _logs(settings):
    with run_devnet(settings) as running:
        return DevRpc(running.rpc).call("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest"})
