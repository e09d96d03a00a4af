"""Who plays in the traffic: apps of all schemes, miners and users with their first stakes, drawn from a seed."""

import random
from dataclasses import dataclass

from deploy.devnet.calendar import SLOTS_PER_EPOCH
from deploy.devnet.plan_words import Name
from deploy.devnet.settings import DevnetSettings
from deploy.wiring.settings import CAPACITY_STAKE_WEI, WEI

MINER, USER = 0, 1
PLONK, GROTH16, RISC0 = 0, 1, 2


@dataclass(frozen=True, slots=True)
class App:
    """One app: `gates` as registered; what governance does to it later, by epoch (None: never).

    `idle` apps get stake and bonuses but never a task.
    """

    name: Name
    title: str
    scheme: int
    gates: int
    upgraded_from: int | None = None
    stopped_from: int | None = None
    idle: bool = False

    def is_approved(self, epoch: int) -> bool:
        """Tell whether tasks of the app may be posted and proven in the epoch."""
        return self.stopped_from is None or epoch < self.stopped_from


@dataclass(frozen=True, slots=True)
class Stake:
    """A deposit: `account` stakes `amount_wei` on `app` as miner (0) or user (1)."""

    app: Name
    account: Name
    role: int
    amount_wei: int


@dataclass(frozen=True, slots=True)
class Players:
    """Apps, miners by app, users, the victims of slashes, and the stakes from before genesis."""

    apps: tuple[App, ...]
    miners: dict[Name, tuple[Name, ...]]
    users: tuple[Name, ...]
    victims: tuple[Name, Name]
    stakes: tuple[Stake, ...]

    @property
    def working_apps(self) -> tuple[App, ...]:
        """The apps that get tasks."""
        return tuple(app for app in self.apps if not app.idle)


def participant(number: int) -> Name:
    """Return the name of the participant with this number, from 0."""
    return Name(f"participant{number}")


def cast_players(settings: DevnetSettings, random_: random.Random) -> Players:
    """Draw the players.

    The first two participants are the victims; about a third of the others mine, the rest uses, and every eighth
    does both. The last participant uses without any stake.
    """
    names = [participant(number) for number in range(settings.participants)]
    victims, others = (names[0], names[1]), names[2:]
    miners = others[: max(4, len(others) // 3)]
    users = tuple(others[len(miners) :] + miners[::8])
    apps = _apps(settings)
    by_app = {app.name: tuple(random_.sample(miners, max(3, len(miners) * 2 // 3))) for app in apps}
    stakes = [Stake(apps[0].name, victim, MINER, 1_000 * WEI + 1) for victim in victims]
    for app in apps:
        least = _least_miner_stake(settings.tasks_per_epoch, len(by_app[app.name]))
        stakes += [Stake(app.name, it, MINER, odd_amount(random_, least, least + 4_000)) for it in by_app[app.name]]
    for user in users:
        if user != names[-1]:
            chosen = random_.sample(apps, random_.randint(1, 3))
            stakes += [Stake(app.name, user, USER, odd_amount(random_, 10, 900)) for app in chosen]
    stakes += [Stake(app.name, users[0], USER, 50 * WEI) for app in apps if not _staked(stakes, app, users[0])]
    return Players(apps, by_app, users, victims, tuple(stakes))


def odd_amount(random_: random.Random, low: int, high: int) -> int:
    """Return an amount in wei between `low` and `high` whole tokens that is no round number."""
    return random_.randint(low * WEI, high * WEI)


def _least_miner_stake(tasks_per_epoch: int, miners: int) -> int:
    """Return whole tokens that cover a miner's open tasks, were all tasks of two slots those of one app.

    Every task is counted for the miner that accepts it and for the one that may take it over.
    """
    open_tasks = 4 * tasks_per_epoch // SLOTS_PER_EPOCH // miners + 10
    return open_tasks * CAPACITY_STAKE_WEI // WEI


def _staked(stakes: list[Stake], app: App, account: Name) -> bool:
    return any(stake.app == app.name and stake.account == account and stake.role == USER for stake in stakes)


def _apps(settings: DevnetSettings) -> tuple[App, ...]:
    """Return six apps: all schemes, one stopped and one upgraded for the last epoch, one idle.

    The runs of the zkVM app measure 1,000 to 51,000 gates, and its approval caps them.
    """
    later = max(1, settings.epochs - 1)
    return (
        App(Name("app0"), "square root", PLONK, 1 << 12),
        App(Name("app1"), "membership", GROTH16, 1 << 14, upgraded_from=later),
        App(Name("app2"), "virtual machine", RISC0, 30_000),
        App(Name("app3"), "retired rollup", GROTH16, 50_021, stopped_from=later),
        App(Name("app4"), "rollup", PLONK, 77_777),
        App(Name("app5"), "waiting room", GROTH16, 4_099, idle=True),
    )
