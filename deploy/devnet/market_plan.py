"""The market's part of the traffic: tasks with their fates, and the blocks in which they are lived."""

import random
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum

from deploy.devnet.calendar import SLOTS_PER_EPOCH, Slot
from deploy.devnet.players import RISC0, App, Players, odd_amount
from deploy.devnet.statements import Statement, StatementSource
from deploy.devnet.steps import Block, Call, Learned, Name, Refusal

TASK_MARKET = Name("TaskMarket")
_TASKS_OF_A_MINER_PER_SLOT = 4


class Fate(Enum):
    """What becomes of a task: proven in its slot, missed and taken over, left for the next slot, cancelled."""

    PROVEN = "proven"
    MISSED = "missed"
    LATE = "late"
    CANCELLED = "cancelled"


_WEIGHTED = (Fate.PROVEN,) * 17 + (Fate.MISSED, Fate.LATE, Fate.CANCELLED)
_FIRST_OF_A_SLOT = (Fate.MISSED, Fate.LATE, Fate.CANCELLED)
TASKS_IN_EPOCH_0 = 6


@dataclass(frozen=True, slots=True)
class Task:
    """One task of slot number `slot`; `rescuer` takes it over when `miner` misses the deadline."""

    name: Name
    slot: int
    app: App
    user: Name
    miner: Name
    rescuer: Name
    fee_wei: int
    fate: Fate
    statement: Statement


def draw_tasks(
    slots: tuple[Slot, ...], per_epoch: int, players: Players, statements: StatementSource, random_: random.Random
) -> tuple[Task, ...]:
    """Draw every task; the first ones of each slot have the rarer fates, so that every epoch sees them all.

    No stake counts in epoch 0: nobody can accept there, so its tasks are cancelled or left for the next slot.
    """
    tasks: list[Task] = []
    for number, slot in enumerate(slots):
        following = slots[number + 1].epoch if number + 1 < len(slots) else slot.epoch
        load: dict[Name, int] = defaultdict(int)
        fates = _fates(_tasks_in_slot(number % SLOTS_PER_EPOCH, per_epoch), slot.epoch == 0, random_)
        for fate in fates:
            ends_here = fate in (Fate.PROVEN, Fate.CANCELLED)
            app = _choose_app(players, slot.epoch if ends_here else following, random_)
            miner, rescuer = _free_miners(players.miners[app.name], load, random_)
            name = Name(f"task{len(tasks)}")
            user, fee = random_.choice(players.users), odd_amount(random_, 1, 9)
            statement = statements.take(app)
            tasks.append(Task(name, number, app, user, miner, rescuer, fee, fate, statement))
    return tuple(tasks)


def plan_market(slots: tuple[Slot, ...], tasks: tuple[Task, ...]) -> list[Block]:
    """Return the market's blocks: three a slot (posts; accepts and cancels; proofs)."""
    blocks: list[Block] = []
    for number, slot in enumerate(slots):
        here = [task for task in tasks if task.slot == number]
        carried = [task for task in tasks if task.slot == number - 1 and task.fate in (Fate.MISSED, Fate.LATE)]
        takeovers = [(task, task.rescuer if task.fate is Fate.MISSED else task.miner) for task in carried]
        accepted = [(task, task.miner) for task in here if task.fate in (Fate.PROVEN, Fate.MISSED)]
        proven = takeovers + [(task, miner) for task, miner in accepted if task.fate is Fate.PROVEN]
        cancels = tuple(_cancel(task) for task in here if task.fate is Fate.CANCELLED)
        accepts = tuple(_accept(task, miner) for task, miner in takeovers + accepted)
        blocks.append(Block(slot.post_seconds, tuple(_post(task) for task in here), _refused_accepts(here)))
        blocks.append(Block(slot.accept_seconds, accepts + cancels, _refused_proofs(proven)))
        blocks.append(Block(slot.prove_seconds, tuple(_prove(task, miner) for task, miner in proven)))
    return blocks


def count_proofs(slots: tuple[Slot, ...], tasks: tuple[Task, ...]) -> dict[int, int]:
    """Return how many proofs the plan verifies in each epoch that has slots."""
    counts = {slot.epoch: 0 for slot in slots}
    for task in tasks:
        slot = task.slot + (task.fate is not Fate.PROVEN)
        if task.fate is not Fate.CANCELLED and slot < len(slots):
            counts[slots[slot].epoch] += 1
    return counts


def _choose_app(players: Players, epoch: int, random_: random.Random) -> App:
    """Return an app that may be proven in the epoch; a zkVM three times as often, whose proofs cost little."""
    apps = [app for app in players.working_apps if app.is_approved(epoch)]
    return random_.choices(apps, weights=[3 if app.scheme == RISC0 else 1 for app in apps])[0]


def _fates(count: int, nobody_accepts: bool, random_: random.Random) -> list[Fate]:
    if nobody_accepts:
        return [Fate.CANCELLED] + [Fate.LATE] * (TASKS_IN_EPOCH_0 - 1)
    return [*_FIRST_OF_A_SLOT, *random_.choices(_WEIGHTED, k=count - len(_FIRST_OF_A_SLOT))]


def _tasks_in_slot(slot_of_epoch: int, per_epoch: int) -> int:
    return per_epoch // SLOTS_PER_EPOCH + (slot_of_epoch < per_epoch % SLOTS_PER_EPOCH)


def _free_miners(miners: tuple[Name, ...], load: dict[Name, int], random_: random.Random) -> tuple[Name, Name]:
    """Return two different miners of an app, those with fewer tasks in the slot first, and count the tasks."""
    free = [miner for miner in miners if load[miner] < _TASKS_OF_A_MINER_PER_SLOT]
    if len(free) < 2:
        free = sorted(miners, key=lambda miner: load[miner])[:2]
    first, second = random_.sample(free, 2)
    load[first] += 1
    load[second] += 1
    return first, second


def _post(task: Task) -> Call:
    arguments = (task.app.name, task.fee_wei, task.statement.inputs, task.statement.publics)
    return Call(task.user, TASK_MARKET, "postTask", arguments, Learned("TaskPosted", task.name))


def _accept(task: Task, miner: Name) -> Call:
    return Call(miner, TASK_MARKET, "acceptTask", (task.name,))


def _cancel(task: Task) -> Call:
    return Call(task.user, TASK_MARKET, "cancelTask", (task.name,))


def _prove(task: Task, miner: Name) -> Call:
    return Call(miner, TASK_MARKET, "submitProof", (task.name, task.statement.proof))


def _refused_accepts(posted: list[Task]) -> tuple[Refusal, ...]:
    """An account without stake may not accept."""
    return tuple(Refusal(_accept(task, Name("outsider")), "StakeTooSmall") for task in posted[:1])


def _refused_proofs(accepted: list[tuple[Task, Name]]) -> tuple[Refusal, ...]:
    """A wrong proof is refused, and so is a right one from an account that did not accept; one of each scheme."""
    refusals: list[Refusal] = []
    for task, miner in {task.app.scheme: (task, miner) for task, miner in accepted}.values():
        wrong = Call(miner, TASK_MARKET, "submitProof", (task.name, task.statement.wrong_proof))
        refusals += [Refusal(wrong, "ProofRejected"), Refusal(_prove(task, Name("outsider")), "NotTheMiner")]
    return tuple(refusals)
