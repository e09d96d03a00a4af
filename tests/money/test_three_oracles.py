"""Three oracles on one chain, each with a lake and a database of its own: a quorum, a wrong one, a late one."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from web3 import HTTPProvider, Web3

from deploy.artifacts import load_artifact
from deploy.devnet import mine
from deploy.faults.adversary import Hole
from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from deploy.faults.source import Upstream
from tests.conftest import create_database, drop_database
from tests.money.test_json_documents import verify
from tests.support.devnet import votes_on
from tests.support.operator import Operator, operator_of, reports_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
ROLES = ("signer", "guardian", "relayer")
WRONG = 1
"""The epoch of which one of them lacks logs."""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Print nothing."""


@pytest.fixture
def served(tmp_path):
    """A folder, and the address at which it is served."""
    (tmp_path / "served").mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "served"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield tmp_path / "served", f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def committee(fresh_devnet):
    """The distributor, once the three are its committee."""
    web3 = Web3(HTTPProvider(fresh_devnet.rpc))
    address = Web3.to_checksum_address(fresh_devnet.addresses["distributor"])
    contract = web3.eth.contract(address=address, abi=load_artifact("RewardDistributor").abi)
    members = sorted(fresh_devnet.officers[role].address for role in ROLES)
    contract.functions.setCommittee(members, 2).transact({"from": fresh_devnet.officers["dao"].address})
    mine(fresh_devnet.rpc, 4)
    return contract


@pytest.fixture
def honest(fresh_devnet, settled, postgres, tmp_path, capsys):
    """Two oracles who have indexed and settled everything."""
    folder, database = settled
    found = []
    for role in ROLES[:2]:
        shutil.copytree(folder, tmp_path / role)
        environment = {"POZK_STORE_DATABASE_URL": create_database(postgres, database)}
        environment |= {"POZK_CHAIN_RPC": fresh_devnet.rpc}
        environment |= {"POZK_SIGNER_PRIVATE_KEY": fresh_devnet.officers[role].private_key}
        found.append(Operator(tmp_path / role, capsys, environment))
    yield found
    for oracle in found:
        drop_database(postgres, oracle.environment["POZK_STORE_DATABASE_URL"])


@pytest.fixture
def lacking(honest, fresh_devnet, lake_url, tmp_path, capsys):
    """An oracle whose lake lacks logs of an epoch: its only node had none, and it asked for no proof.

    It began from a peer, saw that the peer's report differs, and went on all the same.
    """
    honest[0].pozk("bundle", "publish", "--to", str(tmp_path / "mirror"))
    rpc = Upstream(fresh_devnet.rpc)
    ends = fresh_devnet.genesis + (WRONG + 1) * fresh_devnet.length_seconds
    last = next(number for number in range(10**6) if int(block_of(rpc, number)["timestamp"], 16) >= ends) - 1
    with FaultyNode(Hole(rpc, last - 6, last), FaultPlan(0, {})) as node:
        key = fresh_devnet.officers[ROLES[2]].private_key
        operator = operator_of(
            fresh_devnet,
            tmp_path / ROLES[2],
            capsys,
            POZK_STORE_DATABASE_URL=lake_url,
            POZK_CHAIN_RPC=node.url,
            POZK_CHAIN_VERIFY="none",
            POZK_SIGNER_PRIVATE_KEY=key,
        )
        differs = operator.pozk("bootstrap", str(tmp_path / "mirror"), code=1).document["error"]
        assert f"the peer's report of epoch {WRONG} differs in events" in differs
        operator.pozk("settle")
        yield operator


def block_of(rpc, number):
    return rpc.answer("eth_getBlockByNumber", [hex(number), False])


def test_committee__one_wrong_one_away_one_late__quorum_without_them_and_all_agree_in_the_end(
    committee, honest, lacking, fresh_devnet, served
):
    first, second = honest
    folder, url = served
    wrong_before = reports_of(lacking)
    differing = [epoch for epoch, report in reports_of(first).items() if report != wrong_before[epoch]]
    assert differing[0] == f"{WRONG:08d}"

    # Signatures through a folder and over HTTP: two of three are a quorum, sent by one of them.
    verify("committee-sign", first.pozk("committee", "sign", "--at", str(folder.parent / "own")).document)
    alone = first.pozk("committee", "collect", "--at", str(folder.parent / "own"), code=3).document["error"]
    assert "too few signatures for epoch 0, expected 2 for our report, got 1" in alone
    second.pozk("committee", "sign", "--at", str(folder))
    places = ["--at", str(folder.parent / "own"), "--at", url]
    sent = first.pozk("committee", "collect", *places).document
    verify("committee-collect", sent)
    assert (len(sent["signed"]), len(sent["missing"]), sent["sent"]) == (2, 1, True)
    assert committee.functions.nextEpoch().call() == 1

    # Two vote by themselves and execute the epoch; the wrong one sees it, does not vote, and learns where it differs.
    while committee.functions.nextEpoch().call() < len(reports_of(first)):
        for oracle in honest:
            oracle.pozk("settle", "--publish")
    assert committee.functions.nextEpoch().call() == len(reports_of(first))
    mine(fresh_devnet.rpc, 4)
    seen = lacking.try_pozk("run", "--once")
    assert seen.code == 1
    assert f"ALERT: the committee executed another report of epoch {WRONG}" in seen.stdout
    assert {"outvoted", "jobs_frozen"} <= {*lacking.try_pozk("status").document["alerts"]}
    bundle = str(first.data_dir / "epochs" / f"{WRONG:08d}")
    differs = lacking.pozk("committee", "--epoch", str(WRONG), "--bundle", bundle).document
    assert differs["difference"]["stage"] == "events"
    assert differs["executed"] != differs["ours"]
    voters = {Web3.to_checksum_address(log["topics"][2][-20:]) for log in votes_on(fresh_devnet)[1:]}
    assert voters == {fresh_devnet.officers[role].address for role in ROLES[:2]}

    # Mended, it is a late one: it has nothing to vote for any more, and every report of it is the executed one.
    lacking.environment |= {"POZK_CHAIN_RPC": fresh_devnet.rpc, "POZK_CHAIN_VERIFY": "receipts"}
    lacking.pozk("index")
    lacking.try_pozk("index", "--audit")
    lacking.pozk("settle", "--redo", "--epoch", str(WRONG))
    assert lacking.pozk("settle", "--publish").document["published"] == []
    assert reports_of(lacking) == reports_of(first) == reports_of(second)
