import json

import pytest

from deploy.devnet.node import NodeSettings, start_node
from settlement.entry.cli import run
from settlement.entry.configuration.config import load_settings
from tests.money.test_json_documents import verify

_GENESIS = "2000000000"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    running = start_node(NodeSettings(tmp_path_factory.mktemp("node"), accounts=3))
    yield running
    running.stop()


@pytest.fixture
def wire(tmp_path, capsys, monkeypatch):
    """Run `pozk wire` with keys in the environment; return its exit code, document and stderr."""

    def do(rpc, *arguments, **keys):
        for name, value in keys.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        fixed = ["--rpc", rpc, "--out", str(tmp_path / "a.json"), "--config", str(tmp_path / "pozk.toml")]
        code = run(["wire", *fixed, "--genesis", _GENESIS, "--json", *arguments])
        printed = capsys.readouterr()
        return code, json.loads(printed.out), printed.err

    return do


@pytest.mark.chain
def test_wire__plan_then_yes_then_verify__deploys_and_writes_a_configuration(node, tmp_path, wire):
    (tmp_path / "key").write_text(node.accounts[0].private_key + "\n")
    code, planned, _ = wire(node.rpc, POZK_DEPLOYER_KEY_FILE=str(tmp_path / "key"))
    assert (code, planned["sent"], planned["contracts"]) == (0, False, {})
    assert planned["plan"]["gas"] > 10_000_000
    code, done, _ = wire(node.rpc, "--yes")
    market, beside = {"market_desk", "task_market"}, {"reward_relay", "challenge_desk"}
    names = {"token", "app_registry", "parameters", "staking", "distributor"} | market | beside
    assert (code, set(done["contracts"]), done["owed"]) == (0, names, [])
    settings = load_settings(tmp_path / "pozk.toml", {})
    assert "0x" + settings.contracts.distributor.hex() == done["contracts"]["distributor"].lower()
    code, verified, _ = wire(node.rpc, "--verify")
    assert (code, verified["sent"], verified["owed"], verified["differences"]) == (0, False, [], [])
    verify("wire", verified)
    code, verified, _ = wire(node.rpc, "--verify", "--guardian", node.accounts[1].address, "--emission", "7")
    assert code == 1
    assert f"expected guardian {node.accounts[1].address}" in " ".join(verified["differences"])
    assert len(verified["differences"]) == 3  # the pauser of two contracts is the guardian; epochs are asked after that
    code, verified, _ = wire(node.rpc, "--verify", "--emission", "7")
    assert (code, [line.split(": expected ")[1] for line in verified["differences"]]) == (
        1,
        [f"EmissionSet of epoch 0 [7], got [{10**24}]"],
    )


@pytest.mark.chain
def test_wire__verify_without_a_key__asks_for_every_role(wire, node, monkeypatch):
    monkeypatch.delenv("POZK_DEPLOYER_KEY", raising=False)
    monkeypatch.delenv("POZK_DEPLOYER_KEY_FILE", raising=False)
    code, document, _ = wire(node.rpc, "--verify")
    assert (code, "--dao cannot work" in document["error"]) == (2, True)
    roles = ("--dao", "--guardian", "--arbiter", "--slasher", "--treasury", "--member")
    given = [part for role in roles for part in (role, node.accounts[0].address)]
    code, document, _ = wire(node.rpc, "--verify", *given)
    assert (code, "not everything is deployed" in document["error"]) == (2, True)


@pytest.mark.chain
def test_wire__treasury_of_somebody_else__says_what_is_owed(node, wire):
    treasury, key = node.accounts[1], node.accounts[0].private_key
    code, document, _ = wire(node.rpc, "--yes", "--treasury", treasury.address, POZK_DEPLOYER_KEY=key)
    assert code == 3
    assert f"{treasury.address} calls token.approve" in document["owed"][0]
    keys = {"POZK_DEPLOYER_KEY": key, "POZK_TREASURY_KEY": treasury.private_key}
    assert wire(node.rpc, "--yes", "--treasury", treasury.address, **keys)[0] == 0


@pytest.mark.chain
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--genesis", "1000000000"], "--genesis cannot work"),
        (["--member", "0x" + "00" * 20], "--member 0 cannot work"),
        (["--member", "0x" + "11" * 20, "--member", "0x" + "11" * 20], "each member once"),
        (["--activation-delay", "86400"], "--activation-delay cannot work"),
        (["--activation-delay", "3599"], "--activation-delay cannot work, expected from 3600"),
        (["--emission", str(10**36 + 1)], "--emission cannot work"),
        ([part for n in range(1, 34) for part in ("--member", f"0x{n:040x}")], "at most 32 members"),
        (["--bonus-token", "0x" + "11" * 20], "no contract at the token's address"),
        (["--challenge-extension", "604801"], "--challenge-extension cannot work"),
        (["--challenge-bond", str(2**96)], "--challenge-bond cannot work"),
        (["--treasury", "me"], "--treasury cannot work"),
        (["--token", "0x" + "11" * 20], "no contract at the token's address"),
    ],
)
def test_wire__settings_that_cannot_work__are_refused_before_anything_is_sent(node, wire, arguments, words):
    code, document, _ = wire(node.rpc, "--yes", *arguments, POZK_DEPLOYER_KEY=node.accounts[2].private_key)
    assert code == 2
    assert words in document["error"]


def test_wire__no_key__is_wrong_usage(wire):
    code, document, _ = wire("http://127.0.0.1:1")
    assert code == 2
    assert "no deployer key, expected POZK_DEPLOYER_KEY" in document["error"]


def test_wire__node_down__try_again_later(wire):
    code, document, _ = wire("http://127.0.0.1:1", POZK_DEPLOYER_KEY="0x" + "11" * 32)
    assert code == 3
    assert "node is unreachable" in document["error"]
