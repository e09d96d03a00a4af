"""What one epoch's settlement knows of the chain, and the checks that come before any amount."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT, Address, Epoch, Hash32, to_hex
from settlement.rules.allocation import RESIDUALS, Aggregates, Bonuses
from settlement.rules.digests import Bytes2D
from settlement.rules.epochs import EpochBlocks

WEIGHT_SUM = 10_000
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
class EventBlocks:
    """Blocks of the epoch that hold our logs, ascending: numbers (n,), hashes (n, 32), counts (n,)."""

    numbers: npt.NDArray[np.uint64]
    hashes: Bytes2D
    counts: npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class EpochFacts:
    """Everything that the chain says of one epoch; None where nothing is in force."""

    epoch: Epoch
    blocks: EpochBlocks
    events: EventBlocks
    weights: Weights | None
    alphas: dict[int, int]
    emission: int
    choice: RulesetChoice | None
    suspects: tuple[SuspectLog, ...]
    violations: tuple[str, ...]
    aggregates: Aggregates
    bonuses: Bonuses
    corrections: tuple[Correction, ...]
    total_app_staking: int
    total_staking: int
    proofs: int


def verify_settleable(facts: EpochFacts) -> Weights:
    """Return the weights in force; UnsoundError if the epoch must not be settled (SPEC section 3)."""
    _verify_quarantine(facts)
    where = f"epoch {facts.epoch}"
    weights = facts.weights
    if weights is None:
        raise UnsoundError(
            "no weights in force", expected="a WeightsSet", got="none", where=where, remedy="set them on chain"
        )
    for names, total in (("a + b", weights.a + weights.b), ("c + d", weights.c + weights.d)):
        if total != WEIGHT_SUM:
            raise UnsoundError(f"weights {names} are unsound", expected=str(WEIGHT_SUM), got=str(total), where=where)
    if facts.violations:
        raise UnsoundError(
            f"an audit of the epoch failed: {facts.violations[0]}",
            expected="no violation",
            got=str(len(facts.violations)),
            where=where,
            remedy="nothing is settled before the cause is known",
        )
    return weights


def choose_ruleset(on_chain: RulesetChoice | None, configured: RulesetChoice) -> RulesetChoice:
    """Return the ruleset in force; InputError if the configuration names another than the chain."""
    if on_chain is None:
        return configured
    for key, said, wanted in (
        ("ruleset", on_chain.ruleset, configured.ruleset),
        ("residual", on_chain.residual, configured.residual),
    ):
        if said != wanted:
            raise InputError(
                f"settlement.{key} differs from the chain",
                expected=said,
                got=wanted,
                where="pozk.toml against the RulesetSet in force",
                remedy=f"set settlement.{key} to {said}",
            )
    return on_chain


def decode_ruleset_choice(ruleset: bytes, residual: int) -> RulesetChoice:
    """Return what a RulesetSet says: ASCII, zero-padded; UnsoundError if it is neither."""
    text = ruleset.rstrip(b"\0")
    if not text or not all(0x21 <= byte <= 0x7E for byte in text) or residual >= len(RESIDUALS):
        raise UnsoundError(
            "the RulesetSet in force is unsound",
            expected="a printable ASCII name and residual 0 or 1",
            got=f"{to_hex(ruleset)}, {residual}",
        )
    return RulesetChoice(text.decode("ascii"), RESIDUALS[residual])


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
            remedy="governance decides with Parameters.decideQuarantine",
        )
