"""How well a node is: fewer requests after a rate fault, later turns after any fault, and back again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexer.rules.consensus.header import other_hash_rule
from indexer.words.faults import (
    MissingFault,
    NodeFault,
    RateFault,
    RevertFault,
    UnprovableFault,
    WrongAnswerFault,
)

_HALF_LIFE = 0.7  # what one success leaves of the error score
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Health:
    """A node's error score (0 is well), its limit of requests at a time, and when it may be asked again."""

    score: float = 0.0
    limit: float = 6.0
    resume_at: float = 0.0


def after_success(health: Health, most: int) -> Health:
    """Return the health after an answer that was verified: the limit grows by one part in its own size."""
    limit = min(float(most), health.limit + 1.0 / max(health.limit, 1.0))
    return replace(health, score=health.score * _HALF_LIFE, limit=limit)


def after_fault(health: Health, fault: NodeFault, now: float) -> Health:
    """Return the health after a fault: a lie weighs more than a failure, a rate fault halves the limit.

    That a contract refuses a call is no fault of the node that says so.
    """
    if isinstance(fault, RevertFault):
        return health
    weight = 10.0 if isinstance(fault, WrongAnswerFault) else 0.5 if isinstance(fault, MissingFault) else 1.0
    limit, resume_at = health.limit, health.resume_at
    if isinstance(fault, RateFault):
        limit = max(1.0, limit / 2)
        resume_at = max(resume_at, now + (fault.retry_after_seconds or 0.0))
    return Health(health.score + weight, limit, resume_at)


def order_of(nodes: Sequence[Health], now: float) -> list[int]:
    """Return the positions of the nodes, best first: those that may be asked now, by score, then by order."""
    return sorted(range(len(nodes)), key=lambda index: (nodes[index].resume_at > now, nodes[index].score, index))


def pause_seconds(turn: int, faults: Sequence[NodeFault], jitter: float) -> float:
    """Return how long to wait after round `turn`, the first being 1; `jitter` is 0..1.

    What a node asked for by Retry-After is waited for, unless another node may answer sooner.
    """
    pause = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * float(1 << min(turn, 10)) / 2) * (0.75 + jitter / 2)
    hopeful = [fault for fault in faults if fault.worth_a_retry]
    asked = min((_asked_seconds(fault) for fault in hopeful), default=0.0)
    return max(pause, asked)


def _asked_seconds(fault: NodeFault) -> float:
    return (fault.retry_after_seconds or 0.0) if isinstance(fault, RateFault) else 0.0


def worth_waiting_for(faults: Sequence[NodeFault]) -> NodeFault | None:
    """Return the fault of one round to wait and try again for; None if no node would answer otherwise later.

    That a contract refuses a call is an answer: where no node has a better one, nothing is waited for.
    """
    if any(isinstance(fault, RevertFault) for fault in faults):
        return None
    hopeful = [fault for fault in faults if fault.worth_a_retry]
    wrong = [fault for fault in hopeful if isinstance(fault, WrongAnswerFault)]
    return (wrong or hopeful or [None])[0]


def another_hash_rule(faults: Sequence[NodeFault]) -> UnprovableFault | None:
    """Return what it means that two nodes give one header one hash that is not its own: the chain has another rule.

    Two that lie, or answer badly, are not of one mind about the header as well.
    """
    said: dict[tuple[int | None, str, str], set[str]] = {}
    for fault in faults:
        if isinstance(fault, WrongAnswerFault) and fault.kind == "header":
            said.setdefault((fault.block, fault.expected, fault.got), set()).add(fault.node)
    agreed = next(((block, nodes) for (block, _, _), nodes in said.items() if len(nodes) > 1), None)
    return None if agreed is None else other_hash_rule(agreed[0] or 0, sorted(agreed[1]))
