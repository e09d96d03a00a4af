"""The tasks of the traffic: who posts what to whom, and what becomes of it."""

import random
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum

from deploy.devnet.calendar import SLOTS_PER_EPOCH, Slot
from deploy.devnet.plan_words import Name
from deploy.devnet.players import RISC0, App, Players, odd_amount
from deploy.devnet.statements import Statement, StatementSource


class TaskFate(Enum):
    """What becomes of a task."""

    PROVEN = "proven in its slot"
    MISSED = "accepted, not proven in time, taken over in the next slot"
    FILLED = "accepted, not proven in time, proven late by another without an acceptance in the next slot"
    LATE = "accepted and proven in the next slot"
    CANCELLED = "taken back by its user"
    DISPUTED = "accepted, disputed by its user, refunded by the arbiter"
    LAPSED = "accepted, disputed by its miner, decided by nobody, taken back by its user"
    HALTED = "accepted, ended without slash while its app is halted, taken back by its user"


PROVEN_IN_THE_NEXT_SLOT = (TaskFate.MISSED, TaskFate.FILLED, TaskFate.LATE)
TASKS_IN_EPOCH_0 = 6
_FIRST_OF_A_SLOT = (TaskFate.MISSED, TaskFate.LATE, TaskFate.CANCELLED)
_FIRST_BY_PLACE = ((TaskFate.LAPSED,), (TaskFate.DISPUTED,), (), (TaskFate.FILLED,))
_HALTED_PLACE = 2
"""In this slot of the first busy epoch an app is halted, once: a pauser rests for days between two pauses."""
_RISC0_SHARE = 7
_OTHERS = (TaskFate.PROVEN,) * 37 + _FIRST_OF_A_SLOT
_TASKS_OF_A_MINER_PER_SLOT = 4
_ORDERS_OF = 3
"""One in so many of the tasks that are proven in their slot is an order that its user signs off chain."""


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One task of slot number `slot`; `rescuer` takes it over, or proves it late, when `miner` misses the deadline.

    `is_order`: the user signs, and the miner posts, pays in and accepts at once.
    """

    name: Name
    slot: int
    app: App
    user: Name
    miner: Name
    rescuer: Name
    fee_wei: int
    fate: TaskFate
    statement: Statement
    is_order: bool = False


def draw_tasks(
    slots: tuple[Slot, ...], per_epoch: int, players: Players, statements: StatementSource, random_: random.Random
) -> tuple[PlannedTask, ...]:
    """Draw every task; the first ones of each slot have the rarer fates, so that every epoch sees them all."""
    tasks: list[PlannedTask] = []
    place = 0
    first_busy = min(slot.epoch for slot in slots if slot.epoch > 0)
    for number, slot in enumerate(slots):
        place = 0 if number == 0 or slots[number - 1].epoch != slot.epoch else place + 1
        has_halt = slot.epoch == first_busy and place == _HALTED_PLACE
        following = slots[number + 1].epoch if number + 1 < len(slots) else slot.epoch
        load: dict[Name, int] = defaultdict(int)
        for fate in _fates(slot.epoch, place, per_epoch, has_halt, random_):
            last_epoch = following if fate in PROVEN_IN_THE_NEXT_SLOT else slot.epoch
            app = _choose_app(players, last_epoch, random_)
            miner, rescuer = _free_miners(players.miners[app.name], load, random_)
            name = Name(f"task{len(tasks)}")
            user, fee = random_.choice(players.users), odd_amount(random_, 1, 9)
            is_order = fate is TaskFate.PROVEN and random_.randrange(_ORDERS_OF) == 0
            statement = statements.take(app)
            tasks.append(PlannedTask(name, number, app, user, miner, rescuer, fee, fate, statement, is_order))
    return tuple(tasks)


def count_proofs(slots: tuple[Slot, ...], tasks: tuple[PlannedTask, ...]) -> dict[int, int]:
    """Return how many proofs the tasks give in each epoch that has slots."""
    counts = {slot.epoch: 0 for slot in slots}
    for task in tasks:
        slot = task.slot + (task.fate in PROVEN_IN_THE_NEXT_SLOT)
        if task.fate in (TaskFate.PROVEN, *PROVEN_IN_THE_NEXT_SLOT) and slot < len(slots):
            counts[slots[slot].epoch] += 1
    return counts


def _fates(epoch: int, place: int, per_epoch: int, has_halt: bool, random_: random.Random) -> list[TaskFate]:
    """Return the fates of the `place`-th slot of an epoch.

    No stake counts in epoch 0: nobody can accept there, so its tasks are cancelled or left for the next slot.
    """
    if epoch == 0:
        return [TaskFate.CANCELLED] + [TaskFate.LATE] * (TASKS_IN_EPOCH_0 - 1)
    rare = (TaskFate.HALTED,) if has_halt else _FIRST_BY_PLACE[place] if place < len(_FIRST_BY_PLACE) else ()
    fixed = rare + _FIRST_OF_A_SLOT
    count = per_epoch // SLOTS_PER_EPOCH + (place < per_epoch % SLOTS_PER_EPOCH)
    return [*fixed, *random_.choices(_OTHERS, k=count - len(fixed))]


def _choose_app(players: Players, epoch: int, random_: random.Random) -> App:
    """Return an app that may be proven in the epoch; a zkVM far more often than others, whose proofs cost little."""
    apps = [app for app in players.working_apps if app.is_approved(epoch)]
    return random_.choices(apps, weights=[_RISC0_SHARE if app.scheme == RISC0 else 1 for app in apps])[0]


def _free_miners(miners: tuple[Name, ...], load: dict[Name, int], random_: random.Random) -> tuple[Name, Name]:
    """Return two different miners of an app, those with fewer tasks in the slot first, and count the tasks."""
    free = [miner for miner in miners if load[miner] < _TASKS_OF_A_MINER_PER_SLOT]
    if len(free) < 2:
        free = sorted(miners, key=lambda miner: load[miner])[:2]
    first, second = random_.sample(free, 2)
    load[first] += 1
    load[second] += 1
    return first, second
