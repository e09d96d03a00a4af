"""The three nodes of one oracle: all stand before the same chain, two of them err."""

from collections import Counter

from deploy.faults.plan import TRANSPORT_FAULTS, FaultPlan, parse_plan
from deploy.faults.server import FaultyNode
from deploy.faults.source import Upstream

PLANS = ("", "429=0.02,503=0.02,reset=0.02,cut=0.02,garbage=0.02,rate=0.02", "all=0.03")
"""What each of them does wrong, and how often."""


class OracleNodes:
    """Starts them; a context manager that ends them."""

    def __init__(self, chain: str, seed: int, *, honest: bool = False) -> None:
        self._chain = chain
        self._plans = [_plan("" if honest else text, seed + place) for place, text in enumerate(PLANS)]
        self._nodes = [FaultyNode(Upstream(chain), plan) for plan in self._plans]
        self._ports = [int(node.url.rsplit(":", 1)[1]) for node in self._nodes]
        self._away: set[int] = set()

    @property
    def urls(self) -> str:
        """Their addresses, as chain.rpc takes them from the environment."""
        return ",".join(f"http://127.0.0.1:{port}" for port in self._ports)

    def stop(self, *places: int) -> None:
        """Take some of them away, all where none is named."""
        for place in places or range(len(self._nodes)):
            if place not in self._away:
                self._nodes[place].stop()
                self._away.add(place)

    def start(self) -> None:
        """Bring back those that are away, at the addresses that they had."""
        for place in sorted(self._away):
            self._nodes[place] = FaultyNode(Upstream(self._chain), self._plans[place], port=self._ports[place])
        self._away.clear()

    def counted(self) -> Counter:
        """How often each fault was carried out: of the way to the node, and of its answers."""
        done: Counter = Counter()
        for plan in self._plans:
            for kind, count in plan.done.items():
                done["transport" if kind in TRANSPORT_FAULTS else "answers"] += count
        return done


def _plan(text: str, seed: int) -> FaultPlan:
    return parse_plan(text, seed) if text else FaultPlan(seed, {})
