"""The market's part of the traffic: the blocks in which the tasks are lived."""

from deploy.devnet.calendar import Calendar, Slot
from deploy.devnet.pause_plan import plan_pauses
from deploy.devnet.players import Players
from deploy.devnet.steps import Block, Call, Learned, Name, Refusal
from deploy.devnet.tasks import PROVEN_IN_THE_NEXT_SLOT, Fate, Task
from deploy.wiring.settings import BURN_BPS, CAPACITY_STAKE_WEI, WEI

TASK_MARKET = Name("TaskMarket")
DISPUTE_SECONDS = 3_600
"""How long a dispute waits for the arbiter here: as short as the market allows."""
_ACCEPTED_AT_ONCE = (Fate.PROVEN, Fate.MISSED, Fate.DISPUTED, Fate.LAPSED, Fate.HALTED)
_OPENERS = {Fate.DISPUTED: "user", Fate.LAPSED: "miner"}
_FOR_USER = 1
_DISPUTE_SLASH_WEI = 20 * WEI
_WHOLE_BPS = 10_000


def plan_market_rules(players: Players) -> tuple[Call, ...]:
    """Return the DAO's word before there are tasks: a least fee of one app's own, and the time for disputes."""
    dao, app = Name("dao"), players.working_apps[-1].name
    return (
        Call(dao, TASK_MARKET, "setMinFeeOfApp", (app, WEI // 2)),
        Call(dao, TASK_MARKET, "setDisputeRules", (CAPACITY_STAKE_WEI, DISPUTE_SECONDS)),
    )


def plan_market(calendar: Calendar, tasks: tuple[Task, ...]) -> list[Block]:
    """Return the market's blocks: three a slot (posts; accepts, cancels and disputes; proofs and rulings), and the
    pauses and halts between two slots.
    """
    slots = calendar.slots()
    serials = _dispute_serials(tasks)
    lapses = _lapses(slots, tasks)
    blocks: list[Block] = []
    for number, slot in enumerate(slots):
        here = [task for task in tasks if task.slot == number]
        carried = [task for task in tasks if task.slot == number - 1 and task.fate in PROVEN_IN_THE_NEXT_SLOT]
        takeovers = [(task, task.rescuer if task.fate is Fate.MISSED else task.miner) for task in carried]
        accepted = takeovers + [(task, task.miner) for task in here if task.fate in _ACCEPTED_AT_ONCE]
        proven = takeovers + [(task, task.miner) for task in here if task.fate is Fate.PROVEN]
        posts = tuple(_post(task) for task in here)
        accepts = tuple(_accept(task, miner, calendar) for task, miner in accepted)
        ended = tuple(_cancel(task) for task in here if task.fate is Fate.CANCELLED)
        quarrels = lapses.get(number, ()) + tuple(_dispute(task) for task in here if task.fate in _OPENERS)
        proofs = tuple(_prove(task, miner) for task, miner in proven)
        rulings = tuple(_rule(task, serials[task.name]) for task in here if task.fate is Fate.DISPUTED)
        blocks.append(Block(slot.post_seconds, posts, _refused_posts(here, calendar)))
        blocks.append(Block(slot.accept_seconds, accepts + ended + quarrels, _refused_proofs(proven)))
        blocks.append(Block(slot.prove_seconds, proofs + rulings))
        blocks += plan_pauses(slot, here, calendar)
    return blocks


def _dispute_serials(tasks: tuple[Task, ...]) -> dict[Name, int]:
    """Return the numbers that the market gives the disputes: they are opened in the order of their tasks."""
    disputed = [task.name for task in tasks if task.fate in _OPENERS]
    return {name: number for number, name in enumerate(disputed, start=1)}


def _lapses(slots: tuple[Slot, ...], tasks: tuple[Task, ...]) -> dict[int, tuple[Call, ...]]:
    """Return, by slot, the ends of disputes nobody decides: each in the first slot in which it may lapse.

    The deadline is missed long before, so that the user's cancelling costs the miner what a miss costs.
    """
    calls: dict[int, tuple[Call, ...]] = {}
    for task in tasks:
        if task.fate is Fate.LAPSED:
            until = slots[task.slot].accept_seconds + DISPUTE_SECONDS
            number = next((number for number, slot in enumerate(slots) if slot.accept_seconds > until), None)
            if number is not None:
                lapse = Call(Name("outsider"), TASK_MARKET, "lapseDispute", (task.name,))
                calls[number] = (*calls.get(number, ()), lapse, _cancel(task))
    return calls


def _post(task: Task) -> Call:
    return Call(task.user, TASK_MARKET, "postTask", _posted(task, task.fee_wei), Learned("TaskPosted", task.name))


def _posted(task: Task, fee_wei: int) -> tuple[Name, int, bytes, bytes]:
    return task.app.name, fee_wei, task.statement.inputs, task.statement.publics


def _accept(task: Task, miner: Name, calendar: Calendar, more_wei: int = 0) -> Call:
    """A miner names the least it will work for (here exactly what it gets, and `more_wei`) and the most it risks."""
    least_pay_wei = task.fee_wei - task.fee_wei * BURN_BPS // _WHOLE_BPS + more_wei
    bounds = (least_pay_wei, calendar.prove_window_seconds, CAPACITY_STAKE_WEI)
    return Call(miner, TASK_MARKET, "acceptTask", (task.name, *bounds))


def _cancel(task: Task) -> Call:
    return Call(task.user, TASK_MARKET, "cancelTask", (task.name,))


def _dispute(task: Task) -> Call:
    opener = task.user if _OPENERS[task.fate] == "user" else task.miner
    return Call(opener, TASK_MARKET, "openDispute", (task.name,))


def _rule(task: Task, serial: int) -> Call:
    arguments = (task.name, serial, _FOR_USER, _DISPUTE_SLASH_WEI)
    return Call(Name("arbiter"), TASK_MARKET, "resolveDispute", arguments)


def _prove(task: Task, miner: Name) -> Call:
    return Call(miner, TASK_MARKET, "submitProof", (task.name, task.statement.publics, task.statement.proof))


def _refused_posts(posted: list[Task], calendar: Calendar) -> tuple[Refusal, ...]:
    """A fee of 1 wei is refused; an account without stake may not accept, and no miner for less than it asks."""
    task = posted[0]
    cheap = Call(task.user, TASK_MARKET, "postTask", _posted(task, 1))
    return (
        Refusal(cheap, "FeeTooSmall"),
        Refusal(_accept(task, Name("outsider"), calendar), "StakeTooSmall"),
        Refusal(_accept(task, task.miner, calendar, more_wei=1), "TermsBelowBounds"),
    )


def _refused_proofs(accepted: list[tuple[Task, Name]]) -> tuple[Refusal, ...]:
    """A wrong proof is refused, and so is a right one from an account that did not accept; one of each scheme.

    A statement that is being proven may not be posted again.
    """
    refusals: list[Refusal] = []
    for task, miner in {task.app.scheme: (task, miner) for task, miner in accepted}.values():
        wrong = Call(miner, TASK_MARKET, "submitProof", (task.name, task.statement.publics, task.statement.wrong_proof))
        again = Call(task.user, TASK_MARKET, "postTask", _posted(task, task.fee_wei))
        refusals += [Refusal(wrong, "ProofRejected"), Refusal(_prove(task, Name("outsider")), "NotTheMiner")]
        refusals.append(Refusal(again, "StatementTaken"))
    return tuple(refusals)
