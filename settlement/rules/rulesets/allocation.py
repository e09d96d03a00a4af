"""What a ruleset reads and gives: the aggregates of one epoch in, amounts out (SPEC sections 5 and 7)."""

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.words.errors import InputError
from settlement.rules.columns.conversions import Addresses, Amounts
from settlement.rules.facts.aggregates import Aggregates, Bonuses

if TYPE_CHECKING:
    from settlement.rules.rulesets.explanation import Explanation


@dataclass(frozen=True, slots=True)
class BonusRows:
    """Bonus amounts above 0: token, account, app (k, 20), role u8 (k,) 0 miner 1 user 2 returned, amount (k, 2)."""

    token: Addresses
    account: Addresses
    app: Addresses
    role: NDArray[np.uint8]
    amount: Amounts

    def __len__(self) -> int:
        return len(self.role)


@dataclass(frozen=True, slots=True)
class LastSpare:
    """The last miner or user row that got a spare wei under `normalize`, and its scaled amount before it, in wei."""

    row: int
    amount: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Amounts of one epoch.

    amounts: (r, 2), one per miner or user row of the aggregates in their order, zeros included.
    listed: bool (r,), false where the ruleset leaves a row out of its document. bonuses: see `BonusRows`.
    distributed + remainder = pool, both speak of the emission only. floors: the sum of the emission's floors, before
    any normalization. spare: None where no row got a spare wei.
    """

    amounts: Amounts
    listed: NDArray[np.bool_]
    bonuses: BonusRows
    distributed: int
    remainder: int
    floors: int
    spare: LastSpare | None


@dataclass(frozen=True, slots=True)
class PaperParameters:
    """Parameters of the paper's rulesets: pool and stakes in wei, weights in basis points, usage_unit in milli-gates.

    The two totals are of the whole network; `paper-v2` does not read them.
    """

    pool: int
    a: int
    b: int
    c: int
    d: int
    usage_unit: int
    total_app_staking: int
    total_staking: int
    residual: str = "rollover"


@dataclass(frozen=True, slots=True)
class PozkParameters:
    """Parameters of `pozk-v1`: exponents as (num, den), the miners' part in percent, the owner of each app.

    `owners` is needed for apps that have a bonus and are paid: the rest of it goes there.
    """

    pool: int
    alpha: tuple[int, int]
    beta: tuple[int, int]
    gamma: tuple[int, int]
    miner_max_per: int
    miner_min_per: int
    player_max_num: int
    owners: dict[bytes, bytes] = field(default_factory=dict)


class Ruleset(Protocol):
    """A named, frozen version of the rules; a released one never changes."""

    @property
    def name(self) -> str:
        """The name on chain, ASCII."""

    @property
    def family(self) -> str:
        """Whose parameters it reads: `paper` or `pozk`."""

    @property
    def dialect(self) -> str:
        """Which document of `pozk allocate` it reads: `paper`, `paper-apps` or `pozk`."""

    def allocate(
        self, parameters: "PaperParameters | PozkParameters", aggregates: Aggregates, bonuses: Bonuses
    ) -> Allocation:
        """Return the amounts of one epoch; UnsoundError if the inputs contradict each other."""

    def explain(
        self,
        parameters: "PaperParameters | PozkParameters",
        aggregates: Aggregates,
        bonuses: Bonuses,
        account: bytes,
    ) -> "Explanation":
        """Return every amount of one account with its factors; allocates the epoch anew."""


def ruleset_named(name: str) -> Ruleset:
    """Return the ruleset of that name; InputError if there is none.

    Every module of `settlement.rules.rulesets` that defines `RULESETS` takes part: a new one is a new file.
    """
    known = registered_rulesets()
    if name not in known:
        raise InputError("unknown ruleset", expected=" or ".join(sorted(known)), got=repr(name))
    return known[name]


def registered_rulesets() -> dict[str, Ruleset]:
    """Return every ruleset by name."""
    package = importlib.import_module("settlement.rules.rulesets")
    modules = [importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    return {ruleset.name: ruleset for module in modules for ruleset in getattr(module, "RULESETS", ())}
