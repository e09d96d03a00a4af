"""`python -m tests.soak --epochs 5 --kill-seconds 30 --seed 1`: a committee under kills, from nothing to paid.

Every oracle has a database and a lake of its own. It ends with a table of what happened, or with what went wrong.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

import psutil
from web3 import HTTPProvider, Web3

from deploy.artifacts import load_artifact
from deploy.devnet import DevnetSettings, advance_time, mine, run_devnet
from deploy.devnet.rpc import DevRpc
from tests.soak.oracle import SoakOracle
from tests.support.devnet import votes_on


def main():
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="pozk-soak-"))
    quiet = (3,) if options.epochs > 3 else ()
    settings = DevnetSettings(epochs=options.epochs, quiet_epochs=quiet, participants=12, tasks_per_epoch=20)
    oracles = []
    with run_devnet(settings) as devnet:
        try:
            oracles = _committee(devnet, folder, options.oracles)
            report = _run(devnet, oracles, random.Random(options.seed), options)
        finally:
            for oracle in oracles:
                if oracle.process is not None and oracle.process.poll() is None:
                    oracle.stop()
        report |= _audit(devnet, oracles, folder)
        report["wrong"] += [] if report["finished"] else ["not every claim was paid in time"]
    if report["wrong"]:
        print(json.dumps(report, indent=1), f"\nkept: {folder}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=1))
    shutil.rmtree(folder)
    return 0


def _options():
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--oracles", type=int, default=3)
    parser.add_argument("--kill-seconds", type=float, default=30.0, help="between two kills, on average")
    parser.add_argument("--minutes", type=float, default=30.0, help="at most")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _committee(devnet, folder, count):
    """Make the accounts of three roles the committee and return their oracles; the first one distributes."""
    members = [devnet.officers[role] for role in ("signer", "guardian", "relayer")][:count]
    web3 = Web3(HTTPProvider(devnet.rpc))
    contract = _distributor(devnet, web3)
    listed = sorted(member.address for member in members)
    call = contract.functions["setCommittee"](listed, len(listed) // 2 + 1)
    assert web3.eth.wait_for_transaction_receipt(call.transact({"from": devnet.officers["dao"].address}))["status"] == 1
    payer = devnet.officers["treasury"].private_key
    oracles = [
        SoakOracle(folder / f"oracle{place}", member.private_key, payer if place == 0 else "")
        for place, member in enumerate(members)
    ]
    for oracle in oracles:
        oracle.configure(devnet)
        oracle.start()
    return oracles


def _distributor(devnet, web3):
    address = Web3.to_checksum_address(devnet.addresses["distributor"])
    return web3.eth.contract(address=address, abi=load_artifact("RewardDistributor").abi)


def _run(devnet, oracles, rng, options):
    """Kill and start oracles until every epoch is active and every claim paid, or time is over."""
    started = time.monotonic()
    contract = _distributor(devnet, Web3(HTTPProvider(devnet.rpc)))
    next_kill, is_paid = started + options.kill_seconds, False
    rpc = DevRpc(devnet.rpc)
    while not is_paid and time.monotonic() < started + 60 * options.minutes:
        mine(rpc)
        seen = [oracle.look() for oracle in oracles]
        if time.monotonic() >= next_kill:
            victim = rng.choice(oracles)
            victim.kill()
            victim.start()
            next_kill = time.monotonic() + options.kill_seconds * rng.uniform(0.5, 1.5)
        exists, newest, _ = contract.functions["latestActive"]().call()
        _pass_delay(rpc, contract, newest + 1 if exists else 0)
        is_paid = exists and newest >= options.epochs - 1 and _is_paid(oracles, seen, options.epochs)
        time.sleep(1.0)
    recoveries = [seconds for oracle in oracles for seconds in oracle.recoveries]
    return {
        "seconds": round(time.monotonic() - started),
        "epochs": options.epochs,
        "oracles": len(oracles),
        "kills": sum(oracle.kills for oracle in oracles),
        "recovered": len(recoveries),
        "longest_recovery_seconds": round(max(recoveries, default=0.0), 1),
        "finished": bool(is_paid),
    }


def _pass_delay(rpc, contract, epoch):
    """Let the chain's time pass by the delay of the oldest pending root, and no further: no epoch is to end."""
    state, _, _, active_at = contract.functions["rootAt"](epoch).call()
    now = int(rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    if state == 1 and active_at > now:
        advance_time(rpc, active_at - now)


def _is_paid(oracles, seen, epochs):
    """Whether every oracle has settled all and the one that distributes has nothing left."""
    if not all(status and status.get("epoch", {}).get("settled") == epochs - 1 for status in seen):
        return False
    log = oracles[0].log.read_text(errors="replace")
    return "claims paid" in log and seen[0]["unpaid"] == 0


def _audit(devnet, oracles, folder):
    """Return what is wrong: reports that differ, votes that are doubled, secrets, processes or locks that are left."""
    wrong = []
    reports = [
        {path.parent.name: path.read_bytes() for path in sorted(oracle.folder.glob("data/epochs/*/report.json"))}
        for oracle in oracles
    ]
    if any(found != reports[0] for found in reports) or len(reports[0]) != devnet.settings.epochs:
        wrong.append("the reports of the oracles differ")
    votes = [tuple(bytes(topic) for topic in log["topics"][1:3]) for log in votes_on(devnet)]
    if len(set(votes)) != len(votes):
        wrong.append("a vote is doubled")
    lines = [" ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"])]
    wrong += [f"a process is left: {line}" for line in lines if str(folder) in line]
    secrets = {key.removeprefix("0x") for oracle in oracles for key in (oracle.key, oracle.relayer) if key}
    files = [path for path in folder.rglob("*") if path.is_file()]
    wrong += [f"a secret is in {path}" for path in files if any(key.encode() in path.read_bytes() for key in secrets)]
    return {"votes": len(votes), "wrong": wrong}


if __name__ == "__main__":
    sys.exit(main())
