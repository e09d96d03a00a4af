"""What one epoch's settlement knows of the chain, and the checks that come before any amount."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.words.errors import UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT, Address, Epoch, Hash32, to_hex
from settlement.rules.epoch.digests import Bytes2D
from settlement.rules.epoch.epochs import EpochBlocks
from settlement.rules.rulesets.allocation import RESIDUALS, Aggregates, Bonuses

WEIGHT_SUM = 10_000
SETTLED_ON_CHAIN = ("paper-v1", "paper-v2")
"""The rulesets whose parameters this network's events carry."""

IGNORE = 0
"""The one quarantine decision there is: ignore that log."""


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
    hashes: Bytes2D
    counts: npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class EpochFacts:
    """Everything that the chain says of one epoch; None where nothing is in force.

    violations: promises that are broken and that nothing mends; mendable: those that a void of the epoch mends. Sums
    are exact, of any size. The aggregates are read only of an epoch that settles by them (else there are none).
    """

    epoch: Epoch
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


def verify_settleable(facts: EpochFacts) -> Weights | None:
    """Return the weights in force, None for a voided epoch; UnsoundError if it must not be settled (SPEC section 3)."""
    _verify_quarantine(facts)
    if is_voided(facts):
        return None
    where = f"epoch {facts.epoch}"
    if causes := list_causes(facts):
        raise UnsoundError(
            f"{where} cannot be settled: {causes[0]}",
            got=f"{len(causes)} such causes" if len(causes) > 1 else "",
            remedy="run `pozk check`; where it finds no wrong key, governance can void it: "
            f"Parameters.voidEpoch({facts.epoch})",
        )
    if facts.violations:
        raise UnsoundError(
            f"an audit of the epoch failed: {facts.violations[0]}",
            expected="no violation",
            got=str(len(facts.violations)),
            where=where,
            remedy="nothing is settled before the cause is known",
        )
    return facts.weights


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


def is_voided(facts: EpochFacts) -> bool:
    """Return whether the epoch pays nothing: an EpochVoided in time, or a later one where it could not settle."""
    reference = facts.blocks.reference_block.number
    in_time = any(void.block_number <= reference for void in facts.voids)
    return in_time or (bool(facts.voids) and bool(list_causes(facts)))


def list_causes(facts: EpochFacts) -> tuple[str, ...]:
    """Return why the epoch cannot settle, of the causes that a void mends: SPEC section 3 closes their list."""
    return (*_weight_causes(facts.weights), *facts.mendable, *_choice_causes(facts.choice), *_sum_causes(facts))


def verify_amount(value: int, what: str) -> int:
    """Return a checked sum; UnsoundError above the limit of 10^38 - 1."""
    if value > AMOUNT_LIMIT:
        raise UnsoundError(f"{what} is above the limit", expected=f"at most {AMOUNT_LIMIT}", got=str(value))
    return value


def _verify_quarantine(facts: EpochFacts) -> None:
    open_logs = [log for log in facts.suspects if log.decision != IGNORE]
    if open_logs:
        log = open_logs[0]
        raise UnsoundError(
            f"epoch {facts.epoch} is blocked by {len(open_logs)} log(s) in quarantine",
            expected="a QuarantineDecided for each",
            got="none" if log.decision is None else f"unknown decision {log.decision}",
            where=f"{log.event}, block {log.block_number} {to_hex(log.block_hash)} log {log.log_index}: {log.reason}",
            remedy="run `pozk check`; where it finds no wrong key, governance decides with Parameters.decideQuarantine",
        )


def _weight_causes(weights: Weights | None) -> list[str]:
    if weights is None:
        return ["no weights in force"]
    sums = (("a + b", weights.a + weights.b), ("c + d", weights.c + weights.d))
    return [f"weights {names} are {total}, not {WEIGHT_SUM}" for names, total in sums if total != WEIGHT_SUM]


def _choice_causes(choice: RulesetChoice | None) -> list[str]:
    """Return what is unknown in the RulesetSet in force; a configuration is no cause."""
    if choice is None:
        return []
    found = [f"ruleset {choice.ruleset!r} is unknown"] if choice.ruleset not in SETTLED_ON_CHAIN else []
    return found + ([f"residual {choice.residual} is unknown"] if choice.residual not in RESIDUALS else [])


def _sum_causes(facts: EpochFacts) -> list[str]:
    usage_unit = facts.weights.usage_unit if facts.weights else 0
    sums = {f"the work of app {to_hex(app.app)}": app.work for app in facts.apps} | {
        "total_staking": facts.total_staking,
        "work": facts.work,
        "the number of tasks": facts.tasks,
        "usage": usage_unit * facts.tasks,
        "total_cs": facts.total_cs,
    }
    return [f"{what} is above 10^38 - 1: {total}" for what, total in sums.items() if total > AMOUNT_LIMIT]
