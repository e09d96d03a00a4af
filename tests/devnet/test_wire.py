import hashlib
import json
from dataclasses import replace

import pytest
from web3 import HTTPProvider, Web3

from deploy.artifacts import load_artifact
from deploy.devnet.node import NodeSettings, start_node
from deploy.devnet.rpc import DevRpc
from deploy.wiring import WiringSender, WiringSettings, wire
from deploy.wiring.deployment import artifact_names
from deploy.wiring.opening import encode_opening, read_opening
from deploy.wiring.wire import verify_wiring
from indexer.words.errors import InputError

pytestmark = pytest.mark.chain


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    running = start_node(NodeSettings(tmp_path_factory.mktemp("node"), accounts=7))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def settings(node):
    deployer, guardian, slasher, treasury, member, arbiter, _ = (account.address for account in node.accounts)
    return WiringSettings(
        genesis=2_000_000_000,
        length_seconds=86_400,
        deployer=deployer,
        dao=deployer,
        guardian=guardian,
        arbiter=arbiter,
        slasher=slasher,
        treasury=treasury,
        members=(member,),
        pauser=guardian,
        development=True,
    )


@pytest.fixture(scope="module")
def sender(node, settings):
    return _sender(node, settings, 0, 3)


@pytest.fixture(scope="module")
def wired(sender, settings, tmp_path_factory):
    """The first wiring of an empty chain, and its address file."""
    out = tmp_path_factory.mktemp("wired") / "a.json"
    return wire(sender, settings, out), out.read_text()


@pytest.fixture
def at(wired):
    return wired[0].deployed.contracts


@pytest.fixture
def out(wired, tmp_path):
    """A copy of that address file."""
    path = tmp_path / "a.json"
    path.write_text(wired[1])
    return path


def test_wire__empty_chain__roles_are_handed_out(sender, settings, at):
    staking, distributor = _contract(sender, "Staking", at["staking"]), _distributor(sender, at)
    token = _contract(sender, "DevToken", at["token"])
    for key, name in (("app_registry", "AppRegistry"), ("parameters", "Parameters"), ("task_market", "TaskMarket")):
        assert _contract(sender, name, at[key]).functions.owner().call() == settings.dao
    assert staking.functions.isSlasher(at["task_market"]).call()
    assert staking.functions.isSlasher(settings.slasher).call()
    assert not staking.functions.isSlasher(settings.guardian).call()
    assert distributor.functions.guardian().call() == settings.guardian
    market = _contract(sender, "TaskMarket", at["task_market"])
    assert (market.functions.arbiter().call(), market.functions.pauser().call()) == (settings.arbiter, settings.pauser)
    assert distributor.functions.pauser().call() == settings.pauser
    assert (at["reward_relay"], at["challenge_desk"]) == (
        distributor.functions.relay().call(),
        distributor.functions.desk().call(),
    )
    desk = _contract(sender, "ChallengeDesk", at["challenge_desk"])
    rules = (settings.challenge_bond_wei, settings.challenge_extension_seconds)
    assert tuple(desk.functions.rules().call()) == rules
    assert distributor.functions.treasury().call() == settings.treasury
    assert distributor.functions.members().call() == list(settings.members)
    assert distributor.functions.minBonus(at["bonus_token"]).call() == settings.min_bonus_wei
    assert token.functions.allowance(settings.treasury, at["distributor"]).call() == 2**256 - 1


def test_wire__empty_chain__parameters_hold_from_the_first_epoch(sender, at):
    events = _contract(sender, "Parameters", at["parameters"]).events
    alphas = {
        log["args"]["scheme"]: log["args"]["alphaMilli"] for log in events.SchemeWeightSet().get_logs(from_block=0)
    }
    assert alphas == {0: 1_000, 1: 200, 2: 4_000}
    (ruleset,) = events.RulesetSet().get_logs(from_block=0)
    assert ruleset["args"] == {"fromEpoch": 0, "ruleset": b"paper-v1".ljust(32, b"\0"), "residual": 0}
    (weights,) = events.WeightsSet().get_logs(from_block=0)
    assert weights["args"]["a"] + weights["args"]["b"] == weights["args"]["c"] + weights["args"]["d"] == 10_000


def test_wire__empty_chain__fees_have_a_least_amount_and_a_burned_share(sender, settings, at):
    market = _contract(sender, "TaskMarket", at["task_market"])
    assert [market.functions.minFee(scheme).call() for scheme in range(3)] == [settings.min_fee_wei] * 3
    assert market.functions.burnBps().call() == settings.burn_bps


def test_wire__again__sends_nothing(node, sender, settings, wired, out):
    first = wired[0]
    height = DevRpc(node.rpc).call("eth_blockNumber")
    second = wire(sender, settings, out)
    assert first.done
    assert second.done == ()
    assert second.deployed == first.deployed
    assert DevRpc(node.rpc).call("eth_blockNumber") == height


def test_wire__stopped_half_way__only_what_is_missing_is_deployed(sender, settings, tmp_path, monkeypatch):
    out, deploy = tmp_path / "a.json", sender.deploy

    def deploy_until_the_distributor(artifact, arguments, account):
        if artifact.name == "RewardDistributor":
            raise KeyboardInterrupt
        return deploy(artifact, arguments, account)

    monkeypatch.setattr(sender, "deploy", deploy_until_the_distributor)
    with pytest.raises(KeyboardInterrupt):
        wire(sender, settings, out)
    monkeypatch.undo()
    before = json.loads(out.read_text())["contracts"]
    second = wire(sender, settings, out)
    assert before.items() <= second.deployed.contracts.items()
    missing = ["distributor", "bonus_token", "verifier0", "verifier1", "verifier2"]
    assert [line.split()[1] for line in second.done if line.startswith("deployed")] == missing
    assert wire(sender, settings, out).done == ()


def test_wire__treasury_key_not_at_hand__is_owed_until_it_is(node, sender, settings, tmp_path):
    out = tmp_path / "a.json"
    without = wire(_sender(node, settings, 0), settings, out)
    assert [duty.function for duty in without.owed] == ["approve", "acceptTreasury"]
    assert all(settings.treasury in str(duty) for duty in without.owed)
    assert wire(sender, settings, out).owed == ()


def test_wire__opening_balances__are_added_once(sender, settings, at, out, tmp_path):
    path, token, amount = tmp_path / "opening.bin", at["token"], 70
    path.write_bytes(encode_opening([(token, settings.guardian, amount)]))
    opened = replace(settings, opening=read_opening(path))
    assert [line.split()[2][:21] for line in wire(sender, opened, out).done] == ["parameters.addOpening"]
    assert wire(sender, opened, out).done == ()
    parameters = _contract(sender, "Parameters", at["parameters"])
    (added,) = parameters.events.OpeningAdded().get_logs(from_block=0)
    assert added["args"] == {"token": token, "amount": amount, "sha256": hashlib.sha256(path.read_bytes()).digest()}


def test_wire__existing_token__is_used_and_not_deployed(sender, settings, at, tmp_path):
    token = at["token"]
    other = wire(sender, replace(settings, token=token), tmp_path / "b.json").deployed.contracts
    assert other["token"] == token
    assert other["staking"] != at["staking"]
    assert _contract(sender, "Staking", other["staking"]).functions.token().call() == token


@pytest.mark.parametrize("change", [{"genesis": 1}, {"length_seconds": 7}, {"first": 3}])
def test_wire__another_clock__is_refused(sender, settings, out, change):
    with pytest.raises(InputError, match="is wired otherwise"):
        wire(sender, replace(settings, **change), out)


def test_wire__address_of_another_contract__is_refused(sender, settings, out):
    saved = json.loads(out.read_text())
    saved["contracts"]["staking"] = saved["contracts"]["parameters"]
    out.write_text(json.dumps(saved))
    with pytest.raises(InputError, match=r"staking is wired otherwise.*token"):
        wire(sender, settings, out)


def test_wire__distributor_of_another_kind__is_refused(sender, settings, out):
    saved = json.loads(out.read_text())
    saved["contracts"]["distributor"] = saved["contracts"]["token"]
    out.write_text(json.dumps(saved))
    with pytest.raises(InputError, match="distributor is wired otherwise"):
        wire(sender, settings, out)


def test_wire__other_roles_than_it_was_deployed_with__are_refused_before_anything_is_sent(sender, settings, out):
    saved = json.loads(out.read_text())
    del saved["contracts"]["distributor"]
    out.write_text(json.dumps(saved))
    height = sender.web3.eth.block_number
    with pytest.raises(InputError, match=r"task_market is wired otherwise, expected arbiter 0x"):
        wire(sender, replace(settings, arbiter=settings.guardian), out)
    assert sender.web3.eth.block_number == height


def test_wire__code_of_another_build__is_refused_and_named(node, sender, settings, out):
    at, rpc = json.loads(out.read_text())["contracts"], DevRpc(node.rpc)
    whole = rpc.call("eth_getCode", at["app_registry"], "latest")
    rpc.call("anvil_setCode", at["app_registry"], whole[:-200] + f"{int(whole[-200], 16) ^ 1:x}" + whole[-199:])
    assert [each.key for each in verify_wiring(sender, settings, out).differences] == ["app_registry"]
    with pytest.raises(InputError, match=r"app_registry is wired otherwise, expected the code of this build"):
        wire(sender, settings, out)
    rpc.call("anvil_setCode", at["app_registry"], whole)
    assert verify_wiring(sender, settings, out).differences == ()


OTHER = "0x" + "11" * 20


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (
            {
                "dao": OTHER,
                "guardian": OTHER,
                "treasury": OTHER,
                "members": (OTHER,),
                "activation_delay_seconds": 7200,
                "miss_slash_wei": 1,
                "min_fee_wei": 1,
                "burn_bps": 1,
                "challenge_bond_wei": 1,
            },
            (
                *(
                    "owner 0x11",
                    "guardian 0x11",
                    "treasury 0x11",
                    "members ['0x11",
                    "activationDelay 7200",
                    "missSlash 1",
                ),
                *("minFee(2) 1", "burnBps 1", "rules [1, 86400]"),
            ),
        ),
        (
            {"alphas_milli": (1_000, 200, 7), "residual": 1},
            ("SchemeWeightSet of epoch 0 [2, 7]", "RulesetSet of epoch 0 ['paper-v1', 1]"),
        ),
    ],
)
def test_verify_wiring__other_offices_or_parameters__are_differences(sender, settings, out, change, differs):
    found = verify_wiring(sender, replace(settings, **change), out).differences
    assert [name for name in differs if not any(name in each.expected for each in found)] == []


def test_wire__no_code_at_a_saved_address__is_refused(sender, settings, out):
    saved = json.loads(out.read_text())
    saved["contracts"]["token"] = settings.guardian
    out.write_text(json.dumps(saved))
    with pytest.raises(InputError, match="no contract at a saved address"):
        wire(sender, settings, out)


def test_wire__file_of_another_chain__is_refused(sender, settings, tmp_path):
    out = tmp_path / "a.json"
    out.write_text(json.dumps({"chain_id": 1, "contracts": {}}))
    with pytest.raises(InputError, match="expected chain id 31337, got 1"):
        wire(sender, settings, out)


@pytest.mark.parametrize("content", ["{", "[]", '{"chain_id": 31337}'])
def test_wire__garbage_file__is_refused(sender, settings, tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match="unreadable address file"):
        wire(sender, settings, tmp_path / "a.json")


def _sender(node, settings, *numbers):
    artifacts = [load_artifact(name) for name in artifact_names(settings).values()]
    return WiringSender(node.rpc, [node.accounts[number].private_key for number in numbers], artifacts)


def _contract(sender, name, address):
    web3 = Web3(HTTPProvider(sender.address))
    return web3.eth.contract(address=address, abi=load_artifact(name).abi)


def _distributor(sender, at):
    return _contract(sender, "RewardDistributor", at["distributor"])
