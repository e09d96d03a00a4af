"""The market's part of the traffic: the blocks in which the tasks are lived."""

from deploy.devnet.calendar import Slot
from deploy.devnet.steps import Block, Call, Learned, Name, Refusal
from deploy.devnet.tasks import PROVEN_IN_THE_NEXT_SLOT, Fate, Task
from deploy.wiring.settings import WEI

TASK_MARKET = Name("TaskMarket")
_ACCEPTED_AT_ONCE = (Fate.PROVEN, Fate.MISSED, Fate.DISPUTED)
_FOR_USER = 1
_DISPUTE_SLASH_WEI = 20 * WEI


def plan_market(slots: tuple[Slot, ...], tasks: tuple[Task, ...]) -> list[Block]:
    """Return the market's blocks: three a slot (posts; accepts, cancels and disputes; proofs and rulings)."""
    blocks: list[Block] = []
    for number, slot in enumerate(slots):
        here = [task for task in tasks if task.slot == number]
        carried = [task for task in tasks if task.slot == number - 1 and task.fate in PROVEN_IN_THE_NEXT_SLOT]
        takeovers = [(task, task.rescuer if task.fate is Fate.MISSED else task.miner) for task in carried]
        accepted = takeovers + [(task, task.miner) for task in here if task.fate in _ACCEPTED_AT_ONCE]
        proven = takeovers + [(task, task.miner) for task in here if task.fate is Fate.PROVEN]
        disputed = [task for task in here if task.fate is Fate.DISPUTED]
        posts = tuple(_post(task) for task in here)
        accepts = tuple(_accept(task, miner) for task, miner in accepted)
        ended = tuple(_cancel(task) for task in here if task.fate is Fate.CANCELLED) + tuple(map(_dispute, disputed))
        proofs = tuple(_prove(task, miner) for task, miner in proven) + tuple(map(_rule, disputed))
        blocks.append(Block(slot.post_seconds, posts, _refused_posts(here)))
        blocks.append(Block(slot.accept_seconds, accepts + ended, _refused_proofs(proven)))
        blocks.append(Block(slot.prove_seconds, proofs))
    return blocks


def _post(task: Task) -> Call:
    return Call(task.user, TASK_MARKET, "postTask", _posted(task, task.fee_wei), Learned("TaskPosted", task.name))


def _posted(task: Task, fee_wei: int) -> tuple[Name, int, bytes, bytes]:
    return task.app.name, fee_wei, task.statement.inputs, task.statement.publics


def _accept(task: Task, miner: Name) -> Call:
    return Call(miner, TASK_MARKET, "acceptTask", (task.name,))


def _cancel(task: Task) -> Call:
    return Call(task.user, TASK_MARKET, "cancelTask", (task.name,))


def _dispute(task: Task) -> Call:
    return Call(task.user, TASK_MARKET, "openDispute", (task.name,))


def _rule(task: Task) -> Call:
    return Call(Name("dao"), TASK_MARKET, "resolveDispute", (task.name, _FOR_USER, _DISPUTE_SLASH_WEI))


def _prove(task: Task, miner: Name) -> Call:
    return Call(miner, TASK_MARKET, "submitProof", (task.name, task.statement.proof))


def _refused_posts(posted: list[Task]) -> tuple[Refusal, ...]:
    """A statement that is open is refused, so is a fee of 1 wei; an account without stake may not accept."""
    task = posted[0]
    again = Call(task.user, TASK_MARKET, "postTask", _posted(task, task.fee_wei))
    cheap = Call(task.user, TASK_MARKET, "postTask", _posted(task, 1))
    return (
        Refusal(again, "StatementTaken"),
        Refusal(cheap, "FeeTooSmall"),
        Refusal(_accept(task, Name("outsider")), "StakeTooSmall"),
    )


def _refused_proofs(accepted: list[tuple[Task, Name]]) -> tuple[Refusal, ...]:
    """A wrong proof is refused, and so is a right one from an account that did not accept; one of each scheme."""
    refusals: list[Refusal] = []
    for task, miner in {task.app.scheme: (task, miner) for task, miner in accepted}.values():
        wrong = Call(miner, TASK_MARKET, "submitProof", (task.name, task.statement.wrong_proof))
        refusals += [Refusal(wrong, "ProofRejected"), Refusal(_prove(task, Name("outsider")), "NotTheMiner")]
    return tuple(refusals)
