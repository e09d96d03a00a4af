import pytest

from indexer.rules.nodes.health import (
    Health,
    after_fault,
    after_success,
    another_hash_rule,
    order_of,
    pause_seconds,
    worth_waiting_for,
)
from indexer.words.faults import (
    DeniedFault,
    MissingFault,
    RateFault,
    RevertFault,
    UnreachableFault,
    WrongAnswerFault,
)

WRONG = WrongAnswerFault("lie", kind="receipts", node="n")
DOWN = UnreachableFault("down")


def test_after_fault__rate__limit_halved_down_to_one_and_wait_kept():
    health = Health(limit=6.0)
    for expected in (3.0, 1.5, 1.0, 1.0):
        health = after_fault(health, RateFault("slow", retry_after_seconds=7), now=100.0)
        assert health.limit == expected
    assert health.resume_at == 107.0


def test_after_success__many__limit_grows_back_by_parts_and_score_fades():
    health = Health(score=10.0, limit=1.0)
    health = after_success(health, 4)
    assert health.limit == 2.0
    for _ in range(50):
        health = after_success(health, 4)
    assert health.limit == 4.0
    assert health.score < 0.001


def test_order_of__faults_of_several_kinds__lies_last_and_waiting_nodes_after_all():
    start = Health()
    nodes = [
        after_fault(start, RateFault("slow", retry_after_seconds=5), 0.0),
        after_fault(start, WRONG, 0.0),
        after_fault(start, DOWN, 0.0),
        after_fault(start, MissingFault("lags"), 0.0),
        start,
    ]
    assert order_of(nodes, 1.0) == [4, 3, 2, 1, 0]
    assert order_of(nodes, 6.0) == [4, 3, 0, 2, 1]


@pytest.mark.parametrize(("turn", "low", "high"), [(1, 0.15, 0.25), (2, 0.3, 0.5), (3, 0.6, 1.0), (30, 7.5, 12.5)])
def test_pause_seconds__later_rounds__longer_up_to_a_limit(turn, low, high):
    assert pause_seconds(turn, [DOWN], 0.0) == pytest.approx(low)
    assert pause_seconds(turn, [DOWN], 1.0) == pytest.approx(high)


def test_pause_seconds__retry_after__waited_for():
    assert pause_seconds(1, [RateFault("slow", retry_after_seconds=33)], 0.5) == 33


def test_pause_seconds__another_node_may_answer_sooner__not_waited_for():
    waits = [RateFault("slow", retry_after_seconds=86_400), RateFault("slow", retry_after_seconds=4)]
    assert pause_seconds(1, waits, 0.5) == 4
    assert pause_seconds(1, [waits[0], DOWN], 0.5) < 1
    assert pause_seconds(1, [waits[0], DeniedFault("no")], 0.5) == 86_400


def test_after_fault__contract_refuses__no_fault_of_the_node():
    assert after_fault(Health(), RevertFault("no"), 0.0) == Health()


def test_worth_waiting_for__several_faults__the_lie_tells_most_and_refusals_nothing():
    assert worth_waiting_for([DOWN, WRONG]) is WRONG
    assert worth_waiting_for([DeniedFault("no"), DOWN]) is DOWN
    assert worth_waiting_for([DeniedFault("no")]) is None


def test_another_hash_rule__two_nodes_give_one_hash__the_configuration_is_at_fault():
    lies = [
        WrongAnswerFault("no hash of its header", kind="header", node=node, block=7, got=got)
        for node, got in (("a", "0x01"), ("b", "0x02"), ("c", "0x01"))
    ]
    assert another_hash_rule(lies[:2]) is None
    assert another_hash_rule([lies[0], lies[0], DOWN]) is None
    fault = another_hash_rule(lies)
    assert fault.exit_code == 2
    assert "a and c" in fault.line()


def test_worth_waiting_for__a_contract_refuses_and_another_node_is_down__nothing():
    assert worth_waiting_for([DOWN, RevertFault("no")]) is None
