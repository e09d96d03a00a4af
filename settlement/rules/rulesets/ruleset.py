"""What a ruleset is: a named, frozen version of the reward rule, all of it in one place (SPEC section 5)."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from settlement.rules.allocation.amount_plan import AmountPlan
from settlement.rules.allocation.amounts import Allocation
from settlement.rules.allocation.explanation import Explanation
from settlement.rules.facts.aggregates import Aggregates, Bonuses
from settlement.rules.facts.epoch_facts import EpochFacts
from settlement.rules.rulesets.document_form import DocumentForm, Field


class Terms(Protocol):
    """A ruleset together with its parameters of one epoch, whatever these are."""

    def allocate(self, aggregates: Aggregates, bonuses: Bonuses) -> Allocation:
        """Return the amounts of one epoch; UnsoundError if the inputs contradict each other."""

    def explain(self, aggregates: Aggregates, bonuses: Bonuses, account: bytes) -> Explanation:
        """Return every amount of one account with its factors; allocates the epoch anew."""

    def report_keys(self) -> Mapping[str, str]:
        """Return what the report's `parameters` hold of this ruleset beyond the numbers of every report."""


@runtime_checkable
class PartedTerms(Terms, Protocol):
    """Terms by which the amounts of any part of an epoch's rows need no rows of another part, only the apps' sums."""

    def plan(self, apps: Aggregates, bonuses: Bonuses) -> AmountPlan:
        """Return how they are computed: by the rows of kinds 0, 3, 4 and 6; UnsoundError as `allocate`."""


class Ruleset(Protocol):
    """A named version of the rules; a released one never changes. None of its modules is named outside its tuple."""

    @property
    def name(self) -> str:
        """The name on chain, ASCII, at most 32 bytes."""

    @property
    def family(self) -> str:
        """Which facts it takes: a network settles by the rulesets of one family."""

    @property
    def meaning(self) -> str:
        """What it means for a network, in words: said by the help and the template wherever one is chosen."""

    @property
    def form(self) -> DocumentForm:
        """How its documents of `pozk allocate` name their columns and parameters."""

    def list_causes(self, facts: EpochFacts) -> Sequence[str]:
        """Return why an epoch for which the chain names it cannot settle, beyond the causes of every ruleset."""

    def terms_of(self, facts: EpochFacts, residual: str) -> Terms:
        """Return its terms of an epoch; UnsoundError where these facts hold no such parameters."""

    def read_terms(self, document: Field) -> Terms:
        """Return its terms as a document of `pozk allocate` states them; InputError names the field at fault."""
