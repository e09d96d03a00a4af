"""The market's part of the traffic: the blocks in which the tasks are lived."""

from deploy.devnet import market_calls
from deploy.devnet.calendar import Calendar, Slot
from deploy.devnet.market_calls import TASK_MARKET, Work
from deploy.devnet.pause_plan import plan_pauses
from deploy.devnet.plan_words import ExpectedRefusal, Name, PlannedBlock, StepCall
from deploy.devnet.players import Players
from deploy.devnet.tasks import PROVEN_IN_THE_NEXT_SLOT, PlannedTask, TaskFate
from deploy.wiring.settings import CAPACITY_STAKE_WEI, WEI

DISPUTE_SECONDS = 3_600
"""How long a dispute waits for the arbiter here: as short as the market allows."""
_ACCEPTED_AT_ONCE = (
    TaskFate.PROVEN,
    TaskFate.MISSED,
    TaskFate.FILLED,
    TaskFate.DISPUTED,
    TaskFate.LAPSED,
    TaskFate.HALTED,
)
_OPENERS = {TaskFate.DISPUTED: "user", TaskFate.LAPSED: "miner"}
_FOR_USER = 1
_DISPUTE_SLASH_WEI = 20 * WEI


def plan_market_rules(players: Players) -> tuple[StepCall, ...]:
    """Return the DAO's word before there are tasks: a least fee of one app's own, and the time for disputes."""
    dao, app = Name("dao"), players.working_apps[-1].name
    return (
        StepCall(dao, TASK_MARKET, "setMinFeeOfApp", (app, WEI // 2)),
        StepCall(dao, TASK_MARKET, "setDisputeRules", (CAPACITY_STAKE_WEI, DISPUTE_SECONDS)),
    )


def plan_market(calendar: Calendar, tasks: tuple[PlannedTask, ...]) -> list[PlannedBlock]:
    """Return the market's blocks: three a slot (posts; accepts, cancels and disputes; proofs and rulings), and the
    pauses and halts between two slots.
    """
    slots = calendar.slots()
    serials = _dispute_serials(tasks)
    lapses = _lapses(slots, tasks)
    blocks: list[PlannedBlock] = []
    for number, slot in enumerate(slots):
        here = [task for task in tasks if task.slot == number]
        carried = [task for task in tasks if task.slot == number - 1 and task.fate in PROVEN_IN_THE_NEXT_SLOT]
        filled = [(task, task.rescuer) for task in carried if task.fate is TaskFate.FILLED]
        takeovers = [(task, _second(task)) for task in carried if task.fate is not TaskFate.FILLED]
        accepted = takeovers + [(task, task.miner) for task in here if task.fate in _ACCEPTED_AT_ONCE]
        proven = takeovers + [(task, task.miner) for task in here if task.fate is TaskFate.PROVEN]
        accepts = market_calls.accept(accepted, slot, calendar)
        commitments = tuple(market_calls.commit_late(task) for task, _ in filled)
        proofs = market_calls.prove(proven) + tuple(market_calls.prove_late(*work) for work in filled)
        refused = _refused_proofs(proven) + _refused_late(filled)
        ends = lapses.get(number, ()) + _ends(here)
        rulings = tuple(_rule(task, serials[task.name]) for task in here if task.fate is TaskFate.DISPUTED)
        blocks.append(
            PlannedBlock(slot.post_seconds, market_calls.post(here, calendar), _refused_posts(here, calendar))
        )
        blocks.append(PlannedBlock(slot.accept_seconds, accepts + commitments + ends, refused))
        blocks.append(PlannedBlock(slot.prove_seconds, proofs + rulings))
        blocks += plan_pauses(slot, here, calendar)
    return blocks


def _second(task: PlannedTask) -> Name:
    """Return who works on a task in the slot after its own."""
    return task.rescuer if task.fate is TaskFate.MISSED else task.miner


def _ends(here: list[PlannedTask]) -> tuple[StepCall, ...]:
    """Return what ends tasks otherwise than by a proof, or tries to: cancellations and disputes."""
    cancelled = tuple(market_calls.cancel(task) for task in here if task.fate is TaskFate.CANCELLED)
    return cancelled + tuple(_dispute(task) for task in here if task.fate in _OPENERS)


def _dispute_serials(tasks: tuple[PlannedTask, ...]) -> dict[Name, int]:
    """Return the numbers that the market gives the disputes: they are opened in the order of their tasks."""
    disputed = [task.name for task in tasks if task.fate in _OPENERS]
    return {name: number for number, name in enumerate(disputed, start=1)}


def _lapses(slots: tuple[Slot, ...], tasks: tuple[PlannedTask, ...]) -> dict[int, tuple[StepCall, ...]]:
    """Return, by slot, the ends of disputes nobody decides: each in the first slot in which it may lapse.

    The deadline is missed long before, so that the user's cancelling costs the miner what a miss costs.
    """
    calls: dict[int, tuple[StepCall, ...]] = {}
    for task in tasks:
        if task.fate is TaskFate.LAPSED:
            until = slots[task.slot].accept_seconds + DISPUTE_SECONDS
            number = next((number for number, slot in enumerate(slots) if slot.accept_seconds > until), None)
            if number is not None:
                lapse = StepCall(Name("outsider"), TASK_MARKET, "lapseDispute", (task.name,))
                calls[number] = (*calls.get(number, ()), lapse, market_calls.cancel(task))
    return calls


def _dispute(task: PlannedTask) -> StepCall:
    opener = task.user if _OPENERS[task.fate] == "user" else task.miner
    return StepCall(opener, TASK_MARKET, "openDispute", (task.name,))


def _rule(task: PlannedTask, serial: int) -> StepCall:
    arguments = (task.name, serial, _FOR_USER, _DISPUTE_SLASH_WEI)
    return StepCall(Name("arbiter"), TASK_MARKET, "resolveDispute", arguments)


def _refused_posts(posted: list[PlannedTask], calendar: Calendar) -> tuple[ExpectedRefusal, ...]:
    """A fee of 1 wei is refused; an account without stake may not accept, and no miner for less than it asks."""
    task = posted[0]
    cheap = StepCall(task.user, TASK_MARKET, "postTask", market_calls.posted(task, 1))
    return (
        ExpectedRefusal(cheap, "FeeTooSmall"),
        ExpectedRefusal(market_calls.accept_one(task, Name("outsider"), calendar), "StakeTooSmall"),
        ExpectedRefusal(market_calls.accept_one(task, task.miner, calendar, more_wei=1), "TermsBelowBounds"),
    )


def _refused_proofs(accepted: list[Work]) -> tuple[ExpectedRefusal, ...]:
    """A wrong proof is refused, and so is a right one from an account that did not accept; one of each scheme.

    A statement that is being proven may not be posted again.
    """
    refusals: list[ExpectedRefusal] = []
    for task, miner in {task.app.scheme: (task, miner) for task, miner in accepted}.values():
        wrong = market_calls.prove_one(task, miner, task.statement.wrong_proof)
        again = StepCall(task.user, TASK_MARKET, "postTask", market_calls.posted(task, task.fee_wei))
        refusals += [
            ExpectedRefusal(wrong, "ProofRejected"),
            ExpectedRefusal(market_calls.prove_one(task, Name("outsider")), "NotTheMiner"),
            ExpectedRefusal(again, "StatementTaken"),
        ]
    return tuple(refusals)


def _refused_late(filled: list[Work]) -> tuple[ExpectedRefusal, ...]:
    """Who has seen a late proof but not committed to it in an earlier block cannot hand it in."""
    return tuple(ExpectedRefusal(market_calls.prove_late(task, Name("outsider")), "NotCommitted") for task, _ in filled)
