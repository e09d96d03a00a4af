import random

import pytest

from deploy.devnet import DevnetSettings
from deploy.devnet.calendar import calendar_of
from deploy.devnet.market_plan import plan_market
from deploy.devnet.players import cast_players
from deploy.devnet.statements import PreimageStatements
from deploy.devnet.tasks import Fate, draw_tasks

_SETTINGS = DevnetSettings(tasks_per_epoch=23)
_SLOTS = calendar_of(_SETTINGS).slots()


@pytest.fixture(params=range(20))
def drawn(request):
    random_ = random.Random(request.param)
    players = cast_players(_SETTINGS, random_)
    return players, draw_tasks(_SLOTS, _SETTINGS.tasks_per_epoch, players, PreimageStatements(random_), random_)


def test_plan_market__last_slot__leaves_tasks_open(drawn):
    blocks = plan_market(_SLOTS, drawn[1])
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
    blocks = plan_market(_SLOTS, drawn[1])
    order = [(call.function, call.arguments[0]) for block in blocks for call in block.calls]
    for task in drawn[1]:
        if task.fate is Fate.DISPUTED:
            steps = [order.index((step, task.name)) for step in ("acceptTask", "openDispute", "resolveDispute")]
            assert steps == sorted(steps)
            assert ("submitProof", task.name) not in order
