import random

import pytest

from deploy.devnet import DevnetSettings
from deploy.devnet.calendar import calendar_of
from deploy.devnet.market_plan import DISPUTE_SECONDS, plan_market
from deploy.devnet.players import cast_players
from deploy.devnet.statements import PreimageStatements
from deploy.devnet.tasks import Fate, draw_tasks

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
        call.arguments[0]
        for block in blocks
        for call in block.calls
        if call.function in ("submitProof", "cancelTask", "resolveDispute")
    }
    left = [task for task in drawn[1] if task.name not in ended]
    assert {task.fate for task in left} == {Fate.MISSED, Fate.LATE}
    assert {task.slot for task in left} == {len(_SLOTS) - 1}


def test_plan_market__disputed_tasks__are_ruled_on_in_their_slot(drawn):
    blocks = plan_market(_CALENDAR, drawn[1])
    order = [(call.function, call.arguments[0]) for block in blocks for call in block.calls]
    for task in drawn[1]:
        if task.fate is Fate.DISPUTED:
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
    times = {(call.function, call.arguments[0]): block.offset_seconds for block in blocks for call in block.calls}
    lapsed = [task for task in drawn[1] if task.fate is Fate.LAPSED]
    assert lapsed
    for task in lapsed:
        assert times["lapseDispute", task.name] > times["openDispute", task.name] + DISPUTE_SECONDS
        assert times["cancelTask", task.name] == times["lapseDispute", task.name]
        assert ("submitProof", task.name) not in times


def test_plan_market__halt__ends_the_acceptance_while_nothing_else_of_the_slot_is_open(drawn):
    blocks = plan_market(_CALENDAR, drawn[1])
    (task,) = (task for task in drawn[1] if task.fate is Fate.HALTED)
    (halt,) = (block for block in blocks if any(call.function == "pause" for call in block.calls))
    assert [call.function for call in halt.calls] == ["pause", "expireTask", "cancelTask"]
    assert {call.arguments[0] for call in halt.calls[1:]} == {task.name}
    assert [refusal.error for refusal in halt.refusals] == ["PausedTooOften", "Paused"]
    (end,) = (block for block in blocks if any(call.function == "setPause" for call in block.calls))
    assert halt.offset_seconds < end.offset_seconds < _SLOTS[task.slot + 1].post_seconds
