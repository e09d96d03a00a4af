"""A seeded story: a chain that grows and is reorganised, lying nodes, kills and cuts in the middle of commits."""

import multiprocessing
import os
import random
import signal
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.faults.plan import ALL_FAULTS, ANSWER_FAULTS, parse_plan
from deploy.faults.server import FaultyNode
from deploy.faults.vandal import flip_bit
from indexer.adapters.store.lake import open_lake
from indexer.flows.runs.audit import audit
from indexer.flows.runs.follow import follow_once
from indexer.flows.runs.ingest import ingest
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRange
from indexer.words.errors import PozkError, RetryLaterError
from tests.simulation.simulated import make_chain, patient_chain, settings
from tests.support.relay import MOMENTS, PostgresRelay

LAG = 8
QUIET_SECONDS = 0.02
UNSEEN_BY_BLOOMS = ("omit", "cap", "flip", "empty", "stale")  # a part of a block left out, or twice the whole of it
NEVER = 1 << 60
SMALL = {"commit_blocks": 8, "max_range": 8}
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.simulation.story"])


@dataclass
class Story:
    """One seed's chain, nodes and random numbers, and what happened."""

    seed: int
    uri: str
    folder: Path
    happened: list = field(default_factory=list)
    turned_bits: int = 0
    repaired: int = 0

    def __post_init__(self):
        self.rng = random.Random(self.seed)
        self.verify = self.rng.choice(["receipts", "receipts", "bloom"])
        self.chain = make_chain(self.seed, self.rng.randint(24, 40), finality_lag=LAG)

    def tell(self):
        """Live through the story; at its end the lake holds the chain up to its newest block, if all is well."""
        with ExitStack() as stack:
            self.nodes = [stack.enter_context(FaultyNode(self.chain, plan)) for plan in self._plans()]
            self.urls = [node.url for node in self.nodes]
            for _ in range(self.rng.randint(1, 2)):
                self._struck_run(self.rng.choice(MOMENTS), kill=self.rng.random() < 0.5)
                self._move_the_chain()
            with open_lake(self.uri, self.folder, REFERENCE) as lake:
                index(lake, self.urls, self.verify, self.chain)
                self._move_the_chain()
                index(lake, self.urls, self.verify, self.chain)
            if self.rng.random() < 0.5:
                self._damage_and_repair()

    def faults(self):
        """Return the faults of each node, by kind, and how many calls it was asked."""
        return [(dict(sorted(node.plan.done.items())), node.calls) for node in self.nodes]

    def _plans(self):
        """Return a plan for each node, each of its own seed: the same lie from two would be a rule of the chain."""
        count = self.rng.choice([1, 1, 2, 3])
        rate = f"{self.rng.uniform(0.005, 0.03):.3f}"
        seeds = [3 * self.seed + place for place in range(count)]
        if self.verify == "bloom":
            names = [name for name in ALL_FAULTS if name not in UNSEEN_BY_BLOOMS]
            text = ",".join(f"{name}={rate}" for name in names) + ",refuse=0.5"
            return [parse_plan(text, seed) for seed in seeds]
        mild = f"all={rate},refuse=0.5"
        if count == 1:
            return [parse_plan(mild, seeds[0])]
        liar = f"all={rate},{self.rng.choice(ANSWER_FAULTS)}!=0.3"
        return [parse_plan(text, seed) for text, seed in zip((liar, mild, "503=0.2,429=0.1"), seeds, strict=False)]

    def _struck_run(self, moment, *, kill):
        """Index in a process of its own, which is killed or loses its database in the middle of a commit."""
        what = "killed" if kill else "cut off"
        with PostgresRelay(self.uri) as relay:
            arguments = (relay.uri, self.folder, self.urls, self.verify, self.chain)
            process = _processes.Process(target=index_and_leave, args=arguments)
            relay.arm(moment, self.rng.randint(1, 5), lambda: self._strike(process, kill=kill))
            process.start()
            process.join()
        if process.exitcode not in (0, RetryLaterError.exit_code, -signal.SIGKILL):
            raise AssertionError(f"an indexer ended with {process.exitcode}")
        self.happened.append(f"{what} {moment} a commit" if process.exitcode else "undisturbed")

    def _strike(self, process, *, kill):
        """Wait until what was asked ahead has been answered, so that a seed repeats; then kill."""
        calm = 0
        while calm < 3:
            before = [(node.requests, node.answered) for node in self.nodes]
            time.sleep(QUIET_SECONDS)
            same = before == [(node.requests, node.answered) for node in self.nodes]
            calm = calm + 1 if same and all(asked == answered for asked, answered in before) else 0
        if kill:
            os.kill(process.pid, signal.SIGKILL)

    def _damage_and_repair(self):
        """Turn over bits in stored files; audits find what that changed and fetch it again."""
        self.turned_bits = self.rng.randint(1, 3)
        for _ in range(self.turned_bits):
            flip_bit(self.folder, self.rng)
        wanted = settings(level=self.verify, final_agreement=1 if len(self.urls) == 2 else 0, **SMALL)
        with open_lake(self.uri, self.folder, REFERENCE) as lake:
            for _ in range(60):
                with suppress(RetryLaterError):
                    found = audit(patient_chain(*self.urls), lake, wanted, BlockRange(0, self.chain.final)).differences
                    if not found:
                        break
                    self.repaired += len(found)
            else:
                raise AssertionError("the damage was never repaired")

    def _move_the_chain(self):
        depth = self.rng.randint(0, LAG)
        self.chain.reorganise(depth, depth + self.rng.randint(1, 4))
        self.happened.append("reorganisation" if depth else "growth")


def index(lake, urls, verify, chain):
    """Ingest and follow until the newest block is stored; what a lying node costs is another call."""
    by_type = int(chain.blocks[0].block["hash"], 16) % 2 == 1  # half of the stories
    pool = patient_chain(*urls, scan_after_bytes=NEVER if by_type else 0)
    agreement = 1 if len(urls) == 2 else 0  # the one that lies may never name a block twice alike
    wanted = settings(level=verify, final_agreement=agreement, **SMALL)
    for _ in range(60):
        try:
            ingest(pool, lake, wanted)
            head = follow_once(pool, lake, wanted).head
        except RetryLaterError as error:
            if error.exit_code != RetryLaterError.exit_code or "the lake" in error.what:
                raise
        else:
            final = lake.finalized_head()
            if head.hash.hex() == chain.blocks[-1].block["hash"][2:] and final and final.number == chain.final:
                return
    raise AssertionError("the newest block was never stored")


def index_and_leave(uri, folder, urls, verify, chain):
    """Index in this process; leave with the exit code that the command would have."""
    try:
        with open_lake(uri, folder, REFERENCE) as lake:
            index(lake, urls, verify, chain)
    except PozkError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(error.exit_code)
