"""The market's calls: what accounts send for one task, and for several of theirs at once."""

from collections import defaultdict
from collections.abc import Iterable

from deploy.devnet.calendar import Calendar, Slot
from deploy.devnet.plan_words import Commitment, Learned, Moment, Name, OrderSignature, PlannedArgument, StepCall
from deploy.devnet.tasks import PlannedTask, TaskFate
from deploy.wiring.settings import BURN_BPS, CAPACITY_STAKE_WEI

TASK_MARKET = Name("TaskMarket")
MOST_AT_ONCE = 4
"""Tasks of one batch: its proofs fit the gas of a transaction."""
_WHOLE_BPS = 10_000
_NOBODY = "0x" + "00" * 20
_NO_WISHES: tuple[PlannedArgument, ...] = (0, 0, 0, _NOBODY)
_CALLBACK_GAS = 50_000
_PRIORITIES = 3
_SALT = b"late".ljust(32, b"\0")
Work = tuple[PlannedTask, Name]
"""A task and the miner that works on it."""


def post(tasks: list[PlannedTask], calendar: Calendar) -> tuple[StepCall, ...]:
    """Return the posts of tasks that are no orders: a user's several ones, and those with wishes, as a batch."""
    calls: list[StepCall] = []
    for user, own in _by_account((task, task.user) for task in tasks if not task.is_order):
        learned = tuple(Learned("TaskPosted", task.name) for task, _ in own)
        postings = tuple((*posted(task, task.fee_wei), _wishes(task, calendar)) for task, _ in own)
        if len(own) == 1 and postings[0][-1] is _NO_WISHES:
            calls.append(StepCall(user, TASK_MARKET, "postTask", postings[0][:-1], learned))
        else:
            calls.append(StepCall(user, TASK_MARKET, "postMany", (postings,), learned))
    return tuple(calls)


def posted(task: PlannedTask, fee_wei: int) -> tuple[PlannedArgument, ...]:
    """Return the arguments of `postTask`."""
    return task.app.name, fee_wei, task.statement.inputs, task.statement.publics


def accept(work: Iterable[Work], slot: Slot, calendar: Calendar) -> tuple[StepCall, ...]:
    """Return the acceptances: orders by their signature, a miner's several tasks as a batch."""
    calls: list[StepCall] = []
    for miner, own in _by_account(work):
        calls += [_lock(task, slot, calendar) for task, _ in own if task.is_order]
        open_ = [task for task, _ in own if not task.is_order]
        if len(open_) == 1:
            calls.append(accept_one(open_[0], miner, calendar))
        elif open_:
            wanted = tuple((task.name, _bounds(task.fee_wei, _window(task, calendar))) for task in open_)
            calls.append(StepCall(miner, TASK_MARKET, "acceptMany", (wanted,)))
    return tuple(calls)


def accept_one(task: PlannedTask, miner: Name, calendar: Calendar, more_wei: int = 0) -> StepCall:
    """A miner names the least it will work for (here exactly what it gets, and `more_wei`) and the most it risks."""
    bounds = _bounds(task.fee_wei, _window(task, calendar), more_wei)
    return StepCall(miner, TASK_MARKET, "acceptTask", (task.name, *bounds))


def prove(work: Iterable[Work]) -> tuple[StepCall, ...]:
    """Return the proofs, a miner's several ones as a batch."""
    calls: list[StepCall] = []
    for miner, own in _by_account(work):
        if len(own) == 1:
            calls.append(prove_one(own[0][0], miner))
        else:
            proofs = tuple((task.name, task.statement.publics, task.statement.proof) for task, _ in own)
            calls.append(StepCall(miner, TASK_MARKET, "submitMany", (proofs,)))
    return tuple(calls)


def prove_one(task: PlannedTask, miner: Name, proof: bytes | None = None) -> StepCall:
    """A proof of one task: the right one, or another."""
    given = task.statement.proof if proof is None else proof
    return StepCall(miner, TASK_MARKET, "submitProof", (task.name, task.statement.publics, given))


def commit_late(task: PlannedTask) -> StepCall:
    """What a late prover sends a block before its proof, at least."""
    commitment = Commitment(task.name, task.rescuer, task.statement.proof, _SALT)
    return StepCall(task.rescuer, TASK_MARKET, "commitProof", (commitment,))


def prove_late(task: PlannedTask, prover: Name) -> StepCall:
    """The proof of a task that its miner missed, by who has not accepted it."""
    arguments = (task.name, task.statement.publics, task.statement.proof, _SALT)
    return StepCall(prover, TASK_MARKET, "submitLate", arguments)


def cancel(task: PlannedTask) -> StepCall:
    """Its user takes a task back."""
    return StepCall(task.user, TASK_MARKET, "cancelTask", (task.name,))


def _lock(task: PlannedTask, slot: Slot, calendar: Calendar) -> StepCall:
    """An order whose fee rises to three times the least; it is locked half way, at twice the least."""
    minute = slot.accept_seconds - slot.post_seconds
    moments = (Moment(slot.post_seconds), Moment(slot.accept_seconds + minute), Moment(slot.accept_seconds))
    order: tuple[PlannedArgument, ...] = (
        *(task.user, task.app.name, task.fee_wei, 3 * task.fee_wei, *moments),
        *(0, 0, 0, _NOBODY),  # no wishes
        *(task.miner, task.slot % _PRIORITIES, 0),
        *(task.statement.inputs, task.statement.publics),
    )
    bounds = _bounds(2 * task.fee_wei, calendar.prove_window_seconds)
    learned = (Learned("TaskPosted", task.name),)
    return StepCall(task.miner, TASK_MARKET, "lockOrder", (order, OrderSignature(order), bounds), learned)


def _wishes(task: PlannedTask, calendar: Calendar) -> tuple[PlannedArgument, ...]:
    """Two deadlines and a callback for tasks that are proven late; nothing for others."""
    if task.fate is not TaskFate.FILLED:
        return _NO_WISHES
    final = Moment(calendar.length_seconds * (calendar.busy_epochs[-1] + 1))
    return final, _window(task, calendar), _CALLBACK_GAS, Name("outsider")


def _window(task: PlannedTask, calendar: Calendar) -> int:
    return calendar.prove_window_seconds // (2 if task.fate is TaskFate.FILLED else 1)


def _bounds(fee_wei: int, window_seconds: int, more_wei: int = 0) -> tuple[PlannedArgument, ...]:
    return fee_wei - fee_wei * BURN_BPS // _WHOLE_BPS + more_wei, window_seconds, CAPACITY_STAKE_WEI


def _by_account(work: Iterable[Work]) -> list[tuple[Name, list[Work]]]:
    """Return each account's tasks in portions that one transaction can carry, accounts in the order they appear."""
    own: dict[Name, list[Work]] = defaultdict(list)
    for task, account in work:
        own[account].append((task, account))
    return [
        (account, tasks[start : start + MOST_AT_ONCE])
        for account, tasks in own.items()
        for start in range(0, len(tasks), MOST_AT_ONCE)
    ]
