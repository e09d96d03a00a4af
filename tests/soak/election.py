"""`python -m tests.soak.election --kills 200`: instances of one oracle, of which the one that speaks is killed.

They share a database and the disk of the lake. Every vote begins a new round of the committee, so that another one is
due. It ends with how long the next one took to speak, and with what is wrong.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from eth_account import Account

from deploy.devnet import DevnetSettings
from deploy.devnet.run import begin_devnet
from indexer.adapters.postgres.database import open_database
from tests.soak.network import LiveNetwork
from tests.soak.nodes import OracleNodes
from tests.soak.oracle import SoakOracle
from tests.soak.votes import count_votes, doubled

SHARED = ("lake", "lake.kept", "epochs", "stakes")
"""What the instances of one oracle have in common of their data directories."""
TAKEOVER_SECONDS, START_SECONDS = 15.0, 300.0
SPEAKS = "this instance speaks"
OPTIONS = {"POZK_RUN_LOOK_SECONDS": "1", "POZK_RUN_AUDIT_SECONDS": "600", "POZK_RUN_COMPACT_SECONDS": "600"}


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m tests.soak.election", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--instances", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="pozk-election-"))
    report = elect(options.kills, options.instances, options.seed, folder)
    print(json.dumps(report, indent=1))
    if report["wrong"]:
        return 1
    shutil.rmtree(folder)
    return 0


def elect(kills, instances, seed, folder):
    """Kill the instance that speaks so many times; return how that went."""
    settings = DevnetSettings(
        epochs=2, quiet_epochs=(), participants=12, tasks_per_epoch=20, genuine_proofs=False, seed=seed
    )
    with ExitStack() as undo:
        young = begin_devnet(settings)
        undo.callback(young.devnet.stop)
        network, member = LiveNetwork(young), Account.create()
        network.rpc.call("anvil_setBalance", member.address, hex(10**22))
        while not network.is_over:
            network.step()
        network.rpc.results([("evm_setAutomine", [False]), ("evm_setIntervalMining", [1])])
        database = undo.enter_context(open_database("", folder / "server"))
        nodes = OracleNodes(network.devnet.rpc, seed, honest=True)
        undo.callback(nodes.stop)
        election = Election(network, member, [], random.Random(seed))
        election.begin_round()
        for place in range(instances):
            election.oracles.append(_instance(folder, place, member, nodes, network, database.uri))
            undo.callback(_end, election.oracles[-1])
        election.await_speaker()
        took = [election.kill_the_speaker() for _ in range(kills)]
        for oracle in election.oracles:
            oracle.stop()
        votes = count_votes(network.distributor)
    late = [f"{seconds:.1f} s until another one spoke" for seconds in took if seconds > TAKEOVER_SECONDS]
    return {
        "kills": len(took),
        "takeover_seconds": {"median": round(sorted(took)[len(took) // 2], 1), "longest": round(max(took), 1)},
        "votes": votes.total(),
        "wrong": doubled(votes) + late,
    }


def _instance(folder, place, member, nodes, network, uri):
    """Start an instance with a data directory of its own, in which the lake is the others' too."""
    oracle = SoakOracle(folder / f"instance{place}", member.address, member.key.to_0x_hex(), nodes)
    oracle.environment = OPTIONS | {"POZK_STORE_DATABASE_URL": uri}
    oracle.configure(network.devnet)
    oracle.data_dir.mkdir()
    for name in SHARED:
        (folder / "shared" / name).mkdir(parents=True, exist_ok=True)
        (oracle.data_dir / name).symlink_to(folder / "shared" / name)
    oracle.start()
    return oracle


def _end(oracle):
    with suppress(ProcessLookupError):
        oracle.kill()


class Election:
    """`oracles` are the instances; one of them speaks."""

    def __init__(self, network, member, oracles, rng):
        self.network, self.member, self.oracles, self.rng = network, member, oracles, rng

    def begin_round(self):
        """Let the DAO name a committee of ours and one that never votes: what was voted is void."""
        distributor, dao = self.network.distributor, self.network.devnet.officers["dao"].address
        members = sorted([self.member.address, Account.create().address])
        sent = distributor.functions.setCommittee(members, len(members)).transact({"from": dao})
        distributor.w3.eth.wait_for_transaction_receipt(sent, timeout=60)

    def await_speaker(self):
        """Wait until one of them has said that it speaks since it was started; return how long that took."""
        started = time.monotonic()
        while self.speaker() is None:
            assert time.monotonic() < started + START_SECONDS, f"nobody speaks after {START_SECONDS:.0f} s"
            time.sleep(0.05)
        return time.monotonic() - started

    def speaker(self):
        return next((oracle for oracle in self.oracles if _has_spoken(oracle)), None)

    def kill_the_speaker(self):
        """Kill it in the middle of its work and start it again; return how long until another one speaks."""
        until = time.monotonic() + self.rng.uniform(0.0, 5.0)
        while time.monotonic() < until:
            self.renew()
            time.sleep(0.1)
        victim = self.speaker()
        victim.kill()
        victim.start()
        took = self.await_speaker()
        self.renew()
        return took

    def renew(self):
        """Begin a new round where our vote stands."""
        distributor = self.network.distributor
        epoch = distributor.functions.nextEpoch().call()
        if any(distributor.functions.voteOf(epoch, self.member.address).call()):
            self.begin_round()


def _has_spoken(oracle):
    return SPEAKS in oracle.log.read_text(errors="replace")[oracle.log_size :]


if __name__ == "__main__":
    sys.exit(main())
