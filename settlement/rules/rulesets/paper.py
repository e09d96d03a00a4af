"""A ruleset of the paper: the one formula with that ruleset's denominators of stake."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.words.errors import UnsoundError
from settlement.rules.allocation.amount_plan import AmountPlan
from settlement.rules.allocation.amounts import Allocation
from settlement.rules.allocation.bonus_pools import paid_pools, pool_deposits
from settlement.rules.allocation.explanation import Explanation, order_rows
from settlement.rules.allocation.participation import Participants, arrange_apps, arrange_participants
from settlement.rules.columns.conversions import sum_amounts
from settlement.rules.facts.aggregates import Aggregates, Bonuses
from settlement.rules.facts.epoch_facts import EpochFacts
from settlement.rules.rulesets.document_form import DocumentForm, Field
from settlement.rules.rulesets.paper_explanation import (
    StakeWords,
    explain_bonus_rows,
    explain_emission_row,
    normalization_of,
)
from settlement.rules.rulesets.paper_formula import (
    PaperEpoch,
    StakeTotals,
    allocate_bonuses,
    allocate_emission,
    bonus_groups,
    emission_groups,
)
from settlement.rules.rulesets.paper_parameters import (
    PaperParameters,
    parameters_in_force,
    read_parameters,
    verify_parameters,
)


@dataclass(frozen=True, slots=True)
class PaperRule:
    """A named version: `totals` gives its denominators (UnsoundError where one is below its parts), `words` them.

    `with_totals`: its documents state the network's totals of stake, and it reads them.
    """

    name: str
    meaning: str
    form: DocumentForm
    totals: Callable[[PaperParameters, Participants], StakeTotals]
    words: StakeWords
    with_totals: bool
    family: str = "paper"

    def list_causes(self, _facts: EpochFacts) -> Sequence[str]:
        """Return nothing: what the paper's rulesets need are the causes of every ruleset."""
        return ()

    def terms_of(self, facts: EpochFacts, residual: str) -> "PaperTerms":
        """Return its terms of an epoch; UnsoundError where no weights are in force."""
        return PaperTerms(self, parameters_in_force(facts, residual))

    def read_terms(self, document: Field) -> "PaperTerms":
        """Return its terms as a document states them; InputError names the field at fault."""
        return PaperTerms(self, read_parameters(document, with_totals=self.with_totals))


@dataclass(frozen=True, slots=True)
class PaperTerms:
    """A ruleset of the paper with its parameters of one epoch."""

    rule: PaperRule
    parameters: PaperParameters

    def allocate(self, aggregates: Aggregates, bonuses: Bonuses) -> Allocation:
        """Return the amounts of one epoch; UnsoundError if the inputs contradict each other."""
        epoch = self._arrange(aggregates)
        emission, pool = allocate_emission(epoch), self.parameters.pool
        distributed = sum_amounts(emission.amounts)
        if distributed > pool:
            raise UnsoundError("more than the pool", expected=f"at most {pool}", got=str(distributed))
        return Allocation(
            amounts=emission.amounts,
            listed=np.ones(len(emission.amounts), dtype=np.bool_),
            bonuses=allocate_bonuses(epoch, bonuses),
            distributed=distributed,
            remainder=pool - distributed,
            floors=sum_amounts(emission.floors),
            spare=emission.spare,
        )

    def explain(self, aggregates: Aggregates, bonuses: Bonuses, account: bytes) -> Explanation:
        """Return every amount of one account with its factors; allocates the epoch anew."""
        epoch, words = self._arrange(aggregates), self.rule.words
        emission = allocate_emission(epoch)
        rows = epoch.participants.rows_of(account)
        explained = [explain_emission_row(epoch, emission, words, row) for row in rows]
        explained += explain_bonus_rows(epoch, words, bonuses, allocate_bonuses(epoch, bonuses), account)
        return Explanation(account, order_rows(explained), normalization_of(epoch, emission))

    def plan(self, apps: Aggregates, bonuses: Bonuses) -> AmountPlan:
        """Return how the amounts are computed part by part, by the rows of the apps alone; errors as of `allocate`."""
        epoch = self._arranged(arrange_apps(apps))
        participants, parameters = epoch.participants, epoch.parameters
        paid = paid_pools(pool_deposits(bonuses), participants, participants.counted)
        return AmountPlan(
            apps=participants.apps,
            emission=emission_groups(epoch),
            paid=paid,
            bonuses=bonus_groups(epoch, paid),
            emitted=parameters.pool,
            is_normalized=parameters.residual == "normalize",
        )

    def report_keys(self) -> Mapping[str, str]:
        """Return nothing: the numbers of every report are those of the paper."""
        return {}

    def _arrange(self, aggregates: Aggregates) -> PaperEpoch:
        return self._arranged(arrange_participants(aggregates))

    def _arranged(self, participants: Participants) -> PaperEpoch:
        own = verify_parameters(self.parameters)
        return PaperEpoch(own, participants, self.rule.totals(own, participants))
