import random

import pytest

from deploy.devnet import DevnetSettings
from deploy.devnet.calendar import calendar_of
from deploy.devnet.market_plan import DISPUTE_SECONDS, plan_market
from deploy.devnet.players import cast_players
from deploy.devnet.statements import PreimageStatements
from deploy.devnet.tasks import TaskFate, draw_tasks
from tests.devnet.market_steps import steps_of

_SETTINGS = DevnetSettings(tasks_per_epoch=23)
_CALENDAR = calendar_of(_SETTINGS)
_SLOTS = _CALENDAR.slots()


@pytest.fixture(params=range(20))
def drawn(request):
    random_ = random.Random(request.param)
    players = cast_players(_SETTINGS, random_)
    return players, draw_tasks(_SLOTS, _SETTINGS.tasks_per_epoch, players, PreimageStatements(random_), random_)


def test_plan_market__last_slot__leaves_tasks_open(drawn):
    blocks = plan_market(_CALENDAR, drawn[1])
    ended = {
        task
        for block in blocks
        for function, task, _ in steps_of(block.calls)
        if function in ("submitProof", "submitLate", "cancelTask", "resolveDispute")
    }
    left = [task for task in drawn[1] if task.name not in ended]
    assert {task.fate for task in left} == {TaskFate.MISSED, TaskFate.LATE}
    assert {task.slot for task in left} == {len(_SLOTS) - 1}


def test_plan_market__disputed_tasks__are_ruled_on_in_their_slot(drawn):
    blocks = plan_market(_CALENDAR, drawn[1])
    order = [(function, task) for block in blocks for function, task, _ in steps_of(block.calls)]
    for task in drawn[1]:
        if task.fate is TaskFate.DISPUTED:
            steps = [order.index((step, task.name)) for step in ("acceptTask", "openDispute", "resolveDispute")]
            assert steps == sorted(steps)
            assert ("submitProof", task.name) not in order


def test_plan_market__ruling__names_the_number_of_its_dispute(drawn):
    opened = []
    for call in (call for block in plan_market(_CALENDAR, drawn[1]) for call in block.calls):
        if call.function == "openDispute":
            opened.append(call.arguments[0])
        if call.function == "resolveDispute":
            assert opened[call.arguments[1] - 1] == call.arguments[0]


def test_plan_market__dispute_nobody_decides__lapses_after_its_time_and_the_user_takes_its_task_back(drawn):
    blocks = plan_market(_CALENDAR, drawn[1])
    times = {(function, task): block.offset_seconds for block in blocks for function, task, _ in steps_of(block.calls)}
    lapsed = [task for task in drawn[1] if task.fate is TaskFate.LAPSED]
    assert lapsed
    for task in lapsed:
        assert times["lapseDispute", task.name] > times["openDispute", task.name] + DISPUTE_SECONDS
        assert times["cancelTask", task.name] == times["lapseDispute", task.name]
        assert ("submitProof", task.name) not in times


def test_plan_market__halt__ends_the_acceptance_while_nothing_else_of_the_slot_is_open(drawn):
    blocks = plan_market(_CALENDAR, drawn[1])
    (task,) = (task for task in drawn[1] if task.fate is TaskFate.HALTED)
    (halt,) = (block for block in blocks if any(call.function == "pause" for call in block.calls))
    assert [call.function for call in halt.calls] == ["pause", "expireTask", "cancelTask"]
    assert {call.arguments[0] for call in halt.calls[1:]} == {task.name}
    assert [refusal.error for refusal in halt.refusals] == ["PausedTooOften", "Paused"]
    (end,) = (block for block in blocks if any(call.function == "setPause" for call in block.calls))
    assert halt.offset_seconds < end.offset_seconds < _SLOTS[task.slot + 1].post_seconds


def test_plan_market__orders_and_batches__are_part_of_the_traffic(drawn):
    calls = [call for block in plan_market(_CALENDAR, drawn[1]) for call in block.calls]
    sent = {call.function for call in calls}
    assert sent >= {"lockOrder", "postMany", "acceptMany", "submitMany", "postTask", "acceptTask", "submitProof"}
    orders = {task.name for task in drawn[1] if task.is_order}
    assert {call.learns[0].name for call in calls if call.function == "lockOrder"} == orders
    assert all(call.sender == task.miner for task in drawn[1] for call in calls if _locks(call, task))
    posted = {task for function, task, _ in steps_of(calls) if function == "postTask"}
    assert posted == {task.name for task in drawn[1]} - orders


def _locks(call, task):
    return call.function == "lockOrder" and call.learns[0].name == task.name


def test_plan_market__late_proof__follows_the_missed_deadline_and_its_commitment(drawn):
    blocks = plan_market(_CALENDAR, drawn[1])
    filled = {task.name: task for task in drawn[1] if task.fate is TaskFate.FILLED}
    calls = [(block, call) for block in blocks for call in block.calls]
    late = {call.arguments[0]: (block, call) for block, call in calls if call.function == "submitLate"}
    assert set(late) == set(filled)
    for name, (block, call) in late.items():
        task = filled[name]
        assert call.sender == task.rescuer != task.miner
        commits = [(it, other.sender) for it, other in calls if other.function == "commitProof"]
        assert any(it.offset_seconds < block.offset_seconds and who == call.sender for it, who in commits)
        assert block.offset_seconds > _SLOTS[task.slot].accept_seconds + _CALENDAR.prove_window_seconds
