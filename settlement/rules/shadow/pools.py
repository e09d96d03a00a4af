"""Pools as the contracts open them: with what was in force at their first collect, frozen for all later ones."""

from dataclasses import dataclass
from fractions import Fraction

from indexer.words.errors import UnsoundError
from settlement.rules.facts.aggregates import ROLE_MINER
from settlement.rules.powers.fixed_point import Split, cobb_douglas
from settlement.rules.shadow.seen import AppLabor, EpochLabor, Setting

_NAMES = {
    "alpha": "Alpha",
    "beta": "Beta",
    "gamma": "Gamma",
    "percent": "MinerPlayerPer",
    "pool": "NewMineReward",
}


class SettingsInForce:
    """What was set last, while logs are gone through in their order."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[int, int, int]] = {}

    def take(self, setting: Setting) -> None:
        """Let a log set what it sets."""
        self._values[setting.what] = setting.values

    def get(self, what: str) -> tuple[int, int, int]:
        """Return the numbers in force; UnsoundError where nothing ever set them."""
        if what not in self._values:
            raise UnsoundError(
                f"no {_NAMES[what]} before a reward was collected",
                expected="the log of the contracts' start",
                got="none",
                remedy="lower chain.start_block to the block where the contracts were made",
            )
        return self._values[what]

    def exponent(self, role: int) -> Fraction:
        """Return beta or gamma."""
        return as_fraction(self.get("beta" if role == ROLE_MINER else "gamma"))


def as_fraction(values: tuple[int, int, int]) -> Fraction:
    """Return an exponent; UnsoundError unless 0 < num <= den."""
    numerator, denominator, _ = values
    if not 0 < numerator <= denominator:
        raise UnsoundError("an exponent is out of range", expected="0 < num <= den", got=f"{numerator}/{denominator}")
    return Fraction(numerator, denominator)


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool with its frozen terms: n, alpha and percents; phi and its two parts in wei."""

    total: int
    alpha: Fraction
    percent: tuple[int, int, int]
    phi: int
    miners: int

    @property
    def players(self) -> int:
        """The players' part."""
        return self.phi - self.miners

    @property
    def is_open(self) -> bool:
        """Whether it is kept: one without any part is opened anew by whoever collects next."""
        return self.miners > 0 or self.players > 0

    def part(self, role: int) -> int:
        """Return the part of a role."""
        return self.miners if role == ROLE_MINER else self.players


def open_pool(settings: SettingsInForce, epoch: EpochLabor, app: AppLabor) -> Pool:
    """Return the pool that a first collect opens now, by the contracts' arithmetic."""
    total, alpha, percent = settings.get("pool")[0], as_fraction(settings.get("alpha")), settings.get("percent")
    phi = cobb_douglas(Split(total, epoch.work, epoch.stake, alpha), app.work, app.stake)
    return Pool(total, alpha, percent, phi, phi * miners_share(percent, app.proofs) // 100)


def miners_share(percent: tuple[int, int, int], proofs: int) -> int:
    """Return the miners' part in percent: x / t of the way from the least to the most, with x proofs."""
    most, least, full = percent
    if proofs >= full:
        return most
    if not least <= most <= 100:
        raise UnsoundError("the miners' part is out of range", expected="min <= max <= 100", got=f"{least}, {most}")
    return proofs * (most - least) // full + least


def split_of(pool: int, app: AppLabor, role: int, exponent: Fraction) -> Split:
    """Return how a part of a pool is split among the accounts of a role."""
    return Split(pool, app.proofs, app.stake_of(role), exponent)
