"""Which faults happen how often, and to which call: decided by the seed and the call alone."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.faults.adversary import ADVERSARIES

TRANSPORT_FAULTS = ("429", "503", "reset", "cut", "garbage")
ANSWER_FAULTS = ("omit", "cap", "empty", "null", "stale", "orphan", "forge", "duplicate", "refuse", "flip", "rate")
ALL_FAULTS = TRANSPORT_FAULTS + ANSWER_FAULTS
OWN_FAULTS = ("bitflip", "journal")
"""What befalls the operator's own bytes while a node is asked: not among `all`, which is about the node."""


@dataclass(frozen=True)
class FaultPlan:
    """Probability of each fault per call. `lasting` faults hit the same call every time it is made.

    `accepted_blocks` is the longest range that a node with `refuse` answers. `done` counts the faults by kind.
    `adversaries` are consistent lies: they change what the node is, not what it answers now and then.
    """

    seed: int
    rates: Mapping[str, float]
    lasting: frozenset[str] = frozenset()
    accepted_blocks: int = 5
    adversaries: tuple[str, ...] = ()
    done: Counter[str] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def choose(self, kinds: tuple[str, ...], call: object) -> tuple[str | None, random.Random]:
        """Return the fault of one call, or None, and the random numbers to carry it out with."""
        key = json.dumps(call, sort_keys=True)
        with self._lock:
            turn = self._seen[key]
            self._seen[key] += 1
        for kind in kinds:
            again = 0 if kind in self.lasting else turn
            rng = random.Random(f"{self.seed}/{kind}/{again}/{key}")  # noqa: S311 - reproducible faults
            if rng.random() < self.rates.get(kind, 0.0):
                with self._lock:
                    self.done[kind] += 1
                return kind, rng
        return None, random.Random(0)  # noqa: S311 - not used


def parse_plan(text: str, seed: int = 0) -> FaultPlan:
    """Parse `all=0.05` or `omit=0.2,503=0.1,refuse!=1,window`; an exclamation mark makes a fault lasting.

    ValueError says what was expected.
    """
    rates: dict[str, float] = {}
    lasting: set[str] = set()
    adversaries = tuple(part.strip() for part in text.split(",") if part.strip() in ADVERSARIES)
    for part in text.split(","):
        name, _, rate = part.strip().partition("=")
        if name in adversaries:
            continue
        plain = name.removesuffix("!")
        names = ALL_FAULTS if plain == "all" else (plain,)
        if not set(names) <= {*ALL_FAULTS, *OWN_FAULTS}:
            known = f"all, {', '.join(ALL_FAULTS + OWN_FAULTS)}, or one of {', '.join(ADVERSARIES)} without a rate"
            raise ValueError(f"fault=rate,.. with a fault of {known}")
        rates |= dict.fromkeys(names, _read_rate(rate))
        lasting |= set(names) if name.endswith("!") else set()
    return FaultPlan(seed, rates, frozenset(lasting), adversaries=adversaries)


def _read_rate(text: str) -> float:
    try:
        rate = float(text or 0.05)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise ValueError("fault=rate,.. with a rate from 0 to 1")
    return rate
