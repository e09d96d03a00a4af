"""A ruleset of the paper: the one formula with that ruleset's denominators of stake."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from indexer.words.errors import UnsoundError
from settlement.rules.columns.conversions import sum_amounts
from settlement.rules.facts.aggregates import Aggregates, Bonuses
from settlement.rules.rulesets.allocation import Allocation, PaperParameters, PozkParameters
from settlement.rules.rulesets.explanation import Explanation, order_rows
from settlement.rules.rulesets.paper_explanation import (
    StakeWords,
    explain_bonus_rows,
    explain_emission_row,
    normalization_of,
)
from settlement.rules.rulesets.paper_formula import (
    Epoch,
    StakeTotals,
    allocate_bonuses,
    allocate_emission,
    check_parameters,
)
from settlement.rules.rulesets.participation import Participants, arrange_participants


@dataclass(frozen=True, slots=True)
class PaperRule:
    """A named version: `totals` gives its denominators (UnsoundError where one is below its parts), `words` them."""

    name: str
    dialect: str
    totals: Callable[[PaperParameters, Participants], StakeTotals]
    words: StakeWords
    family: str = "paper"

    def allocate(
        self, parameters: PaperParameters | PozkParameters, aggregates: Aggregates, bonuses: Bonuses
    ) -> Allocation:
        """Return the amounts of one epoch; UnsoundError if the inputs contradict each other."""
        epoch = self._arrange(parameters, aggregates)
        emission, pool = allocate_emission(epoch), epoch.parameters.pool
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

    def explain(
        self,
        parameters: PaperParameters | PozkParameters,
        aggregates: Aggregates,
        bonuses: Bonuses,
        account: bytes,
    ) -> Explanation:
        """Return every amount of one account with its factors; allocates the epoch anew."""
        epoch = self._arrange(parameters, aggregates)
        emission = allocate_emission(epoch)
        rows = epoch.participants.rows_of(account)
        explained = [explain_emission_row(epoch, emission, self.words, row) for row in rows]
        explained += explain_bonus_rows(epoch, self.words, bonuses, allocate_bonuses(epoch, bonuses), account)
        return Explanation(account, order_rows(explained), normalization_of(epoch, emission))

    def _arrange(self, parameters: PaperParameters | PozkParameters, aggregates: Aggregates) -> Epoch:
        own, participants = check_parameters(parameters), arrange_participants(aggregates)
        return Epoch(own, participants, self.totals(own, participants))
