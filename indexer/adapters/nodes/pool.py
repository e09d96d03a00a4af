"""Several nodes of one chain: which to ask, when to ask again, how many questions at a time."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.transport import Transport
from indexer.adapters.store.receipts_bundle import BundleNode, ReceiptsBundle
from indexer.ports.chain import Node
from indexer.rules.nodes.health import (
    Health,
    after_fault,
    after_success,
    another_hash_rule,
    order_of,
    pause_seconds,
    worth_waiting_for,
)
from indexer.words.errors import InputError
from indexer.words.faults import NodeFault, RangeFault, RevertFault, WrongAnswerFault

T = TypeVar("T")
_WORTH_TELLING_SECONDS = 1.0
_UNWELL = 0.9  # the error score after a fault of the last few questions


def _say_nothing(_: str) -> None:
    return


class ClosableNode(Node, Protocol):
    """A node that holds connections."""

    def close(self) -> None:
        """Close them."""


class NodePool:
    """Nodes in order of health; work that one cannot do is given to the next, then again after a pause.

    Waiting of a second or more is said to `tell`; `rounds` and `patience_seconds` bound one piece of work.
    """

    def __init__(
        self,
        nodes: Sequence[ClosableNode],
        *,
        concurrency: int = 6,
        rounds: int = 5,
        patience_seconds: float = 300.0,
        tell: Callable[[str], None] = _say_nothing,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not nodes:
            raise InputError("no node to ask", expected="one address or more", where="chain.rpc")
        self._nodes = list(nodes)
        self._health = [Health(limit=float(concurrency)) for _ in nodes]
        self._busy = [0] * len(nodes)
        self._lock = threading.Condition()
        self._concurrency, self._rounds, self._patience_seconds = concurrency, rounds, patience_seconds
        self._tell, self._sleep, self._clock = tell, sleep, clock
        self._evidence: list[WrongAnswerFault] = []
        self._jitter = random.Random(0)  # noqa: S311 - spreads retries, protects nothing

    @property
    def nodes(self) -> Sequence[Node]:
        """All nodes, in the configured order."""
        return self._nodes

    @property
    def concurrency(self) -> int:
        """How many pieces of work may be under way at a time."""
        return self._concurrency

    def with_nodes(self, nodes: Sequence[ClosableNode]) -> NodePool:
        """Return a pool of other nodes, asked as these are."""
        return NodePool(
            nodes,
            concurrency=self._concurrency,
            rounds=self._rounds,
            patience_seconds=self._patience_seconds,
            tell=self._tell,
            sleep=self._sleep,
            clock=self._clock,
        )

    def attempt(self, work: Callable[[Node], T], rounds: int | None = None) -> T:
        """Do `work` on the healthiest node; after a NodeFault on the next one, then again after a pause."""
        turn, started = 0, self._clock()
        while True:
            faults: list[NodeFault] = []
            for index in self._order():
                try:
                    return self._try(index, work)
                except RangeFault:
                    raise  # the question is too large, not the node unwell
                except NodeFault as fault:
                    faults.append(fault)
            turn += 1
            worst = worth_waiting_for(faults)
            if worst is None or turn >= (rounds or self._rounds):
                raise self._meaning(faults) or worst or _refusal_in(faults)
            self._pause(turn, faults, worst, started)

    def attempt_on_all(self, work: Callable[[Node], T]) -> T:
        """Do `work` as `attempt` does, then once on every other node that is well; return what came first."""

        def first(node: Node) -> tuple[Node, T]:
            return node, work(node)

        done, result = self.attempt(first)
        for index in self._order():
            if self._nodes[index] is not done and self._health[index].score < _UNWELL:
                with suppress(NodeFault):
                    self._try(index, work)
        return result

    def each(self, work: Callable[[Node], T]) -> Iterator[T]:
        """Yield what each node that is well answers, healthiest first; those that are unwell only while none did.

        A NodeFault is raised where no node answers.
        """
        faults: list[NodeFault] = []
        answered = False
        for index in self._order():
            if answered and self._health[index].score >= _UNWELL:
                continue
            try:
                result = self._try(index, work)
            except NodeFault as fault:
                faults.append(fault)
            else:
                answered = True
                yield result
        if not answered:
            raise worth_waiting_for(faults) or faults[0]

    def _pause(self, turn: int, faults: Sequence[NodeFault], worst: NodeFault, started: float) -> None:
        """Wait before the next round; raise the fault where that would take longer than patience lasts."""
        seconds = pause_seconds(turn, faults, self._jitter.random())
        spent = self._clock() - started
        if seconds > self._patience_seconds - spent:
            raise worst
        self._wait(seconds, spent, worst.line())

    def _wait(self, seconds: float, spent: float, why: str) -> None:
        """Wait, and say so where it is noticed, with what is left of the patience."""
        if seconds + spent >= _WORTH_TELLING_SECONDS:
            left = max(0.0, self._patience_seconds - spent)
            self._tell(f"waiting {seconds:.0f} s for a node (at most {left:.0f} s more): {why}")
        self._sleep(seconds)

    def turns(self) -> Iterator[int]:
        """Yield once for every try that patience allows, with a pause before each one but the first."""
        started = self._clock()
        for turn in range(self._rounds):
            if turn:
                seconds, spent = pause_seconds(turn, (), self._jitter.random()), self._clock() - started
                if seconds + spent > self._patience_seconds:
                    return
                self._wait(seconds, spent, "enough nodes do not answer, or not alike")
            yield turn

    def accuse(self, fault: WrongAnswerFault) -> None:
        """Keep a wrong answer as evidence, and ask that node later than others."""
        with self._lock:
            for index, node in enumerate(self._nodes):
                if node.name == fault.node:
                    self._note(index, fault)

    def drain_evidence(self) -> list[WrongAnswerFault]:
        """Return the wrong answers since the last call."""
        with self._lock:
            drained, self._evidence = self._evidence, []
        return drained

    def close(self) -> None:
        """Close all connections."""
        for node in self._nodes:
            node.close()

    def _order(self) -> list[int]:
        with self._lock:
            return order_of(self._health, self._clock())

    def _try(self, index: int, work: Callable[[Node], T]) -> T:
        self._enter(index)
        try:
            result = work(self._nodes[index])
        except NodeFault as fault:
            with self._lock:
                self._note(index, fault)
            raise
        else:
            with self._lock:
                self._health[index] = after_success(self._health[index], self._concurrency)
            return result
        finally:
            with self._lock:
                self._busy[index] -= 1
                self._lock.notify_all()

    def _note(self, index: int, fault: NodeFault) -> None:
        self._health[index] = after_fault(self._health[index], fault, self._clock())
        if isinstance(fault, WrongAnswerFault):
            self._evidence.append(fault)

    def _meaning(self, faults: Sequence[NodeFault]) -> NodeFault | None:
        """Return what the faults mean together; what was evidence against each node is none then."""
        unprovable = another_hash_rule(faults)
        if unprovable is not None:
            with self._lock:
                self._evidence = [kept for kept in self._evidence if kept.kind != "header"]
        return unprovable

    def _enter(self, index: int) -> None:
        """Wait until the node's limit has room; the limit falls by half on a rate fault and grows slowly back."""
        with self._lock:
            self._lock.wait_for(lambda: self._busy[index] < max(1, int(self._health[index].limit)))
            self._busy[index] += 1


def with_bundle(chain: NodePool, path: Path) -> NodePool:
    """Return the same nodes with receipts out of the bundle at `path`; InputError for a file that is none."""
    bundle = ReceiptsBundle(path)
    return chain.with_nodes([BundleNode(node, bundle) for node in chain.nodes])


def open_chain(
    urls: Sequence[str],
    *,
    access: Access | None = None,
    concurrency: int = 4,
    rounds: int = 5,
    patience_seconds: float = 300.0,
    tell: Callable[[str], None] = _say_nothing,
) -> NodePool:
    """Return the nodes behind `urls`; nothing is asked yet. InputError for a malformed address."""
    nodes = [HttpNode(Transport(url, access)) for url in urls]
    return NodePool(nodes, concurrency=concurrency, rounds=rounds, patience_seconds=patience_seconds, tell=tell)


def _refusal_in(faults: Sequence[NodeFault]) -> NodeFault:
    """Return what tells most of faults that are not worth waiting for: a contract's refusal before all."""
    return next((fault for fault in faults if isinstance(fault, RevertFault)), faults[0])
