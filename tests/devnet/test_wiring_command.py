import json

import pytest

from deploy.devnet.node import NodeSettings, start_node
from deploy.wiring.__main__ import main

_GENESIS = "2000000000"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    running = start_node(NodeSettings(tmp_path_factory.mktemp("node"), accounts=3))
    yield running
    running.stop()


@pytest.mark.chain
def test_main__key_in_a_file__deploys_and_prints_addresses(node, tmp_path, capsys):
    (tmp_path / "key").write_text(node.accounts[0].private_key + "\n")
    out = tmp_path / "a.json"
    arguments = ["--rpc", node.rpc, "--out", str(out), "--genesis", _GENESIS]
    assert main(arguments, {"POZK_DEPLOYER_KEY_FILE": str(tmp_path / "key")}) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(out.read_text())["contracts"]
    market, beside = {"market_desk", "task_market"}, {"reward_relay", "challenge_desk"}
    assert set(printed) == {"token", "app_registry", "parameters", "staking", "distributor"} | market | beside


@pytest.mark.chain
def test_main__treasury_of_somebody_else__says_what_is_owed(node, tmp_path, capsys):
    treasury = node.accounts[1]
    out = str(tmp_path / "a.json")
    arguments = ["--rpc", node.rpc, "--out", out, "--genesis", _GENESIS, "--treasury", treasury.address]
    environment = {"POZK_DEPLOYER_KEY": node.accounts[0].private_key}
    assert main(arguments, environment) == 3
    assert f"owed: {treasury.address} calls token.approve" in capsys.readouterr().err
    assert main(arguments, environment | {"POZK_TREASURY_KEY": treasury.private_key}) == 0


def test_main__no_key__is_wrong_usage(tmp_path, capsys):
    out = str(tmp_path / "a.json")
    assert main(["--rpc", "http://127.0.0.1:1", "--out", out, "--genesis", _GENESIS], {}) == 2
    assert "no deployer key, expected POZK_DEPLOYER_KEY" in capsys.readouterr().err


def test_main__node_down__try_again_later(tmp_path, capsys):
    out = str(tmp_path / "a.json")
    environment = {"POZK_DEPLOYER_KEY": "0x" + "11" * 32}
    assert main(["--rpc", "http://127.0.0.1:1", "--out", out, "--genesis", _GENESIS], environment) == 3
    assert "node is unreachable" in capsys.readouterr().err
