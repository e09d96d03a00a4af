"""`python -m tests.soak --epochs 8 --pause 10 --seed 1`: a committee under faults of every kind, from nothing to paid.

Every oracle has a database and a lake of its own. It ends with a report, or with what went wrong.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from pathlib import Path

from eth_account import Account

from deploy.devnet import DevnetSettings
from deploy.devnet.run import begin_devnet
from tests.soak.audit import audit
from tests.soak.faults import FAULTS, SMALL, Scene
from tests.soak.network import LiveNetwork
from tests.soak.nodes import OracleNodes
from tests.soak.oracle import SoakOracle
from tests.soak.stage import Stage


def main(arguments=None):
    options = read_options(arguments)
    folder = Path(tempfile.mkdtemp(prefix="pozk-soak-"))
    report = soak(options, folder)
    text = json.dumps(report, indent=1)
    if options.report:
        Path(options.report).write_text(text)
    print(text)
    if report["wrong"]:
        print(f"kept: {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def soak(options, folder):
    """Play a soak in `folder` and return its report."""
    started, rng = time.monotonic(), random.Random(options.seed)
    quiet = (3,) if options.epochs > 3 else ()
    settings = DevnetSettings(
        epochs=options.epochs, quiet_epochs=quiet, participants=12, tasks_per_epoch=20, genuine_proofs=False
    )
    kinds = list({"all": FAULTS, "small": SMALL}.get(options.kinds, options.kinds.split(",")))
    with ExitStack() as undo:
        young = begin_devnet(settings)
        undo.callback(young.devnet.stop)
        network = LiveNetwork(young)
        oracles = _committee(network, folder, options, undo)
        scene = Scene(network, oracles, rng, folder, options.long)
        so_far = Path(f"{options.report}.so-far" if options.report else folder / "so-far.json")
        until = started + 60 * options.minutes
        stage = Stage(scene, kinds, options.pause, options.kills, until, 2 + options.look / 2, so_far)
        wrong = _play(stage, options)
        found = {} if wrong else audit(network, oracles, folder, stage.samples)
        head = {"seconds": round(time.monotonic() - started), "epochs": options.epochs, "oracles": len(oracles)}
        return head | stage.report() | {"wrong": wrong} | found


def _play(stage, options):
    """Play all of it and end the services; return what went wrong, which must not cost the report of hours."""
    try:
        stage.play(options.pace)
        stage.finish(options.epochs)
        for oracle in stage.scene.oracles:
            oracle.nodes.start()
            oracle.stop()
    except Exception as error:  # noqa: BLE001 - told in the report
        return [f"{type(error).__name__}: {error}", *traceback.format_exc().splitlines()[-12:]]
    return []


def read_options(arguments):
    """Return the options of a command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--oracles", type=int, default=3)
    parser.add_argument("--pause", type=float, default=15.0, help="seconds between two faults, on average")
    parser.add_argument("--kills", type=int, default=1, help="of services, after each other fault")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds between two blocks")
    parser.add_argument("--look", type=int, default=4, help="seconds between two looks of a service at the chain")
    parser.add_argument("--keep", type=int, default=30, help="seconds between two audits, and two mergings of files")
    parser.add_argument("--long", type=float, default=15.0, help="seconds of a fault that lasts")
    parser.add_argument("--minutes", type=float, default=30.0, help="at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default="all", help="all, small, or kinds of faults separated by commas")
    parser.add_argument("--report", default="", help="a file for the report")
    return parser.parse_args(arguments)


def _committee(network, folder, options, undo):
    """Start oracles with keys of their own and make them the committee; the first one distributes."""
    accounts = [Account.create() for _ in range(options.oracles + 1)]
    for account in accounts:
        network.rpc.call("anvil_setBalance", account.address, hex(10**21))
    oracles = []
    for place, account in enumerate(accounts[:-1]):
        nodes = OracleNodes(network.devnet.rpc, options.seed + 100 * place)
        undo.callback(nodes.stop)
        payer = "" if place else accounts[-1].key.to_0x_hex()
        oracle = SoakOracle(folder / f"oracle{place}", account.address, account.key.to_0x_hex(), nodes, payer)
        oracle.environment = dict.fromkeys(("POZK_RUN_FOLLOW_SECONDS", "POZK_RUN_LOOK_SECONDS"), str(options.look))
        oracle.environment |= dict.fromkeys(("POZK_RUN_AUDIT_SECONDS", "POZK_RUN_COMPACT_SECONDS"), str(options.keep))
        oracle.environment["POZK_RUN_DISTRIBUTE_SECONDS"] = str(min(15, 4 * options.look))
        oracles.append(oracle)
    network.set_committee([oracle.address for oracle in oracles])
    for oracle in oracles:
        oracle.configure(network.devnet)
        oracle.start()
        undo.callback(oracle.end)
    return oracles


if __name__ == "__main__":
    sys.exit(main())
