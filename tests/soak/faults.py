"""What befalls a committee in a soak. Each is a generator: it begins, yields once a turn while it lasts, and ends."""

import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from eth_account import Account

from indexer.words.errors import UnsoundError
from settlement.rules.rulesets.registry import names_of
from tests.soak.network import DISTRIBUTOR, PARAMETERS, TOKEN, LiveNetwork
from tests.soak.oracle import SoakOracle

SHORT = 6.0
"""Seconds of what has to last but a moment; `Scene.long` are those of the rest."""
FINAL_BLOCKS = 8
"""After which a block is final on the chain of a soak, and more."""
FAMILY = "paper"


@dataclass
class Scene:
    """What a fault may touch. `victim` is the oracle whose turn it is; `long` are the seconds of what lasts."""

    network: LiveNetwork
    oracles: list[SoakOracle]
    rng: random.Random
    folder: Path
    long: float
    victim: SoakOracle = field(init=False)
    rulesets: int = 0

    def members(self) -> list[str]:
        return [oracle.address for oracle in self.oracles]

    def others(self) -> list[SoakOracle]:
        return [oracle for oracle in self.oracles if oracle is not self.victim]


Fault = Callable[[Scene], Iterator[None]]


def lasting(seconds: float) -> Iterator[None]:
    """Yield once a turn for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield


def service_killed(scene: Scene) -> Iterator[None]:
    scene.victim.kill()
    yield


def service_ended(scene: Scene) -> Iterator[None]:
    """SIGTERM leaves no process behind, the embedded server included."""
    code = scene.victim.stop()
    assert code == 128 + signal.SIGTERM, f"{scene.victim.folder.name} ended with {code}"
    left = scene.victim.servers()
    assert not left, f"{left} are left"
    yield from lasting(SHORT)
    scene.victim.start()


def service_stalled(scene: Scene) -> Iterator[None]:
    """It stands still for a while, as a machine does that is moved, and goes on in the middle of a word."""
    scene.victim.process.send_signal(signal.SIGSTOP)
    yield from lasting(scene.long)
    scene.victim.process.send_signal(signal.SIGCONT)


def database_killed(scene: Scene) -> Iterator[None]:
    for process in scene.victim.servers()[:1]:
        process.kill()
    yield


def backend_killed(scene: Scene) -> Iterator[None]:
    """One process of PostgreSQL is killed: the server ends all others and replays its log."""
    backends = scene.victim.servers()[1:]
    if backends:
        with suppress(psutil.Error):
            scene.rng.choice(backends).kill()
    yield


def node_away(scene: Scene) -> Iterator[None]:
    scene.victim.nodes.stop(scene.rng.randrange(3))
    yield from lasting(scene.long)
    scene.victim.nodes.start()


def nodes_away(scene: Scene) -> Iterator[None]:
    scene.victim.nodes.stop()
    yield from lasting(SHORT)
    scene.victim.nodes.start()


def chain_stands(scene: Scene) -> Iterator[None]:
    """The node behind all nodes stands still; so does the traffic."""
    node = scene.network.devnet.node.process
    node.send_signal(signal.SIGSTOP)
    try:
        time.sleep(SHORT)
    finally:
        node.send_signal(signal.SIGCONT)
    yield


def pool_emptied(scene: Scene) -> Iterator[None]:
    for _ in lasting(SHORT):
        scene.network.rpc.call("anvil_dropAllTransactions")
        yield


def fees_leap(scene: Scene) -> Iterator[None]:
    scene.network.rpc.call("anvil_setNextBlockBaseFeePerGas", hex(50 * 10**9))
    yield


def blocks_reorganised(scene: Scene) -> Iterator[None]:
    """A block with whatever the oracles sent is taken back; what comes in its place is empty."""
    if not scene.network.is_over:
        scene.network.rpc.call("evm_mine")
        scene.network.rpc.call("anvil_reorg", 1, [])
    yield


def disk_full(scene: Scene) -> Iterator[None]:
    """No file may grow beyond what is written at once, as on a disk without room."""
    with limited(scene.victim, 4096):
        yield from lasting(scene.long)


class limited:  # noqa: N801 - reads as a phrase
    """The files of an oracle's processes end at so many bytes, those of processes that they start too."""

    def __init__(self, oracle: SoakOracle, most: int) -> None:
        self._oracle, self._most = oracle, most

    def __enter__(self):
        self._set(self._most)

    def __exit__(self, *_):
        self._set(psutil.RLIM_INFINITY)

    def _set(self, most):
        for process in self._oracle.family():
            with suppress(psutil.Error):
                process.rlimit(psutil.RLIMIT_FSIZE, (most, psutil.RLIM_INFINITY))


def backup_restored(scene: Scene) -> Iterator[None]:
    """The oracle goes on for an epoch after its backup, then loses all that it has and gets the old state back."""
    oracle, copy = scene.victim, scene.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    oracle.command("backup", str(copy))
    until = scene.network.voting + 1
    while scene.network.voting < until and not scene.network.is_over:
        yield
    oracle.is_down = True
    oracle.kill()
    oracle.wipe()
    oracle.command("restore", str(copy))
    oracle.start()


def committee_changed(scene: Scene) -> Iterator[None]:
    """A member is replaced by one that never votes; it comes back when the others have voted without it."""
    silent = Account.create().address
    scene.network.set_committee([*(each.address for each in scene.others()), silent])
    until = scene.network.voting + 1
    while scene.network.voting < until and not scene.network.is_over:
        yield
    scene.network.set_committee(scene.members())
    yield from thawed(scene)


def ruleset_changed(scene: Scene) -> Iterator[None]:
    names, scene.rulesets = names_of(FAMILY), scene.rulesets + 1
    name = names[scene.rulesets % len(names)].encode().ljust(32, b"\0")
    scene.network.call("dao", PARAMETERS, "setRuleset", scene.network.epoch + 1, name, scene.rulesets % 2)
    yield


def root_vetoed(scene: Scene) -> Iterator[None]:
    """The guardian ends a pending root; one oracle settles the epoch anew, the DAO admits the same ballot again."""
    network = scene.network
    while network.pending() is None:
        if network.is_over and network.active == network.devnet.settings.epochs - 1:
            return  # nothing will be proposed any more
        yield
    epoch = network.pending()
    ballot = network.distributor.functions.ballotAt(epoch).call()
    network.call("guardian", DISTRIBUTOR, "veto", epoch)
    scene.victim.stop()
    until = network.block + FINAL_BLOCKS
    while network.block < until:
        yield
    scene.victim.command("index")
    scene.victim.command("settle", "--redo", "--epoch", str(epoch))
    network.call("dao", DISTRIBUTOR, "readmit", ballot)
    scene.victim.start("--thaw")
    yield from thawed(scene)


def treasury_dry(scene: Scene) -> Iterator[None]:
    """The treasury has nothing until an activation has failed for it."""
    network = scene.network
    treasury, dao = (network.devnet.officers[role].address for role in ("treasury", "dao"))
    held = 0
    while not held:
        with suppress(UnsoundError):  # an activation took of it meanwhile
            wanted = network.token.functions.balanceOf(treasury).call()
            network.call("treasury", TOKEN, "transfer", dao, wanted)
            held = wanted
    for _ in lasting(4 * scene.long):
        yield
        if any("for now: activate" in said for oracle in scene.oracles for said in oracle.troubles.values()):
            break
    network.call("dao", TOKEN, "transfer", treasury, held)


def thawed(scene: Scene) -> Iterator[None]:
    """What an operator does whose jobs are frozen, once the cause is gone; a job may freeze a moment later."""
    for _ in lasting(SHORT):
        for oracle in scene.oracles:
            if oracle.frozen:
                oracle.stop()
                oracle.start("--thaw")
        yield


FAULTS: Mapping[str, Fault] = {
    "service killed": service_killed,
    "service ended by SIGTERM": service_ended,
    "service stalled": service_stalled,
    "PostgreSQL killed": database_killed,
    "one process of PostgreSQL killed": backend_killed,
    "one node of three away": node_away,
    "all nodes of one oracle away": nodes_away,
    "the chain stands still": chain_stands,
    "transactions dropped": pool_emptied,
    "base fee leaps": fees_leap,
    "block reorganised": blocks_reorganised,
    "disk full": disk_full,
    "backup restored": backup_restored,
    "committee changed": committee_changed,
    "ruleset changed": ruleset_changed,
    "root vetoed and settled anew": root_vetoed,
    "treasury dry": treasury_dry,
}
"""Every kind once in a random order, kills of services between them, and again from the beginning."""
SMALL = ("service killed", "PostgreSQL killed", "one node of three away", "ruleset changed")
"""Those of the small soak: what needs no operator and passes in seconds."""
