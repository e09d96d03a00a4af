"""The money path by the command line on networks with one approved app, two, and many: where every network starts."""

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.flows.storing.identity import append_identity
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.claims_seen import LakeClaims
from settlement.entry.configuration.assembly import ingest_settings
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.template import render_config
from settlement.rules.columns.conversions import addresses_to_bytes, amounts_to_ints
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address
from tests.support.operator import DATA_DIR, Operator

pytestmark = [pytest.mark.chain, pytest.mark.database]

KEYS = ("app_registry", "staking", "task_market", "parameters", "distributor", "token")
AT = {key: "0x" + bytes([0x40 + place]).hex() * 20 for place, key in enumerate(KEYS)}
PEOPLE = [bytes([0xF8, 0xC9, place]) + bytes([place]) * 17 for place in range(1, 5)]
"""Of bytes that are no text: what a filter of bytes once lost."""
PER_EPOCH, EPOCHS = 60, 2


def chain_of(apps):
    """Return a chain of two epochs: proofs of each app by everybody, some paid already."""
    chain = MadeUpChain().mine()
    chain.emit("weights_set", from_epoch=0, a=2500, b=7500, c=5000, d=5000, usage_unit=7)
    chain.emit("emission_set", from_epoch=0, amount=10**24)
    chain.emit("scheme_weight_set", from_epoch=0, scheme=0, alpha_milli=1000)
    for app in map(address, range(1, apps + 1)):
        chain.emit("app_approved", app=app, from_epoch=0, scheme=0, gates=40)
        for account in PEOPLE:
            for role in (0, 1):
                amount = 10**18 * (1 + account[2] + role)
                chain.emit("stake_changed", app=app, account=account, role=role, delta=amount, effective_epoch=0)
    for epoch in range(EPOCHS):
        chain.mine_until(GENESIS + epoch * LENGTH)
        for number in range(PER_EPOCH):
            who = {"miner": PEOPLE[number % 4], "user": PEOPLE[number // 4 % 4]}
            chain.emit("proof_verified", app=address(1 + number % apps), **who, scheme=0, gates=5, epoch=epoch)
    for account in PEOPLE:
        paid = {"account": account, "token": bytes.fromhex(AT["token"][2:]), "amount": 3, "cumulative": 3}
        chain.emit("claimed", **paid, to=account)
    for row in chain.events["claimed"]:
        row["address"] = bytes.fromhex(AT["distributor"][2:])
    return chain.mine_until(GENESIS + EPOCHS * LENGTH)


@pytest.fixture
def operator_with(lake_url, tmp_path, capsys):
    """Return a function that gives an operator whose lake holds a chain."""

    def make(chain):
        operator = Operator(tmp_path, capsys, {"POZK_STORE_DATABASE_URL": lake_url})
        values = {("contracts", key): at for key, at in AT.items()} | {
            ("chain", "rpc"): ["http://127.0.0.1:1"],
            ("chain", "chain_id"): 31337,
            ("epoch", "genesis"): GENESIS,
            ("epoch", "length_seconds"): LENGTH,
            ("epoch", "first"): 0,
            ("store", "data_dir"): DATA_DIR,
        }
        operator.config.write_text(render_config(values), encoding="utf-8")
        settings = load_settings(operator.config, operator.environment)
        with open_lake(lake_url, settings.store.data_dir, REFERENCE) as lake:
            chain.store(lake)
            append_identity(lake, ingest_settings(settings, None).identity())
        return operator, settings

    return make


@pytest.mark.parametrize("apps", [1, 2, 30])
def test_money_path__of_so_many_apps__pays_everybody_and_every_reader_sees_every_row(operator_with, lake_url, apps):
    operator, settings = operator_with(chain_of(apps))
    settled = operator.pozk("settle").document
    assert [int(report["distributed"]) > 0 for report in settled["reports"]] == [True] * EPOCHS
    assert settled["unpaid"] == []
    for arguments in (("verify",), ("verify", "--engine", "none")):
        assert all(verdict["ok"] for verdict in operator.pozk(*arguments).document["epochs"])
    counted = "SELECT count(*) AS n FROM lake.proof_verified WHERE app = unhex('{}')"
    rows = [operator.pozk("query", counted.format(address(n).hex())).document[0]["n"] for n in (1, apps)]
    assert [int(n) for n in rows] == [EPOCHS * len(range(n - 1, PER_EPOCH, apps)) for n in (1, apps)]
    for account in PEOPLE:
        story = operator.pozk("explain", "0x" + account.hex(), "--epoch", "1").document
        grown = sum(int(entry["after"]) - int(entry["before"]) for entry in story["entitlements"])
        assert grown == sum(int(row["amount"]) for row in story["amounts"]) > 0
        seen = {(row["app"], row["role"]): row for row in story["amounts"] + story["nothing"]}
        assert [row["stake_changes"]["count"] for row in seen.values()] == [1] * 2 * apps
        assert sum(row["proofs"]["count"] for (_, role), row in seen.items() if role == "miner") == PER_EPOCH // 4
    with open_lake(lake_url, settings.store.data_dir, REFERENCE, read_only=True) as lake:
        paid = LakeClaims(lake, settings.contracts.distributor).load_paid()
    assert sorted(addresses_to_bytes(paid.account)) == sorted(PEOPLE)
    assert amounts_to_ints(paid.cumulative) == [3] * len(PEOPLE)


def test_settle__proofs_of_an_epoch_that_pays_nothing__are_told_on_the_terminal_and_in_json(operator_with):
    chain = chain_of(1)
    chain.events["emission_set"].clear()
    operator, _ = operator_with(chain)
    answer = operator.pozk("settle")
    told = [{"epoch": epoch, "proofs": PER_EPOCH, "why": "no emission is in force"} for epoch in range(EPOCHS)]
    assert answer.document["unpaid"] == told
    for epoch in range(EPOCHS):
        assert (
            f"epoch {epoch} PAYS NOTHING although {PER_EPOCH} proofs are stored: no emission is in force"
            in answer.stderr
        )
    assert [report["distributed"] for report in answer.document["reports"]] == ["0"] * EPOCHS
