"""What one epoch's settlement knows of the chain."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.rules.columns.conversions import Words
from settlement.rules.facts.aggregates import Aggregates, Bonuses
from settlement.rules.facts.epochs import EpochBlocks

RESIDUALS = ("rollover", "normalize")
"""What may become of the wei that are not paid, in the order of their numbers on chain."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights in basis points, and the milli-gates that one task counts for."""

    a: int
    b: int
    c: int
    d: int
    usage_unit: int


@dataclass(frozen=True, slots=True)
class RulesetChoice:
    """The name of the ruleset and what happens to the remainder."""

    ruleset: str
    residual: str


@dataclass(frozen=True, slots=True)
class SuspectLog:
    """A log in quarantine: where it is, why, and the first decision that names it."""

    block_number: int
    block_hash: Hash32
    log_index: int
    event: str
    reason: str
    decision: int | None


@dataclass(frozen=True, slots=True)
class Correction:
    """What governance adds to an account in an epoch, in wei."""

    account: Address
    token: Address
    amount: int


@dataclass(frozen=True, slots=True)
class OpeningSum:
    """What an OpeningAdded says: the sha256 of the file of opening balances, and what it holds of a token, in wei."""

    token: Address
    amount: int
    sha256: Hash32


@dataclass(frozen=True, slots=True)
class Void:
    """Where an EpochVoided stands that names the epoch."""

    block_number: int
    log_index: int


@dataclass(frozen=True, slots=True)
class AppSums:
    """An app with a counted proof: its app_cs and work in milli-gates, and its counted tasks; of any size."""

    app: Address
    app_cs: int
    work: int
    tasks: int


@dataclass(frozen=True, slots=True)
class EventBlocks:
    """Blocks of the epoch that hold our logs, ascending: numbers (n,), hashes (n, 32), counts (n,)."""

    numbers: npt.NDArray[np.uint64]
    hashes: Words
    counts: npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class EpochFacts:
    """Everything that the chain says of one epoch; None where nothing is in force.

    violations: promises that are broken and that nothing mends; mendable: those that a void of the epoch mends. Sums
    are exact, of any size. The aggregates are read only of an epoch that settles by them (else there are none).
    family: which rulesets take these facts.
    """

    epoch: Epoch
    family: str
    blocks: EpochBlocks
    events: EventBlocks
    weights: Weights | None
    alphas: dict[int, int]
    emission: int
    choice: RulesetChoice | None
    suspects: tuple[SuspectLog, ...]
    voids: tuple[Void, ...]
    violations: tuple[str, ...]
    mendable: tuple[str, ...]
    aggregates: Aggregates
    bonuses: Bonuses
    corrections: tuple[Correction, ...]
    openings: tuple[OpeningSum, ...]
    apps: tuple[AppSums, ...]
    total_app_staking: int
    total_staking: int
    proofs: int

    @property
    def work(self) -> int:
        """Return the work of the epoch, in milli-gates."""
        return sum(app.work for app in self.apps)

    @property
    def tasks(self) -> int:
        """Return how many tasks count."""
        return sum(app.tasks for app in self.apps)

    @property
    def total_cs(self) -> int:
        """Return the sum of app_cs over the apps with a counted proof, in milli-gates."""
        return sum(app.app_cs for app in self.apps)


def choose_ruleset(on_chain: RulesetChoice | None, configured: RulesetChoice) -> RulesetChoice:
    """Return the ruleset in force: what the chain says wins over the configuration, whatever that is."""
    return configured if on_chain is None else on_chain


def describe_difference(on_chain: RulesetChoice | None, configured: RulesetChoice) -> str | None:
    """Return in words how the configuration differs from the chain, which wins; None if it does not."""
    if on_chain is None or on_chain == configured:
        return None
    pairs = (
        ("ruleset", configured.ruleset, on_chain.ruleset),
        ("residual", configured.residual, on_chain.residual),
    )
    said = [f"settlement.{key} is {ours}, the chain says {theirs}" for key, ours, theirs in pairs if ours != theirs]
    return f"{', '.join(said)}: the RulesetSet in force is used"


def decode_ruleset_choice(ruleset: bytes, residual: int) -> RulesetChoice:
    """Return what a RulesetSet says: ASCII, zero-padded; other names are given in hex, other residuals as a number."""
    text = ruleset.rstrip(b"\0")
    is_name = bool(text) and all(0x21 <= byte <= 0x7E for byte in text)
    name = text.decode("ascii") if is_name else to_hex(ruleset)
    return RulesetChoice(name, RESIDUALS[residual] if residual < len(RESIDUALS) else str(residual))
