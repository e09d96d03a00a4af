"""One epoch settled: from facts to amounts, leaves, root and report. Pure, so that settling and verifying agree."""

from dataclasses import dataclass, replace

import numpy as np

from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import ZERO_HASH, Address, Hash32, to_hex
from settlement.rules.allocation.amounts import Allocation
from settlement.rules.allocation.bonus_pools import return_deposits
from settlement.rules.columns.conversions import no_amounts, sum_amounts
from settlement.rules.columns.ordering import distinct_rows, is_row
from settlement.rules.entitlements.ledger import SORTED, Credits, Leaves, merge_entitlements, no_leaves
from settlement.rules.entitlements.merkle import Tree
from settlement.rules.entitlements.tree_growth import grow_tree
from settlement.rules.epoch.causes import verify_amount, verify_settleable
from settlement.rules.epoch.deposits import Deposits, deposit_rows, list_deposits, list_pools
from settlement.rules.epoch.digests import StageDigest, StageRows, digest_events, digest_rows
from settlement.rules.epoch.report import (
    Network,
    Outcome,
    Totals,
    build_report,
    encode_canonical,
    hash_report,
    spare_row,
)
from settlement.rules.epoch.stages import (
    AmountRows,
    aggregate_rows,
    amount_rows,
    digest_aggregates,
    digest_amounts,
    digest_leaves,
    gather_amounts,
    leaf_rows,
)
from settlement.rules.facts.aggregates import Aggregates, arrange_aggregates, join_aggregates
from settlement.rules.facts.epoch_facts import EpochFacts, RulesetChoice, choose_ruleset
from settlement.rules.rulesets.registry import names_of, ruleset_of
from settlement.rules.rulesets.ruleset import Terms


@dataclass(frozen=True, slots=True)
class Previous:
    """What the epoch before left: its report hash (zero before the first), all entitlements, and their tree if kept.

    tree_file, leaves_sha256: where both lie as a file, and the digest that its report gives of them; an epoch settled
    in parts reads them there, each part its own.
    """

    report_hash: Hash32
    leaves: Leaves
    tree: Tree | None = None
    tree_file: str | None = None
    leaves_sha256: bytes | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A settled epoch: report bytes and hash, root, entitlements and their tree, the `facts` it came from.

    The stage of aggregates is the aggregates of `facts` and `pools`, the rows of its bonus pools. `is_voided`: it pays
    nothing of the emission, and `pool` is 0.
    """

    facts: EpochFacts
    document: bytes
    report_hash: Hash32
    root: Hash32
    is_voided: bool
    pool: int
    distributed: int
    remainder: int
    pools: Aggregates
    deposits: Deposits
    leaves: Leaves
    tree: Tree
    events_digest: StageDigest


@dataclass(frozen=True, slots=True)
class Settlement(Settled):
    """A settled epoch with the amounts that it pays."""

    amounts: AmountRows

    @property
    def stage_rows(self) -> dict[str, StageRows]:
        """Return the rows of all stages but that of the events, arranged anew each time."""
        return {
            "aggregates": aggregate_rows(self.facts.aggregates, self.pools),
            "deposits": deposit_rows(self.deposits),
            "amounts": amount_rows(self.amounts),
            "leaves": leaf_rows(self.leaves),
        }


def compute_settlement(
    network: Network, facts: EpochFacts, configured: RulesetChoice, previous: Previous, opening: Credits
) -> Settlement:
    """Return the settlement of an epoch; `opening` are the balances of the file that its facts name, mostly none.

    UnsoundError if the epoch must not be settled.
    """
    if previous.leaves_sha256 is not None:
        found = digest_leaves(previous.leaves)
        verify_prior(facts, previous, b"" if found is None else found.sha256)
    weights = verify_settleable(facts)
    facts = replace(facts, aggregates=arrange_aggregates(facts.aggregates))
    terms = None if weights is None else terms_in_force(facts, configured)
    allocation = return_all(facts) if terms is None else terms.allocate(facts.aggregates, facts.bonuses)
    pools, deposits = list_pools(facts.bonuses, allocation.bonuses), list_deposits(facts.bonuses, allocation.bonuses)
    amounts = gather_amounts(facts.aggregates, allocation, facts.corrections, opening, network.token)
    leaves = merge_entitlements(previous.leaves, Credits(amounts.token, amounts.account, amounts.amount))
    tree = grow_tree(previous.leaves, previous.tree, leaves)
    events = digest_events(facts.events.numbers, facts.events.hashes, facts.events.counts)
    outcome = Outcome(
        root=Hash32(tree.root),
        choice=None if weights is None else choose_ruleset(facts.choice, configured),
        weights=weights,
        allocation=allocation,
        spare=spare_row(facts.aggregates, allocation.spare),
        own_keys={} if terms is None else terms.report_keys(),
        totals=_totals(amounts, leaves),
        stages={
            "events": events,
            "aggregates": digest_aggregates(join_aggregates([facts.aggregates, pools])),
            "deposits": digest_rows(deposit_rows(deposits)),
            "amounts": digest_amounts(amounts),
            "leaves": _digest_owed(leaves),
        },
    )
    document = encode_canonical(build_report(network, facts, outcome, previous.report_hash))
    return Settlement(
        facts=facts,
        document=document,
        report_hash=hash_report(document),
        root=outcome.root,
        is_voided=weights is None,
        pool=allocation.pool,
        distributed=allocation.distributed,
        remainder=allocation.remainder,
        pools=pools,
        deposits=deposits,
        amounts=amounts,
        leaves=leaves,
        tree=tree,
        events_digest=events,
    )


def verify_prior(facts: EpochFacts, previous: Previous, got: bytes) -> None:
    """Raise UnsoundError unless what was read as owed before, by its digest, is what the report before says."""
    if previous.leaves_sha256 is not None and got != previous.leaves_sha256:
        raise UnsoundError(
            f"the entitlements before epoch {facts.epoch} are not those of the report before",
            expected=to_hex(previous.leaves_sha256),
            got=to_hex(got),
            where=previous.tree_file or "the tree before",
            remedy=f"run `pozk settle --epoch {facts.epoch - 1}` to write them again",
        )


def terms_in_force(facts: EpochFacts, configured: RulesetChoice) -> Terms:
    """Return the ruleset in force with its parameters; InputError if the configuration's is none of this network."""
    choice = choose_ruleset(facts.choice, configured)
    ruleset = ruleset_of(facts.family, choice.ruleset)
    if ruleset is None:
        raise InputError(
            f"ruleset {choice.ruleset!r} cannot settle this network",
            expected=" or ".join(names_of(facts.family)),
            got=choice.ruleset,
            where=f"settlement.ruleset, for epoch {facts.epoch}",
            remedy="its parameters are in no event here; `pozk allocate` evaluates it from a file",
        )
    return ruleset.terms_of(facts, choice.residual)


def return_all(facts: EpochFacts) -> Allocation:
    """Return the amounts of a voided epoch: every bonus deposit goes back whole."""
    return Allocation(
        amounts=no_amounts(),
        listed=np.zeros(0, dtype=np.bool_),
        bonuses=return_deposits(facts.bonuses),
        distributed=0,
        remainder=0,
        floors=0,
        spare=None,
    )


def _digest_owed(leaves: Leaves) -> StageDigest:
    """Return the digest of the leaves, which must ascend: a proof is sought in them so."""
    found = digest_leaves(leaves)
    if found is None:
        raise UnsoundError("the entitlements do not ascend", expected=SORTED)
    return found


def _totals(amounts: AmountRows, leaves: Leaves) -> Totals:
    """Return (token, amount, cumulative) of every token with an entitlement, ascending."""
    totals = []
    for token in distinct_rows(leaves.token):
        cumulative = sum_amounts(leaves.cumulative[is_row(leaves.token, token)])
        amount = sum_amounts(amounts.amount[is_row(amounts.token, token)])
        totals.append((Address(token), amount, verify_amount(cumulative, "the cumulative total of a token")))
    return totals


def nothing_before() -> Previous:
    """Return what comes before the first epoch: a zero hash and no entitlements."""
    return Previous(ZERO_HASH, no_leaves())
