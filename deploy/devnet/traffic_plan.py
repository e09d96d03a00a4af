"""The whole traffic of a devnet as blocks in the order of their time: pure, and the same for the same settings."""

import random
from collections import defaultdict
from dataclasses import dataclass

from deploy.devnet.calendar import Calendar, calendar_of
from deploy.devnet.challenge_plan import plan_challenge
from deploy.devnet.governance_plan import BONUS_TOKEN, DAO, DISTRIBUTOR, REGISTRY, TOKEN, plan_bonuses, plan_governance
from deploy.devnet.market_calls import TASK_MARKET
from deploy.devnet.market_plan import plan_market, plan_market_rules
from deploy.devnet.plan_words import CodeHash, Learned, Name, PlannedBlock, StepCall
from deploy.devnet.players import Players, cast_players, participant
from deploy.devnet.settings import DevnetSettings
from deploy.devnet.stake_plan import STAKING, plan_stakes, stake_call
from deploy.devnet.statements import StatementSource
from deploy.devnet.tasks import TASKS_IN_EPOCH_0, count_proofs, draw_tasks
from deploy.wiring.settings import WEI

SETUP_SECONDS = 600
"""The traffic's own blocks begin this long before genesis; the contracts have to be there by then."""
_FUNDS_WEI = 1_000_000 * WEI
_ALLOWANCE = 2**256 - 1


@dataclass(frozen=True, slots=True)
class TrafficPlan:
    """Blocks ascending by time, and how many proofs each busy epoch will see."""

    blocks: tuple[PlannedBlock, ...]
    proofs: dict[int, int]


def plan_traffic(settings: DevnetSettings, statements: StatementSource) -> TrafficPlan:
    """Draw everything from the settings' seed and return it in order; two blocks of one second become one."""
    random_ = random.Random(settings.seed)  # noqa: S311 -- repeatable traffic, no secrets
    calendar, players = calendar_of(settings), cast_players(settings, random_)
    slots = calendar.slots()
    tasks = draw_tasks(slots, settings.tasks_per_epoch, players, statements, random_)
    blocks = [
        *_plan_setup(settings, calendar, players),
        *plan_governance(calendar, settings.epochs, players),
        *plan_stakes(calendar, players, random_),
        *plan_bonuses(calendar, settings.epochs, players, random_),
        *plan_market(calendar, tasks),
        *plan_challenge(calendar, settings.epochs),
    ]
    return TrafficPlan(_in_order(blocks), count_proofs(slots, tasks))


def tasks_in_all(settings: DevnetSettings) -> int:
    """Return how many tasks the plan has at most: those of the busy epochs and the few of epoch 0."""
    return settings.tasks_per_epoch * len(settings.busy_epochs) + TASKS_IN_EPOCH_0


def _in_order(blocks: list[PlannedBlock]) -> tuple[PlannedBlock, ...]:
    by_time: dict[int, list[PlannedBlock]] = defaultdict(list)
    for block in blocks:
        by_time[block.offset_seconds].append(block)
    return tuple(_merged(offset, by_time[offset]) for offset in sorted(by_time))


def _merged(offset: int, blocks: list[PlannedBlock]) -> PlannedBlock:
    calls = tuple(call for block in blocks for call in block.calls)
    return PlannedBlock(offset, calls, tuple(refusal for block in blocks for refusal in block.refusals))


def _plan_setup(settings: DevnetSettings, calendar: Calendar, players: Players) -> list[PlannedBlock]:
    """Return the blocks before genesis: funds and allowances, apps, their approvals from epoch 0 on, first stakes."""
    everybody = [participant(number) for number in range(settings.participants)]
    sponsors = [Name("sponsor0"), Name("sponsor1")]
    mints = [StepCall(DAO, TOKEN, "mint", (account, _FUNDS_WEI)) for account in everybody]
    mints += [StepCall(DAO, BONUS_TOKEN, "mint", (account, _FUNDS_WEI)) for account in (*sponsors, Name("treasury"))]
    allowances = [
        StepCall(account, TOKEN, "approve", (spender, _ALLOWANCE))
        for account in everybody
        for spender in (STAKING, TASK_MARKET)
    ]
    allowances += [
        StepCall(sponsor, BONUS_TOKEN, "approve", (DISTRIBUTOR, _ALLOWANCE))
        for sponsor in (*sponsors, Name("treasury"))
    ]
    window = calendar.prove_window_seconds
    registered, approved = [], []
    for app in players.apps:
        terms = (app.scheme, app.gates, Name(f"verifier{app.scheme}"), window)
        learned = (Learned("AppRegistered", app.name),)
        registered.append(StepCall(Name("owner"), REGISTRY, "registerApp", (*terms, app.title), learned))
        approved.append(StepCall(DAO, REGISTRY, "approveApp", (app.name, 0, *terms, CodeHash(terms[2]))))
    return [
        PlannedBlock(-SETUP_SECONDS, (*mints, *allowances)),
        PlannedBlock(-SETUP_SECONDS + 60, tuple(registered)),
        PlannedBlock(-SETUP_SECONDS + 120, (*approved, *plan_market_rules(players))),
        PlannedBlock(-SETUP_SECONDS + 180, tuple(stake_call(stake) for stake in players.stakes)),
    ]
