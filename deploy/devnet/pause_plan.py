"""The pauser's part of the traffic: an app is halted once, and once its acceptances alone are paused."""

from deploy.devnet.calendar import Calendar, Slot
from deploy.devnet.plan_words import AppFlag, ExpectedRefusal, Name, PlannedBlock, StepCall
from deploy.devnet.tasks import PlannedTask, TaskFate

_MARKET = Name("TaskMarket")
_PAUSER = Name("guardian")


def plan_pauses(slot: Slot, here: list[PlannedTask], calendar: Calendar) -> list[PlannedBlock]:
    """Return the blocks after the proofs of a slot that has a halted task: the app stands still, whoever likes ends
    the acceptance, the user takes its task back; at the end the DAO lets everything run again.

    Acceptances of the app of a task that waits for the next slot are paused beside it.
    """
    halted = [task for task in here if task.fate is TaskFate.HALTED]
    if not halted:
        return []
    waiting = next(task for task in here if task.fate is TaskFate.LATE)
    task, length_seconds = halted[0], calendar.hour_seconds // 2
    flags = (AppFlag(task.app.name, "halt"), AppFlag(waiting.app.name, "acceptance"))
    stop = StepCall(_PAUSER, _MARKET, "pause", (flags, length_seconds))
    expire = StepCall(Name("outsider"), _MARKET, "expireTask", (task.name,))
    cancel = StepCall(task.user, _MARKET, "cancelTask", (task.name,))
    accept = StepCall(waiting.miner, _MARKET, "acceptTask", (waiting.name, 0, 0, 2**128 - 1))
    refused = (ExpectedRefusal(stop, "PausedTooOften"), ExpectedRefusal(accept, "Paused"))
    resume = StepCall(Name("dao"), _MARKET, "setPause", (flags, 0))
    return [
        PlannedBlock(slot.pause_seconds, (stop, expire, cancel), refused),
        PlannedBlock(slot.resume_seconds, (resume,)),
    ]
