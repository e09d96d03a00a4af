"""Carries out one fault after another while the chain goes on, and measures how long each takes to be over."""

import json
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.faults import FAULTS, Scene

WELL_SECONDS = 600.0
"""After which a fault that is not survived ends the soak."""
KILL = "service killed"


@dataclass
class Stage:
    """`pause` seconds lie between two faults, on average; `kinds` are those that happen, `kills` those between two.

    All must be well for `stays` seconds: what a service says of itself is some two seconds old.
    What happened until now lies in the file `so_far`, for who does not want to wait for the end.
    """

    scene: Scene
    kinds: list[str]
    pause: float
    kills: int
    deadline: float
    stays: float
    so_far: Path
    done: Counter = field(default_factory=Counter)
    recoveries: dict = field(default_factory=lambda: defaultdict(list))
    samples: list = field(default_factory=list)
    ended_at: dict = field(default_factory=dict)
    proposed_after: dict = field(default_factory=dict)

    def play(self, pace: float) -> None:
        """Go on until the traffic is over and every kind that was begun has been survived."""
        for _ in self._turns():
            self._turn(pace)

    def finish(self, epochs: int) -> None:
        """Go on without faults until every root is active and every claim paid, and nothing is under way."""
        while not self.is_paid(epochs):
            self._turn(0.5)
        for _ in self._until_well("the end"):
            self._turn(0.5)

    def is_paid(self, epochs: int) -> bool:
        seen = [oracle.document for oracle in self.scene.oracles]
        has_settled = all(found and found.get("epoch", {}).get("settled") == epochs - 1 for found in seen)
        return has_settled and self.scene.network.active == epochs - 1 and self._owes_nothing(seen[0])

    def _owes_nothing(self, document: dict) -> bool:
        network = self.scene.network
        jobs = {job["name"]: job for job in document["jobs"]}
        return document["unpaid"] == 0 and (jobs["distribute"]["succeeded_at"] or 0) > self._active_since(network)

    def _active_since(self, network) -> float:
        if network.active not in self.ended_at.get("active", {}):
            self.ended_at.setdefault("active", {})[network.active] = time.time()
        return self.ended_at["active"][network.active]

    def _turns(self) -> Iterator[None]:
        """Yield once a turn; in between, the faults."""
        scene = self.scene
        bag = Bag(self.kinds, self.kills, scene.rng)
        yield from self._until_well("the start")
        while not scene.network.is_over:
            until = time.monotonic() + self.pause * scene.rng.uniform(0.5, 1.5)
            while time.monotonic() < until and not scene.network.is_over:
                yield
            name = bag.take() if bag else ""
            if not name or scene.network.is_over:
                continue
            scene.victim = scene.rng.choice(scene.oracles)
            print(
                f"{time.strftime('%H:%M:%S')} epoch {scene.network.epoch}: {name}, {scene.victim.folder.name}",
                flush=True,
            )
            yield from FAULTS[name](scene)
            self.done[name] += 1
            yield from self._until_well(name)

    def _until_well(self, name: str) -> Iterator[None]:
        """Go on until all have been well for a while; note how long they were not."""
        started, since = time.monotonic(), time.time()
        last = started
        while time.monotonic() < last + self.stays:
            yield
            if not all(oracle.is_well(since) for oracle in self.scene.oracles):
                last = time.monotonic()
            if last > started + WELL_SECONDS:
                raise AssertionError(f"{name}: not well again after {WELL_SECONDS:.0f} s: {self._troubles()}")
        self.recoveries[name].append(last - started)

    def _troubles(self) -> dict:
        return {oracle.folder.name: oracle.troubles or oracle.document for oracle in self.scene.oracles}

    def _turn(self, pace: float) -> None:
        if time.monotonic() > self.deadline:
            raise AssertionError(f"not done in time: {self._troubles()}")
        network = self.scene.network
        network.step()
        for oracle in self.scene.oracles:
            oracle.supervise()
            oracle.look()
        self._note(network)
        time.sleep(pace)

    def _note(self, network) -> None:
        now, epoch, voting = time.monotonic(), network.epoch, network.voting
        for ended in range(epoch):
            self.ended_at.setdefault(ended, now)
        for proposed in range(voting):
            if proposed in self.ended_at:
                self.proposed_after.setdefault(proposed, now - self.ended_at[proposed])
        if not self.samples or self.samples[-1]["epoch"] != epoch:
            sizes = [each for oracle in self.scene.oracles if (each := oracle.sizes())]
            largest = {name: max(each[name] for each in sizes) for name in sizes[0]} if sizes else {}
            self.samples.append({"epoch": epoch} | largest)
            self.so_far.write_text(json.dumps(self.report(), indent=1))

    def report(self) -> dict:
        """Return what happened."""
        faults = {
            name: {"injected": self.done[name]} | _spread(found)
            for name, found in self.recoveries.items()
            if found and self.done[name]
        }
        after = list(self.proposed_after.values())
        return {
            "faults": faults,
            "starts": sum(oracle.starts for oracle in self.scene.oracles),
            "node_faults": sum((oracle.nodes.counted() for oracle in self.scene.oracles), Counter()),
            "proposed_after_seconds": _spread(after),
            "sizes": [self.samples[at] for at in (0, len(self.samples) // 2, -1)],
        }


def _spread(seconds: list[float]) -> dict:
    if not seconds:
        return {}
    return {"median_seconds": round(statistics.median(seconds), 1), "longest_seconds": round(max(seconds), 1)}


class Bag:
    """Every kind once in a random order, so many kills after each, then again."""

    def __init__(self, kinds: list[str], kills: int, rng: random.Random) -> None:
        self._kinds, self._kills, self._rng, self._left = kinds, [KILL] * kills, rng, []

    def __bool__(self) -> bool:
        return bool(self._kinds)

    def take(self) -> str:
        if not self._left:
            shuffled = self._rng.sample(self._kinds, len(self._kinds))
            self._left = [each for kind in shuffled for each in (kind, *self._kills)]
        return self._left.pop(0)
