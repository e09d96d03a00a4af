"""Each fault, really induced, flips its checks and no other, and they flip back once it is mended.

The jobs are those of the service, run by hand. `make faults` induces all of them, the suite a few.
"""

import os
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest

from deploy.artifacts import load_artifact
from deploy.devnet import advance_time, mine, reload_devnet, set_time
from deploy.faults.source import Upstream
from indexer.words.errors import OutcomeUnknownError
from settlement.entry.service import work
from settlement.entry.status import load_status
from settlement.flows.settle import Settler
from settlement.words.errors import QuarantineError
from settlement.words.intents import Attempt, Call, Fees
from tests.conftest import create_database, drop_database
from tests.support.operator import Operator
from tests.support.service_world import world_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
every = pytest.mark.skipif("EVERY_FAULT" not in os.environ, reason="`make faults`")
LIMITS = {
    "POZK_ALERTS_LAG_BLOCKS": "9",
    "POZK_ALERTS_DISAGREE_SECONDS": "60",
    "POZK_CHAIN_FINALITY": "2",
    "POZK_ALERTS_NODES_SECONDS": "3600",
}
NEXT_EPOCH = bytes.fromhex("aea0e78b")
"""Call data that does nothing: a view of the distributor."""


@pytest.fixture(scope="module")
def world(devnet, settled, postgres, tmp_path_factory):
    """A service that has settled, published and activated everything, on a chain of its own."""
    folder, database = settled
    mine = tmp_path_factory.mktemp("faults")
    shutil.copytree(folder, mine / "mine")
    url = create_database(postgres, database)
    with reload_devnet(devnet, devnet.settings.state_file, mine / "node") as running:
        operator = Operator(mine / "mine", None, {"POZK_STORE_DATABASE_URL": url})
        found = world_of(running, operator, POZK_RELAYER_PRIVATE_KEY=running.officers["relayer"].private_key, **LIMITS)
        found.run("follow", "settle", "publish")
        advance_time(found.rpc, 86_400 // 24 + 1)
        ended = found.run("follow", "publish", "follow", "measure")
        assert ended.state.value == "idle", ended
        yield found
        found.runner.shop.close()
        found.door.close()
    drop_database(postgres, url)


@pytest.fixture(autouse=True)
def well(world):
    """Every fault begins and ends with all checks passing."""
    world.configure()
    world.run("follow", "measure")
    assert world.failing() == set()
    yield
    world.configure()
    world.run("follow", "measure")
    assert world.failing() == set()


def log_of_ours(world):
    """Make a block that holds a log of our contracts, of no meaning for years, and two more, so that it is final."""
    world.transact("dao", world.contract("Parameters", "parameters").functions.setEmission(5_000, 1))
    world.mine(3)


def test_node__is_away__nodes(world):
    world.configure(POZK_ALERTS_NODES_SECONDS="60", POZK_CHAIN_PATIENCE_SECONDS="1")
    world.door.mode = "away"
    assert world.run("measure").state.value == "failed"
    world.grow_older(63)
    assert world.failing() == {"nodes"}
    world.door.mode = "open"
    world.run("measure")
    assert world.failing() == set()


@every
def test_database__is_away__database_alone_is_told(world):
    away = replace(world.settings, store=replace(world.settings.store, database_url="postgresql://127.0.0.1:1/none"))
    assert {check.name for check in load_status(away, "speaks").checks if not check.ok} == {"database"}


@every
def test_node__lies__nodes_disagree(world):
    world.configure(POZK_CHAIN_PATIENCE_SECONDS="1")
    world.door.mode = "lies"
    log_of_ours(world)
    world.run("follow")
    world.door.mode = "open"
    world.configure()
    world.run("follow")
    assert world.failing() == {"nodes_disagree"}
    world.grow_older(63)
    assert world.failing() == set()


@every
def test_node__blocks_come_that_are_not_stored__index_lag_then_stalled(world):
    world.mine(10)
    world.run("measure")
    assert world.failing() == {"index_lag"}
    world.configure(POZK_ALERTS_STALLED_SECONDS="600")
    world.grow_older(601)
    assert world.failing() == {"index_lag", "index_stalled"}
    world.run("follow")
    assert world.failing() == set()


@every
def test_chain__finalizes_nothing__finalized_stuck(world):
    world.configure(POZK_ALERTS_FINAL_STUCK_SECONDS="600")
    world.grow_older(601)
    assert world.failing() == {"finalized_stuck"}
    world.mine(1)
    world.run("follow", "measure")
    assert world.failing() == set()


@every
def test_clock__is_far_from_the_newest_block__clock_skew(world):
    skew = world.checks()["clock_skew"].value
    world.configure(POZK_ALERTS_CLOCK_SECONDS=str(skew // 2))
    assert world.failing() == {"clock_skew"}
    with world.undone():
        advance_time(world.rpc, skew)
        world.run("measure")
        assert "clock_skew" not in world.failing()
    world.configure()
    world.run("measure")


@every
def test_coverage__a_range_is_gone__coverage_gap_until_it_is_proven_again(world):
    with world.runner.shop.lake() as lake:
        lake.execute("DELETE FROM lake.coverage WHERE from_block = (SELECT min(from_block) FROM lake.coverage)", {})
    assert "`pozk index --audit --from-block" in world.run("follow").error.line()
    assert world.failing() == {"coverage_gap"}
    world.pozk("index", code=1)
    world.pozk("index", "--audit", "--from-block", world.checks()["coverage_gap"].said.split()[1])
    world.run("follow")


@every
def test_coverage__blocks_stored_unproven__unproven_range_until_they_are_proven(world):
    world.configure(POZK_CHAIN_VERIFY="none")
    log_of_ours(world)
    world.run("follow")
    assert world.failing() == {"unproven_range"}
    world.configure()
    world.mine(3)  # what is stored unproven becomes final
    world.run("follow")
    world.pozk("index", "--audit")
    world.run("follow")


@every
def test_quarantine__blocks_an_epoch__quarantine_blocks_until_it_is_decided(world, monkeypatch):
    monkeypatch.setattr(work, "_may_be_due", lambda _: True)
    with monkeypatch.context() as patch:
        patch.setattr(Settler, "settle_all", raising(QuarantineError("epoch 9 is blocked by 1 log(s) in quarantine")))
        assert world.run("settle").state.value == "failed"
    assert world.failing() == {"quarantine_blocks"}
    assert world.run("settle").state.value == "idle"


@every
def test_epoch__ends_and_is_not_settled_nor_voted__overdue_then_not_voted_then_quorum_missing(world):
    end = world.settings.clock.end_of(world.newest_epoch() + 1)
    world.configure(POZK_ALERTS_OVERDUE_SECONDS="100", POZK_ALERTS_OVERDUE_CRITICAL_SECONDS="1000")
    set_time(world.rpc, end + 200)
    world.mine(3)
    world.run("follow", "measure")
    assert world.failing() == {"epoch_overdue"}
    set_time(world.rpc, end + 1_200)
    world.mine(3)
    world.run("follow", "measure")
    assert world.failing() == {"epoch_overdue", "epoch_overdue_critical"}
    world.run("settle")
    assert world.failing() == set()

    world.configure(POZK_ALERTS_VOTE_SECONDS="0")
    world.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10**12))  # above signer.max_fee_gwei
    world.mine(1)
    assert "more than the cap" in world.run("publish").error.line()
    world.run("measure")
    world.grow_older()
    assert world.failing() == {"not_voted"}
    world.configure(POZK_ALERTS_QUORUM_SECONDS="600")
    assert world.failing() == {"quorum_missing"}
    assert "absent: 0x" in world.checks()["quorum_missing"].said
    world.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(10**9))
    world.mine(1)
    assert world.run("publish").state.value == "idle"
    world.run("follow", "measure")


@every
def test_committee__executes_another_report__outvoted_and_disputed_and_veto_closing_until_it_is_vetoed(world):
    contract, epoch = world.contract("RewardDistributor"), world.newest_epoch() + 1
    tokens, sums = contract.functions.totalsAt(epoch - 1).call()
    set_time(world.rpc, world.settings.clock.end_of(epoch) + 200)
    world.mine(3)
    world.run("follow", "settle")
    world.transact("signer", contract.functions.vote(epoch, b"\1" * 32, tokens, sums, b"\2" * 32))
    world.run("measure")
    assert world.failing() == {"outvoted", "root_disputed"}
    assert world.checks()["root_disputed"].said == f"epoch {epoch}"
    assert world.run("publish").state.value == "frozen"
    assert world.failing() == {"outvoted", "root_disputed", "jobs_frozen"}
    world.thaw()
    advance_time(world.rpc, world.measured("activation_delay_seconds") * 4 // 5)
    world.run("follow", "measure")
    assert world.failing() == {"outvoted", "root_disputed", "veto_closing"}
    world.transact("guardian", contract.functions.veto(epoch))
    world.run("measure")
    assert world.failing() == set()
    assert world.run("publish").state.value == "idle"
    world.run("follow", "measure")


@every
def test_audit__stored_rows_are_not_the_chains__audit_frozen_until_thawed_and_they_are_right_again(world):
    gates = world.lake_rows("SELECT sum(gates) AS gates FROM lake.proof_verified")
    with world.runner.shop.lake() as lake:
        lake.execute("UPDATE lake.proof_verified SET gates = gates + 1", {})
    assert "they were replaced" in world.run("audit").error.line()
    assert world.failing() == {"jobs_frozen"}
    assert world.run("follow", "settle").state.value == "idle"  # nothing builds on it
    assert world.lake_rows("SELECT sum(gates) AS gates FROM lake.proof_verified") == gates
    world.thaw()
    assert world.run("audit").state.value == "idle"


@every
def test_root__is_challenged__root_challenged(world):
    epoch, contract = world.newest_epoch(), world.contract("RewardDistributor")
    desk_at, token = contract.functions.desk().call(), world.contract("DevToken", "token")
    desk = world.web3.eth.contract(address=desk_at, abi=load_artifact("ChallengeDesk").abi)
    bond = desk.functions.rules().call()[0]
    dao = world.devnet.officers["dao"].address
    with world.undone():
        world.transact("dao", token.functions.mint(dao, bond))
        world.transact("dao", token.functions.approve(desk_at, bond))
        ballot = contract.functions.ballotAt(epoch).call()
        world.transact("dao", desk.functions.challenge(epoch, ballot, b"\1" * 32))
        world.run("measure")
        assert world.failing() == {"root_challenged"}
    world.run("measure")


@every
def test_transaction__is_in_no_block__tx_unknown_and_the_line_that_settles_it(world):
    world.configure(POZK_ALERTS_TRANSACTION_SECONDS="0")
    world.rpc.call("evm_setAutomine", False)
    with world.sending(patience_seconds=0.2) as sender, pytest.raises(OutcomeUnknownError, match="`pozk tx replace"):
        sender.send("note", "1", NEXT_EPOCH)
    time.sleep(1.1)  # it is signed a second ago
    world.run("measure")
    assert world.failing() == {"tx_unknown"}
    world.rpc.call("evm_setAutomine", True)
    world.mine(1)
    world.run("publish", "measure")


def test_transaction__a_nonce_that_nothing_uses__tx_unknown_until_it_is_filled(world):
    with world.sending() as sender:
        nonce = sender.wallet.fetch_nonce() + 1
        fees = Fees(10**11, 10**9)
        signed, raw = sender.wallet.sign(Call(sender.wallet.contract, NEXT_EPOCH, 100_000), nonce, fees)
        sender.journal.open_intent("note", "2", sender.wallet.address, nonce, Attempt(signed, raw, fees, time.time()))
    world.run("measure")
    assert world.failing() == {"tx_unknown"}
    assert "nonces that nothing uses" in world.checks()["tx_unknown"].said
    world.run("publish", "measure")


@every
def test_transaction__its_nonce_goes_to_anothers__tx_failed_for_a_day(world):
    world.rpc.call("evm_setAutomine", False)
    with world.sending(patience_seconds=0.2) as sender, pytest.raises(OutcomeUnknownError):
        sender.send("note", "3", NEXT_EPOCH)
    signer = world.devnet.officers["signer"].address
    nonce = world.web3.eth.get_transaction_count(signer)
    other = {"from": signer, "to": signer, "nonce": nonce, "gasPrice": 10**12, "gas": 21_000}
    world.web3.eth.send_transaction(other)
    world.rpc.call("evm_setAutomine", True)
    world.mine(4)
    world.run("follow", "publish", "measure")
    assert world.failing() == {"tx_failed"}
    world.sql("UPDATE pozk.intents SET opened_at = opened_at - INTERVAL '2 days'")
    world.run("measure")


def test_signer__can_pay_for_few_votes__signer_low_then_empty(world):
    balance, left = world.measured("signer_balance_wei"), world.measured("signer_votes_left")
    signer = world.devnet.officers["signer"].address
    for votes, failing in ((5, {"signer_low"}), (1, {"signer_low", "signer_empty"}), (left, set())):
        world.rpc.call("anvil_setBalance", signer, hex(balance // left * votes))
        world.run("measure")
        assert world.failing() == failing
    world.rpc.call("anvil_setBalance", signer, hex(balance))


def test_treasury__withdraws_its_allowance__treasury_short(world):
    token, spender = world.contract("DevToken", "token"), world.contract("RewardDistributor").address
    world.transact("treasury", token.functions.approve(spender, 0))
    world.run("measure")
    assert world.failing() == {"treasury_short"}
    world.transact("treasury", token.functions.approve(spender, 2**256 - 1))
    world.run("measure")


@every
def test_distribution__the_days_gas_is_too_little__distribution_idle(world):
    world.configure(POZK_RUN_GAS_PER_DAY="1000", POZK_ALERTS_IDLE_SECONDS="0")
    world.run("distribute")
    world.grow_older()
    assert world.failing() == {"distribution_idle"}
    world.configure()
    assert world.run("distribute").state.value == "idle"
    assert world.measured("claims_unpaid") == 0
    world.run("follow", "measure")


@every
def test_mirror__cannot_be_written__mirror_stale_and_the_job_failing(world, tmp_path):
    (tmp_path / "mirror").write_text("in the way")
    variables = {"POZK_RUN_MIRRORS": str(tmp_path / "mirror"), "POZK_ALERTS_MIRROR_SECONDS": "0"}
    world.configure(**variables)
    assert world.run("mirror").state.value == "failed"
    world.grow_older()
    assert world.failing() == {"mirror_stale"}
    world.configure(**variables, POZK_ALERTS_JOB_SECONDS="0")
    assert world.failing() == {"mirror_stale", "jobs_failing"}
    (tmp_path / "mirror").unlink()
    assert world.run("mirror").state.value == "idle"


@every
def test_disk__fewer_epochs_fit_than_are_wanted__disk(world):
    newest = max((world.settings.store.data_dir / "epochs").iterdir(), key=lambda each: each.stat().st_mtime)
    with (newest / "huge").open("wb") as file:
        file.truncate(world.measured("disk_free_bytes") // 2)  # takes no room, and is counted as if it did
    world.run("measure")
    assert world.failing() == {"disk"}
    (newest / "huge").unlink()
    world.run("measure")


@every
def test_memory__nearly_all_is_used__memory(world):
    used, whole = world.measured("memory_used_bytes"), world.measured("memory_limit_bytes")
    world.configure(POZK_ALERTS_MEMORY_PERCENT=str(used * 100 // whole + 1))
    held = np.ones(whole // 50, dtype=np.uint8)
    world.run("measure")
    assert world.failing() == {"memory"}
    del held
    world.run("measure")


@every
def test_backup__none_was_verified_for_long__backup_old(world):
    now = int(time.time())
    for at, failing in ((now - 9 * 86_400, {"backup_old"}), (now, set())):
        world.measure({"backup_verified_at_seconds": at})
        assert world.failing() == failing


@every
def test_chain__a_final_block_is_another__final_contradicted_and_everything_frozen(world, devnet, tmp_path):
    with reload_devnet(devnet, devnet.settings.state_file, tmp_path / "node") as fork:
        mine(fork.rpc, world.web3.eth.block_number)  # higher than all that is final
        before, world.door.upstream = world.door.upstream, Upstream(fork.rpc)
        followed = world.run("follow")
        assert followed.state.value == "frozen", followed
        assert world.failing() == {"final_contradicted", "jobs_frozen"}
        assert world.run("settle").state.value == "frozen"
        world.door.upstream = before
    world.thaw()
    assert world.run("follow", "measure").state.value == "idle"
    assert world.failing() == {"nodes_disagree"}  # what the node said is kept against it
    world.grow_older(63)


def raising(error):
    def do(*_):
        raise error

    return do
