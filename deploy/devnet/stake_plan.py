"""The stakes' part of the traffic: deposits, withdrawals and slashes, epoch by epoch."""

import random
from dataclasses import dataclass

from deploy.devnet.calendar import Calendar
from deploy.devnet.plan_words import Name, PlannedBlock, StepCall
from deploy.devnet.players import MINER, USER, Players, Stake, odd_amount
from deploy.wiring.settings import WEI

STAKING = Name("Staking")
_CHANGES_PER_EPOCH = 6
_CHANGE_MINUTE, _SLASH_MINUTE = 2, 3
_Position = tuple[Name, Name, int]  # app, account, role


@dataclass(frozen=True, slots=True)
class _Queued:
    """A withdrawal asked for in `epoch`: it can be taken from the next one on."""

    position: _Position
    epoch: int


def stake_call(stake: Stake) -> StepCall:
    """Return the deposit as a call."""
    return StepCall(stake.account, STAKING, "stake", (stake.app, stake.role, stake.amount_wei))


def plan_stakes(calendar: Calendar, players: Players, random_: random.Random) -> list[PlannedBlock]:
    """Return one block of changes for epoch 0 and every busy epoch, and the slashes of the first busy one.

    Miners give up at most an eighth at a time, so that they can go on accepting tasks; users up to everything.
    """
    held = {(stake.app, stake.account, stake.role): stake.amount_wei for stake in players.stakes}
    for victim in players.victims:
        del held[players.apps[0].name, victim, MINER]
    queued: list[_Queued] = []
    blocks: list[PlannedBlock] = []
    for epoch in (0, *calendar.busy_epochs):
        calls = _deposits(players, held, random_) + _requests(held, queued, epoch, random_)
        calls += _withdrawals(queued, epoch)
        blocks.append(PlannedBlock(calendar.minute(epoch, _CHANGE_MINUTE), tuple(calls)))
    blocks += _plan_slashes(calendar, players)
    return blocks


def _deposits(players: Players, held: dict[_Position, int], random_: random.Random) -> list[StepCall]:
    """Return deposits of users on any app, and of miners on apps they mine for."""
    calls: list[StepCall] = []
    for number in range(_CHANGES_PER_EPOCH):
        app = random_.choice(players.apps).name
        role = MINER if number % 2 else USER
        account = random_.choice(players.miners[app] if role == MINER else players.users)
        amount = odd_amount(random_, 5, 700)
        held[app, account, role] = held.get((app, account, role), 0) + amount
        calls.append(stake_call(Stake(app, account, role, amount)))
    return calls


def _requests(held: dict[_Position, int], queued: list[_Queued], epoch: int, random_: random.Random) -> list[StepCall]:
    """Return withdrawal requests on distinct positions; every other user takes all out."""
    calls: list[StepCall] = []
    chosen = random_.sample(sorted(held, key=_by_text), _CHANGES_PER_EPOCH)
    for number, position in enumerate(chosen):
        app, account, role = position
        whole = role == USER and number % 2 == 0
        amount = held[position] if whole else random_.randint(1, held[position] // 8)
        held[position] -= amount
        if whole:
            del held[position]
        queued.append(_Queued(position, epoch))
        calls.append(StepCall(account, STAKING, "requestWithdraw", (app, role, amount)))
    return calls


def _withdrawals(queued: list[_Queued], epoch: int) -> list[StepCall]:
    """Return the pay-outs of positions whose requests have become effective, and forget those requests."""
    ripe = sorted({entry.position for entry in queued if entry.epoch < epoch}, key=_by_text)
    queued[:] = [entry for entry in queued if entry.epoch >= epoch]
    return [StepCall(account, STAKING, "withdraw", (app, role)) for app, account, role in ripe]


def _plan_slashes(calendar: Calendar, players: Players) -> list[PlannedBlock]:
    """Return slashes that reach into a withdrawal queue (first victim) and into a pending deposit (second).

    First victim: effective 1000, 800 queued, slash of 500. Second: effective 1000, 400 pending, slash of 1300.
    """
    app, epoch = players.apps[0].name, calendar.busy_epochs[0]
    first, second = players.victims
    before = (
        StepCall(first, STAKING, "requestWithdraw", (app, MINER, 800 * WEI)),
        StepCall(second, STAKING, "stake", (app, MINER, 400 * WEI)),
    )
    slashes = (
        StepCall(Name("slasher"), STAKING, "slash", (app, first, MINER, 500 * WEI, Name("outsider"))),
        StepCall(Name("slasher"), STAKING, "slash", (app, second, MINER, 1_300 * WEI, Name("outsider"))),
    )
    minutes = calendar.minute(epoch, _SLASH_MINUTE), calendar.minute(epoch, _SLASH_MINUTE + 1)
    return [PlannedBlock(minutes[0], before), PlannedBlock(minutes[1], slashes)]


def _by_text(position: _Position) -> tuple[str, str, int]:
    app, account, role = position
    return app.text, account.text, role
