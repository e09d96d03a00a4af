import threading

import pytest

from indexer.adapters.nodes.pool import NodePool, open_chain
from indexer.words.errors import InputError
from indexer.words.faults import DeniedFault, RangeFault, RateFault, UnreachableFault, WrongAnswerFault


class NamedNode:
    """A node of which only the name matters: the work given to the pool does the rest."""

    def __init__(self, name):
        self.name = name

    def close(self):
        return


def pool_of(*names, **options):
    pauses = []
    pool = NodePool([NamedNode(name) for name in names], sleep=pauses.append, clock=lambda: 0.0, **options)
    return pool, pauses


def failing(table):
    """Return work that raises the next of a node's faults and then answers with its name."""

    def work(node):
        if table.get(node.name):
            raise table[node.name].pop(0)
        return node.name

    return work


def test_attempt__first_node_down__the_next_one_without_a_pause():
    pool, pauses = pool_of("a", "b")
    assert pool.attempt(failing({"a": [UnreachableFault("down")]})) == "b"
    assert pauses == []
    assert pool.attempt(failing({})) == "b"


def test_attempt__all_down_for_a_while__asked_again_after_pauses():
    pool, pauses = pool_of("a", "b", rounds=3)
    down = {name: [UnreachableFault("down")] * 2 for name in "ab"}
    assert pool.attempt(failing(down)) in ("a", "b")
    assert len(pauses) == 2
    assert pauses[0] < pauses[1]


def test_attempt__patience_ends__the_fault_that_tells_most():
    pool, _ = pool_of("a", "b", rounds=1)
    lie = WrongAnswerFault("lie", kind="receipts", node="b")
    with pytest.raises(WrongAnswerFault):
        pool.attempt(failing({"a": [UnreachableFault("down")], "b": [lie]}))
    assert pool.drain_evidence() == [lie]
    assert pool.drain_evidence() == []


def test_attempt__range_refused__raised_at_once():
    pool, pauses = pool_of("a", "b")
    with pytest.raises(RangeFault):
        pool.attempt(failing({"a": [RangeFault("wide")]}))
    assert pauses == []


def test_attempt__refused_for_good__no_second_round():
    pool, pauses = pool_of("a", rounds=5)
    with pytest.raises(DeniedFault):
        pool.attempt(failing({"a": [DeniedFault("key")] * 5}))
    assert pauses == []


def test_attempt__retry_after__waited_for():
    pool, pauses = pool_of("a")
    assert pool.attempt(failing({"a": [RateFault("slow", retry_after_seconds=9)]})) == "a"
    assert pauses == [9]


def test_attempt__retry_after_beyond_patience__raised_without_waiting():
    pool, pauses = pool_of("a", patience_seconds=60)
    with pytest.raises(RateFault):
        pool.attempt(failing({"a": [RateFault("slow", retry_after_seconds=86_400)] * 9}))
    assert pauses == []


def test_attempt__waiting__said_with_what_it_waits_for():
    said = []
    pool, _ = pool_of("a", tell=said.append)
    pool.attempt(failing({"a": [RateFault("node limits the rate", retry_after_seconds=7, where="a")]}))
    assert len(said) == 1
    assert "waiting 7 s" in said[0]
    assert "node limits the rate, at a" in said[0]


def test_attempt__patience_spent_in_answers__no_further_round():
    now = iter(range(0, 10_000, 100))
    pool = NodePool([NamedNode("a")], rounds=99, patience_seconds=300, sleep=lambda _: None, clock=lambda: next(now))
    faults = [UnreachableFault("slow")] * 99
    with pytest.raises(UnreachableFault):
        pool.attempt(failing({"a": faults}))
    assert len(faults) > 90


def test_attempt__many_threads__never_more_at_a_time_than_the_limit():
    pool, _ = pool_of("a", concurrency=2)
    busy, most, lock = 0, 0, threading.Lock()

    def work(_):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.005)
        with lock:
            busy -= 1

    threads = [threading.Thread(target=pool.attempt, args=(work,)) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert most == 2


def test_open_chain__no_address__input_error():
    with pytest.raises(InputError, match="no node to ask"):
        open_chain([])
