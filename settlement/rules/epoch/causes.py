"""Whether an epoch may be settled, and why not: the checks that come before any amount (SPEC section 3)."""

from indexer.words.errors import UnsoundError
from indexer.words.quantities import AMOUNT_LIMIT, to_hex
from settlement.rules.facts.epoch_facts import RESIDUALS, EpochFacts, Weights
from settlement.rules.rulesets.registry import ruleset_of
from settlement.words.errors import QuarantineError

WEIGHT_SUM = 10_000
IGNORE = 0
"""The one quarantine decision there is: ignore that log."""


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
            f"a promise about the rows of the epoch is broken: {facts.violations[0]}",
            expected="none broken",
            got=str(len(facts.violations)),
            where=where,
            remedy="nothing is settled before the cause is known",
        )
    return facts.weights


def is_voided(facts: EpochFacts) -> bool:
    """Return whether the epoch pays nothing: an EpochVoided in time, or a later one where it could not settle."""
    reference = facts.blocks.reference_block.number
    in_time = any(void.block_number <= reference for void in facts.voids)
    return in_time or (bool(facts.voids) and bool(list_causes(facts)))


def list_causes(facts: EpochFacts) -> tuple[str, ...]:
    """Return why the epoch cannot settle, of the causes that a void mends: SPEC section 3 closes their list."""
    return (*_weight_causes(facts.weights), *facts.mendable, *_choice_causes(facts), *_sum_causes(facts))


def verify_amount(value: int, what: str) -> int:
    """Return a checked sum; UnsoundError above the limit of 10^38 - 1."""
    if value > AMOUNT_LIMIT:
        raise UnsoundError(f"{what} is above the limit", expected=f"at most {AMOUNT_LIMIT}", got=str(value))
    return value


def _verify_quarantine(facts: EpochFacts) -> None:
    open_logs = [log for log in facts.suspects if log.decision != IGNORE]
    if open_logs:
        log = open_logs[0]
        raise QuarantineError(
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


def _choice_causes(facts: EpochFacts) -> list[str]:
    """Return what is unknown in the RulesetSet in force, or what its ruleset lacks; a configuration is no cause."""
    choice = facts.choice
    if choice is None:
        return []
    ruleset = ruleset_of(facts.family, choice.ruleset)
    found = [f"ruleset {choice.ruleset!r} is unknown"] if ruleset is None else list(ruleset.list_causes(facts))
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
