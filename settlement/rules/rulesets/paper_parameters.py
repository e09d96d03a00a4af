"""The parameters of the paper's rulesets: from an epoch's facts, or from a document (SPEC sections 4 and 9)."""

from dataclasses import dataclass

from indexer.words.errors import UnsoundError
from settlement.rules.facts.epoch_facts import RESIDUALS, EpochFacts
from settlement.rules.rulesets.document_form import Field

WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True)
class PaperParameters:
    """Pool and stakes in wei, weights in basis points, usage_unit in milli-gates.

    The two totals are of the whole network; not every ruleset of the family reads them.
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


def parameters_in_force(facts: EpochFacts, residual: str) -> PaperParameters:
    """Return the parameters of an epoch; UnsoundError where no weights are in force."""
    weights = facts.weights
    if weights is None:
        raise UnsoundError("no weights in force", expected="WeightsSet", got="none", where=f"epoch {facts.epoch}")
    return PaperParameters(
        pool=facts.emission,
        a=weights.a,
        b=weights.b,
        c=weights.c,
        d=weights.d,
        usage_unit=weights.usage_unit,
        total_app_staking=facts.total_app_staking,
        total_staking=facts.total_staking,
        residual=residual,
    )


def read_parameters(document: Field, *, with_totals: bool) -> PaperParameters:
    """Return the parameters that a document states; without the network's totals these are 0."""
    weights = document.get("weights")
    weights.only(("a", "b", "c", "d"))
    a, b, c, d = (weights.get(key).integer(WHOLE_BPS) for key in "abcd")
    residual = document.get("residual")
    if residual.value not in RESIDUALS:
        raise residual.error("unknown residual", " or ".join(RESIDUALS))
    return PaperParameters(
        pool=document.get("pool").integer(),
        a=a,
        b=b,
        c=c,
        d=d,
        usage_unit=document.get("usage_unit").integer(),
        total_app_staking=document.get("total_app_staking").integer() if with_totals else 0,
        total_staking=document.get("total_staking").integer() if with_totals else 0,
        residual=str(residual.value),
    )


def verify_parameters(parameters: PaperParameters) -> PaperParameters:
    """Return the parameters; UnsoundError unless a + b = c + d = 10000 and the residual is known."""
    for pair, weights in (("a + b", (parameters.a, parameters.b)), ("c + d", (parameters.c, parameters.d))):
        if min(weights) < 0 or sum(weights) != WHOLE_BPS:
            raise UnsoundError("weights do not sum to 10000", expected=f"{pair} = 10000", got=f"{weights}")
    if parameters.residual not in RESIDUALS:
        raise UnsoundError("unknown residual", expected=" or ".join(RESIDUALS), got=repr(parameters.residual))
    return parameters
