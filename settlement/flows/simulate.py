"""An epoch projected: as it stands, and as it would be with overrides. Nothing is stored."""

from dataclasses import dataclass

from indexer.words.errors import InputError
from indexer.words.quantities import Epoch
from settlement.flows.settle import Settler
from settlement.ports.facts import EpochReading
from settlement.rules.epoch.causes import verify_settleable
from settlement.rules.epoch.settlement import terms_in_force
from settlement.rules.facts.epoch_facts import EpochFacts, choose_ruleset
from settlement.rules.questions.projection import (
    Change,
    Overrides,
    Summary,
    Supposed,
    apply_overrides,
    compare_accounts,
    paid_by_account,
    summarize,
    warn_of_normalize,
)
from settlement.rules.questions.self_dealing import DealerTerms, SelfDealing, evaluate_self_dealing, mean_stakes
from settlement.rules.rulesets.registry import names_of


@dataclass(frozen=True, slots=True)
class Projection:
    """An epoch before and after overrides: spreads, accounts that change (largest first), warnings."""

    facts: EpochFacts
    is_open: bool
    supposed: Supposed
    before: Summary
    after: Summary
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]


def project_epoch(settler: Settler, epoch: Epoch | None, overrides: Overrides) -> Projection:
    """Return the projection of the open epoch, or of a finished one; errors are those of settling it."""
    with _read(settler, epoch) as reading:
        facts, actual = reading.facts, _as_it_is(settler, reading.facts)
        supposed = apply_overrides(actual, overrides, reading.load_surroundings())
    first, second = actual.allocate(facts.bonuses), supposed.allocate(facts.bonuses)
    paid = paid_by_account(actual.aggregates, first), paid_by_account(supposed.aggregates, second)
    warning = warn_of_normalize(supposed, facts.bonuses)
    return Projection(
        facts=facts,
        is_open=epoch is None,
        supposed=supposed,
        before=summarize(actual, first),
        after=summarize(supposed, second),
        changes=tuple(compare_accounts(*paid)),
        warnings=() if warning is None else (warning.text(),),
    )


def project_self_dealing(
    settler: Settler, epoch: Epoch | None, terms: DealerTerms
) -> tuple[EpochFacts, tuple[int, int], list[SelfDealing]]:
    """Return the epoch, the stakes (miner, user) of the dealer, and what self-dealing earns in each app by ruleset."""
    with _read(settler, epoch) as reading:
        facts, actual = reading.facts, _as_it_is(settler, reading.facts)
        surroundings, fees = reading.load_surroundings(), reading.load_fees()
    costs = {app: terms.cost_of(fees.get(app)) for app in surroundings.apps}
    stakes = terms.stakes or mean_stakes(surroundings)
    found = [
        each
        for ruleset in names_of(facts.family)
        for each in evaluate_self_dealing(actual.under(ruleset), surroundings, costs, stakes)
    ]
    return facts, stakes, found


def _read(settler: Settler, epoch: Epoch | None) -> EpochReading:
    return settler.facts.load_open_facts() if epoch is None else settler.facts.load_facts(epoch)


def _as_it_is(settler: Settler, facts: EpochFacts) -> Supposed:
    if verify_settleable(facts) is None:
        raise InputError(f"epoch {facts.epoch} is voided", expected="one that pays", got="nothing to project")
    terms_in_force(facts, settler.configured)  # refuses a configured ruleset that cannot settle this network
    return Supposed(facts, choose_ruleset(facts.choice, settler.configured))
