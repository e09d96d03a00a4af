import random
from collections import Counter

import pytest

from deploy.devnet import DevnetSettings
from deploy.devnet.calendar import calendar_of
from deploy.devnet.players import cast_players
from deploy.devnet.statements import PreimageStatements
from deploy.devnet.tasks import PROVEN_IN_THE_NEXT_SLOT, TaskFate, count_proofs, draw_tasks

_SETTINGS = DevnetSettings(tasks_per_epoch=23)
_SLOTS = calendar_of(_SETTINGS).slots()


@pytest.fixture(params=range(20))
def drawn(request):
    random_ = random.Random(request.param)
    players = cast_players(_SETTINGS, random_)
    return players, draw_tasks(_SLOTS, _SETTINGS.tasks_per_epoch, players, PreimageStatements(random_), random_)


def test_draw_tasks__every_busy_epoch__has_all_fates_but_the_one_halt_and_the_asked_number(drawn):
    for epoch in _SETTINGS.busy_epochs:
        fates = Counter(task.fate for task in drawn[1] if _SLOTS[task.slot].epoch == epoch)
        assert set(fates) | {TaskFate.HALTED} == set(TaskFate)
        assert fates[TaskFate.HALTED] == (epoch == _SETTINGS.busy_epochs[0])
        assert fates.total() == _SETTINGS.tasks_per_epoch


def test_draw_tasks__epoch_0__nothing_is_to_be_accepted(drawn):
    assert {task.fate for task in drawn[1] if _SLOTS[task.slot].epoch == 0} == {TaskFate.CANCELLED, TaskFate.LATE}


def test_draw_tasks__miners__are_two_of_the_apps_own(drawn):
    players, tasks = drawn
    for task in tasks:
        assert task.miner != task.rescuer
        assert {task.miner, task.rescuer} <= set(players.miners[task.app.name])
        assert not task.app.idle


def test_draw_tasks__stopped_app__has_no_task_that_would_be_proven_after_its_stop(drawn):
    for task in drawn[1]:
        slot = min(task.slot + (task.fate in PROVEN_IN_THE_NEXT_SLOT), len(_SLOTS) - 1)
        if task.fate is not TaskFate.CANCELLED:
            assert task.app.is_approved(_SLOTS[slot].epoch)


def test_draw_tasks__statements__are_all_different(drawn):
    publics = [task.statement.publics for task in drawn[1]]
    assert len(set(publics)) == len(publics)


def test_count_proofs__drawn__nearly_all_tasks_and_none_in_epoch_0(drawn):
    counts = count_proofs(_SLOTS, drawn[1])
    assert set(counts) == {0, *_SETTINGS.busy_epochs}
    assert counts[0] == 0
    assert all(counts[epoch] > 10 for epoch in _SETTINGS.busy_epochs)
