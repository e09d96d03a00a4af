"""A network with the deployed contracts' interface: indexed, proven, shadowed and taken over, end to end."""

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from indexer.rules.protocols.pozk import POZK
from indexer.words.errors import UnsoundError
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.shadow_access import open_shadowed_lake
from settlement.entry.http.layers.in_process import ask_in_process
from settlement.entry.http.pages import page
from settlement.entry.http.shadow import create_shadow_site
from tests.money.test_json_documents import verify
from tests.pozk.network import APPS, MINERS, NOTHING, PLAYERS, VESTED

pytestmark = [pytest.mark.chain, pytest.mark.database]


def test_shadow__story_with_every_known_behaviour__paid_to_the_wei(played, operator):
    network, _ = played
    assert network.fails("reward", "playerCollect", 2, APPS[1], PLAYERS[2])  # the last of its pool
    vesting = str(operator.folder / "vesting.csv")
    document = operator.pozk("shadow", "--vesting", vesting).document
    verify("shadow", document)
    totals = document["totals"]
    assert (totals["collects"], totals["equal"], totals["different"], totals["undetermined"]) == (10, 10, 0, 0)
    assert totals["pools_different"] == 0
    extras = [row for row in document["extra_payments"] if row["app"] == APPS[0]]
    assert [row["what"] for row in extras] == ["deposit", "claim", *["miner", "player"] * 2, "miner", "owner"]
    assert sum(int(row["seen"]) for row in extras[2:]) == 5 * 10**20
    assert (totals["extras_equal"], totals["extras_different"], totals["extras_undetermined"]) == (9, 0, 0)
    assert int(totals["paid"]) == int(totals["rule"]) > 0
    assert int(totals["returned"]) > 0
    assert document["exact"]["beyond_bound"] == 0
    assert 0 < int(document["exact"]["worst"]) < 10**10
    by_epoch = {epoch["epoch"]: epoch for epoch in document["epochs"]}
    works = {app["app"]: app["work"] for app in by_epoch[3]["apps"]}
    assert works[APPS[1]] == "900000"  # the upgrade came after its first labor of the epoch
    assert {app["app"]: app["work"] for app in by_epoch[4]["apps"]}[APPS[1]] == "900000"
    pool = next(app for app in by_epoch[3]["apps"] if app["app"] == APPS[1])["pools"][0]
    assert (pool["n"], pool["alpha"]) == (str(5 * 10**23), ["3", "10"])  # what was in force when it was opened
    blocked = [row for row in by_epoch[2]["owed"] if row["blocked"]]
    assert {row["account"] for row in blocked} == {PLAYERS[2]}
    assert int(totals["blocked"]) == sum(int(row["amount"]) for row in blocked)
    assert not any(row["account"] == NOTHING for epoch in document["epochs"] for row in epoch["owed"])
    assert [row["role"] for row in by_epoch[3]["owed"]].count("miner") == 1  # the other one's vesting has ended
    assert document["current_epoch"] == 5
    assert by_epoch[5]["owed"] == []
    assert {row["account"] for row in document["extras"]} == {MINERS[0], PLAYERS[0], PLAYERS[1], PLAYERS[3]}
    assert sum(int(row["amount"]) for row in document["extras"]) == 10**21
    state = operator.pozk("shadow", "--vesting", "state").document
    assert state["vesting"] == "the state of an archive node"
    assert state["totals"] == totals
    calls = operator.pozk("shadow", "--vesting", "calls").document
    assert calls["vesting"] == "the call data of all transactions from block 0 on"
    assert (calls["totals"], calls["accounts"]) == (totals, document["accounts"])
    alone = operator.pozk("shadow", "--vesting", vesting, "--account", PLAYERS[1], "--units").document
    verify("shadow", alone)
    assert (alone["token"], alone["symbol"], alone["decimals"]) == (network.addresses["token"], "POZK", 18)
    assert {row["account"] for row in alone["accounts"]} == {PLAYERS[1]}


def test_shadow__unknown_vesting__undetermined_and_no_opening(operator, tmp_path):
    totals = operator.pozk("shadow").document["totals"]
    assert (totals["equal"], totals["different"], totals["undetermined"]) == (4, 0, 6)
    error = operator.pozk("shadow", "--opening", str(tmp_path / "opening.bin"), code=2).document["error"]
    assert "opening balances cannot be computed, expected the miners' vesting amounts" in error


def test_shadow__vesting_amounts_that_are_wrong__different_and_1(operator, tmp_path):
    none = tmp_path / "none.csv"
    none.write_text("block,account,amount,end\n")
    answer = operator.pozk("shadow", "--vesting", str(none), code=1)
    wrong = [row for epoch in answer.document["epochs"] for row in epoch["collects"] if row["state"] == "different"]
    assert VESTED in {row["account"] for row in wrong}
    row = next(row for row in wrong if row["account"] == VESTED)
    assert (row["stake"], row["rule"]) == ("0", "0")
    none.write_text("block,account\n")
    assert "another head" in operator.pozk("shadow", "--vesting", str(none), code=2).document["error"]


def test_serve__a_shadowed_network__an_epoch_an_app_an_account_over_http(operator):
    operator.environment["POZK_PROTOCOL_VESTING"] = "vesting.csv"
    whole = operator.pozk("shadow").document
    settings = load_settings(operator.config, operator.environment)
    with open_shadowed_lake(settings) as lake:
        app = create_shadow_site(settings, lake)

        def ask(path):
            return json.loads(ask_in_process(app, f"/v1/shadow{path}"))

        assert ask("")["totals"] == whole["totals"]
        named = {"token": "0x" + settings.contracts.token.hex(), "symbol": "POZK", "decimals": 18}
        assert ask("/epochs/2") == named | next(each for each in whole["epochs"] if each["epoch"] == 2)
        account = ask(f"/accounts/{PLAYERS[2]}")
        assert {name: account[name] for name in named} == named
        assert account["accounts"] == [each for each in whole["accounts"] if each["account"] == PLAYERS[2]]
        assert {each["epoch"] for each in ask(f"/apps/{APPS[2]}")["epochs"]} == {3}
        with pytest.raises(UnsoundError, match="no such app"):
            ask(f"/apps/{NOTHING}")


def test_serve__a_shadowed_network_without_scripts__says_what_is_owed(operator, monkeypatch):
    document = Path("deploy/page/src/index.html").read_bytes()
    monkeypatch.setattr(page, "_files", lambda: {"index.html": document})
    operator.environment["POZK_PROTOCOL_VESTING"] = "vesting.csv"
    settings = load_settings(operator.config, operator.environment)
    with open_shadowed_lake(settings) as lake:
        client = TestClient(create_shadow_site(settings, lake))
        answer = client.get("/")
        assert answer.text.startswith('<!doctype html>\n<html data-network="pozk"')
        assert "connect-src 'self' https:" in answer.headers["content-security-policy"]
        account = client.get(f"/account/{PLAYERS[2]}.html").text
        owed = client.get(f"/v1/shadow/accounts/{PLAYERS[2]}").json()["accounts"][0]["owed"]
        assert f"{int(owed) / 10**18:,.2f}"[:-3] in account
        assert client.get(f"/app/{APPS[1]}.html").text.count("<table>") == 3
        assert "<h1>Epoch 2</h1>" in client.get("/epoch/2.html").text
        assert (client.get("/epoch/99.html").status_code, client.get("/governance.html").status_code) == (404, 404)
        ready = client.get("/readyz")
        assert (ready.status_code, [row["name"] for row in ready.json()["checks"]]) == (200, ["database"])
        assert 'route="/readyz",status="200"' in client.get("/metrics").text


def test_load_settings__the_example_that_is_shipped__is_of_this_protocol():
    settings = load_settings(Path("docs/examples/pozk.toml"), {})
    assert settings.protocol is POZK
    assert set(settings.contracts.by_name) == set(POZK.contracts)


def test_check__network_that_only_is_indexed__tries_what_concerns_it(operator):
    checks = {each["check"]: each for each in operator.try_pozk("check").document["checks"]}
    assert list(checks)[-1] == "lake"
    assert not {"distributor", "vote", "journal"} & set(checks)
    assert [name for name, each in checks.items() if not each["ok"]] == ["clock"]  # the chain's was moved


def test_shadow__what_else_is_asked_of_such_a_network__exit_2(operator):
    assert "has no distributor" in operator.pozk("settle", code=2).document["error"]
    rows = operator.pozk("query", "SELECT count(*) AS n FROM lake.miner_labor").document
    assert rows == [{"n": 25}]
