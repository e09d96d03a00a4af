"""The money path by the command line on networks with one approved app, two, and many: where every network starts."""

from collections import defaultdict
from contextlib import ExitStack
from operator import itemgetter
from types import SimpleNamespace

import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from deploy.faults.simchain import SimChain
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.claims_seen import LakeClaims
from settlement.entry.configuration.assembly import open_store
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.template import render_config
from settlement.flows.distribute import distribute_claims
from settlement.rules.columns.conversions import addresses_to_bytes, amounts_to_ints
from settlement.words.intents import FeeMarket
from tests.indexer.rawlogs import encode_log
from tests.settlement.adapters.events import LENGTH, MadeUpChain, address
from tests.support.operator import DATA_DIR, Operator

pytestmark = [pytest.mark.chain, pytest.mark.database]

KEYS = ("app_registry", "staking", "task_market", "parameters", "distributor", "token")
AT = {key: "0x" + bytes([0x40 + place]).hex() * 20 for place, key in enumerate(KEYS)}
PEOPLE = [bytes([0xF8, 0xC9, place]) + bytes([place]) * 17 for place in range(1, 5)]
"""Of bytes that are no text: what a filter of bytes once lost."""
PER_EPOCH, EPOCHS = 60, 2
START, STEP, LAG = 1_700_000_000, 10, 4
"""When the simulated chain begins, the seconds between its blocks, and how many of them are not final."""


def chain_of(apps):
    """Return a chain of two epochs: proofs of each app by everybody, some paid already."""
    chain = MadeUpChain(start=START, step=STEP).mine()
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
        chain.mine_until(START + epoch * LENGTH)
        for number in range(PER_EPOCH):
            who = {"miner": PEOPLE[number % 4], "user": PEOPLE[number // 4 % 4]}
            chain.emit("proof_verified", app=address(1 + number % apps), **who, scheme=0, gates=5, epoch=epoch)
    for account in PEOPLE:
        paid = {"account": account, "token": bytes.fromhex(AT["token"][2:]), "amount": 3, "cumulative": 3}
        chain.emit("claimed", **paid, to=account)
    return chain.mine_until(START + EPOCHS * LENGTH)


def on_chain(made):
    """Return a chain of true hashes with the logs of a made-up one, that a node can serve."""
    kinds = {kind.table: kind for kind in REFERENCE.kinds}
    logs = defaultdict(list)
    for table, rows in made.events.items():
        kind = kinds[table]
        for row in rows:
            values = {each.name: row.get(each.column, zero_of(each.abi_type)) for each in kind.arguments}
            log = (bytes.fromhex(AT[kind.emitters[0]][2:]), *encode_log(kind, values))
            logs[row["block_number"]].append((row["log_index"], log))
    chain = SimChain(
        1,
        lambda _, number: [[log for _, log in sorted(logs[number], key=itemgetter(0))]],
        finality_lag=LAG,
        seconds=STEP,
    )
    chain.grow(len(made.blocks) + LAG - 1)
    return chain


def zero_of(abi_type):
    return bytes(20) if abi_type == "address" else bytes(32) if abi_type.startswith("bytes") else 0


@pytest.fixture
def operator_with(lake_url, tmp_path, capsys):
    """Return a function that gives an operator who has indexed a chain from a node."""
    with ExitStack() as nodes:

        def make(chain):
            node = FaultyNode(on_chain(chain), FaultPlan(0, {}))
            nodes.callback(node.stop)
            operator = Operator(tmp_path, capsys, {"POZK_STORE_DATABASE_URL": lake_url})
            values = {("contracts", key): at for key, at in AT.items()} | {
                ("chain", "rpc"): [node.url],
                ("chain", "chain_id"): 31337,
                ("chain", "start_block"): 0,
                ("epoch", "genesis"): START,
                ("epoch", "length_seconds"): LENGTH,
                ("epoch", "first"): 0,
                ("store", "data_dir"): DATA_DIR,
            }
            operator.config.write_text(render_config(values), encoding="utf-8")
            operator.pozk("index")
            return operator, load_settings(operator.config, operator.environment)

        yield make


class PlayedDistributor:
    """A distributor under the newest settled root that has paid each account 3, and pays whatever is proven."""

    wallet = SimpleNamespace(estimate_gas=lambda _, __, data: len(data), fetch_market=lambda: FeeMarket(7, 3))

    def __init__(self, report):
        self._active, self.paid, self.sent = (report.epoch, report.root), {}, []

    def latest_active(self):
        return self._active

    def claimed_amounts(self, keys):
        return [self.paid.get(key, 3) for key in keys]

    def fetch_payable(self, _epoch, leaves, _subject):
        return [leaf.cumulative for leaf in leaves]

    def encode_claims(self, _epoch, leaves):
        return leaves

    def encode_shared_claims(self, _epoch, leaves, _proof):
        return leaves

    def resolve_pending(self):
        pass

    def send(self, _purpose, _subject, leaves):
        self.sent += leaves
        self.paid |= {(leaf.account, leaf.token): leaf.cumulative for leaf in leaves}
        return SimpleNamespace(gas_used=len(leaves))


@pytest.mark.parametrize("apps", [1, 2, 30])
def test_money_path__of_so_many_apps__pays_everybody_and_every_reader_sees_every_row(operator_with, apps):
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
    with open_store(settings) as store:
        claims = LakeClaims(store.lake, settings.contracts.distributor)
        paid, leaves = claims.load_paid(), store.artifacts.load_epoch(EPOCHS - 1).load_leaves()
        distributor = PlayedDistributor(store.journal.load_report(EPOCHS - 1))
        outcomes = [
            distribute_claims(distributor, distributor, store.journal, store.artifacts, claims, 3, 0, lambda _: None)
            for _ in range(2)
        ]
    assert sorted(addresses_to_bytes(paid.account)) == sorted(PEOPLE)
    assert amounts_to_ints(paid.cumulative) == [3] * len(PEOPLE)
    assert [(outcome.claims, outcome.left) for outcome in outcomes] == [(len(PEOPLE), 0), (0, 0)]
    assert sorted((leaf.account, leaf.cumulative) for leaf in distributor.sent) == sorted(
        zip(addresses_to_bytes(leaves.account), amounts_to_ints(leaves.cumulative), strict=True)
    )


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
