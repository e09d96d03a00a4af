"""What is wrong after a soak: roots, votes, claims, transactions, secrets, processes, growth."""

import json
import statistics
from collections.abc import Iterable
from pathlib import Path

import psutil
from web3 import Web3
from web3.types import EventData

from tests.soak.network import LiveNetwork
from tests.soak.oracle import SoakOracle
from tests.soak.votes import count_votes, doubled

GROWTH = {"memory": (1.3, 60 << 20), "open_files": (1.3, 20), "lake_files": (2.0, 60)}
"""Flat: the last third of a size is at most so many times the middle third, and so much more; the first warms up.

Files of the lake grow with the epochs until a table has 200 small ones, and what was merged stays for two hours: twice.
"""
LEAST_SAMPLES = 15
_OWED = (
    "SELECT account, token, cumulative::VARCHAR AS c FROM settled_leaves "
    "WHERE epoch = (SELECT max(epoch) FROM settled_leaves)"
)


def audit(network: LiveNetwork, oracles: list[SoakOracle], folder: Path, samples: list[dict]) -> dict:
    """Return how many votes and claims there are, and what is wrong; the services have ended."""
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    left = [f"a process is left: {line}" for line in lines if str(folder) in line]
    votes = count_votes(network.distributor)
    logs = network.distributor.events.Claimed().get_logs(from_block=0)
    wrong = [*left, *doubled(votes)]
    for look in (
        lambda: _claims(logs, oracles[0]),
        lambda: _reports(network, oracles),
        lambda: _transactions(oracles),
        lambda: _secrets(oracles, folder),
        lambda: _growth(samples),
        lambda: _verified(oracles),
    ):
        try:
            wrong += look()
        except Exception as error:  # noqa: BLE001 - one look that fails hides nothing of the others
            wrong.append(f"{type(error).__name__}: {error}")
    return {"votes": votes.total(), "claims": len(logs), "wrong": wrong}


def _reports(network: LiveNetwork, oracles: list[SoakOracle]) -> list[str]:
    """Every oracle has every report, byte for byte, and the contract holds its root as active."""
    wrong, epochs = [], network.devnet.settings.epochs
    found = [
        {path.parent.name: path.read_bytes() for path in each.data_dir.glob("epochs/*/report.json")} for each in oracles
    ]
    if any(each != found[0] for each in found) or len(found[0]) != epochs:
        wrong.append(f"the reports differ: {[len(each) for each in found]} of {epochs}")
    for report in map(json.loads, found[0].values()):
        state, root, _, _ = network.distributor.functions.rootAt(int(report["epoch"])).call()
        if state != 2 or "0x" + root.hex() != report["root"]:
            wrong.append(f"the root of epoch {report['epoch']} is not the active one")
    return wrong


def _claims(logs: Iterable[EventData], oracle: SoakOracle) -> list[str]:
    """Everybody has been paid to the wei what the last root says, and the claims' events sum up to it."""
    rows, paid = json.loads(oracle.command("query", _OWED, "--json")), {}
    for log in logs:
        key = (log["args"]["account"], log["args"]["token"])
        paid[key] = paid.get(key, 0) + log["args"]["amount"]
    owed = {tuple(Web3.to_checksum_address(row[name]) for name in ("account", "token")): int(row["c"]) for row in rows}
    wrong = [
        f"{key} is owed {amount} and was paid {paid.get(key, 0)}"
        for key, amount in owed.items()
        if paid.get(key) != amount
    ]
    return [*wrong, *([] if owed else ["nothing is owed to anybody"])]


def _transactions(oracles: list[SoakOracle]) -> list[str]:
    """No transaction is left without a fate."""
    wrong = []
    for oracle in oracles:
        listed = json.loads(oracle.command("tx", "--all", "--json"))["transactions"]
        wrong += [
            f"{oracle.folder.name}: transaction {each['id']} is open" for each in listed if each["state"] == "open"
        ]
    return wrong


def _verified(oracles: list[SoakOracle]) -> list[str]:
    """What lies in each lake gives each report again."""
    wrong = []
    for oracle in oracles:
        found = json.loads(oracle.command("verify", "--json", codes=(0, 1)))["epochs"]
        wrong += [
            f"{oracle.folder.name}: epoch {each['epoch']} differs in {each['stage']}"
            for each in found
            if not each["ok"]
        ]
    return wrong


def _secrets(oracles: list[SoakOracle], folder: Path) -> list[str]:
    secrets = {key.removeprefix("0x").encode() for oracle in oracles for key in (oracle.key, oracle.relayer) if key}
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [f"a secret is in {path}" for path in files if any(key in path.read_bytes() for key in secrets)]


def _growth(samples: list[dict]) -> list[str]:
    third, wrong = len(samples) // 3, []
    if len(samples) < LEAST_SAMPLES:
        return []
    for name, (times, more) in GROWTH.items():
        early, late = (
            statistics.median(each[name] for each in part if name in each)
            for part in (samples[third:-third], samples[-third:])
        )
        if late > early * times + more:
            wrong.append(f"{name} grew from {early:,.0f} to {late:,.0f}")
    return wrong
