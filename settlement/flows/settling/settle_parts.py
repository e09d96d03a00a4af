"""Settles an epoch whose rows lie in parts: what these compute, in order, and what is known of all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Hash32
from settlement.ports.parts import EpochParts, PartOrders
from settlement.rules.allocation.amount_plan import AmountPlan, no_plan
from settlement.rules.allocation.bonus_pools import returned_rows
from settlement.rules.allocation.spare_search import DIGIT_BITS, DigitCounts, SpareShare, begin_search, share_ties
from settlement.rules.entitlements.ledger import Credits
from settlement.rules.entitlements.tree_layout import TreeColumns
from settlement.rules.epoch.causes import verify_settleable
from settlement.rules.epoch.deposits import Deposits, list_deposits, list_pools
from settlement.rules.epoch.part_stages import PARTS
from settlement.rules.epoch.parted_report import (
    allocation_of_sums,
    prior_digest,
    split_aggregates,
    split_further,
    stages_of_parts,
    totals_of_parts,
)
from settlement.rules.epoch.report import Network, Outcome, build_report, encode_canonical, hash_report
from settlement.rules.epoch.settlement import Previous, Settled, compute_settlement, terms_in_force, verify_prior
from settlement.rules.facts.aggregates import Aggregates, join_aggregates
from settlement.rules.facts.epoch_facts import EpochFacts, RulesetChoice, choose_ruleset
from settlement.rules.rulesets.ruleset import PartedTerms


@dataclass(frozen=True, slots=True)
class PartedSettlement(Settled):
    """A settled epoch whose rows stay in its parts. Leaves and tree are mapped out of `tree_file`, which is there for
    as long as the parts are held. leaves_sha256: the digest of the stage.
    """

    parts: EpochParts
    tree_file: str
    leaves_sha256: bytes


@dataclass(frozen=True, slots=True)
class _SharedEmission:
    """What the parts' floors come to, in wei, and who gets a spare wei: by part, empty where nobody does."""

    floors: int
    distributed: int
    shares: Sequence[SpareShare]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of an epoch beside its report."""

    pools: Aggregates
    deposits: Deposits
    columns: TreeColumns
    parts: EpochParts
    tree_file: str


def settle_parts(
    network: Network,
    facts: EpochFacts,
    configured: RulesetChoice,
    previous: Previous,
    opening: Credits,
    parts: EpochParts,
) -> Settled:
    """Return the settlement of an epoch, the same to the byte as `compute_settlement`; errors likewise.

    `facts` hold the rows of apps alone. Where the ruleset needs all rows at once, they are loaded here.
    """
    weights = verify_settleable(facts)
    terms = None if weights is None else terms_in_force(facts, configured)
    if terms is not None and not isinstance(terms, PartedTerms):
        whole = replace(facts, aggregates=join_aggregates([facts.aggregates, parts.load_rows(None)]))
        return compute_settlement(network, whole, configured, previous, opening)
    plan = no_plan() if terms is None else terms.plan(facts.aggregates, facts.bonuses)
    sums = parts.evaluate(plan)
    spent = [sum(of_parts) for of_parts in zip(*(part.spent for part in sums), strict=True)] or [0] * len(plan.paid)
    emission = _share_emission(plan, sum(part.floors for part in sums), parts)
    returned = returned_rows(facts.bonuses, plan.paid, spent)
    pools = list_pools(facts.bonuses, returned)
    orders = PartOrders(
        plan,
        network.token,
        split_aggregates(join_aggregates([facts.aggregates, pools])),
        split_further(returned, facts.corrections, opening),
        emission.shares,
        previous.tree_file,
    )
    settled = parts.settle(orders)
    verify_prior(facts, previous, prior_digest([part.told for part in settled]))
    columns, tree_file = parts.build_tree()
    deposits = list_deposits(facts.bonuses, returned)
    outcome = Outcome(
        root=Hash32(columns.tree.root),
        choice=None if weights is None else choose_ruleset(facts.choice, configured),
        weights=weights,
        allocation=allocation_of_sums(plan.emitted, emission.distributed, emission.floors, returned),
        spare=next((part.spare for part in reversed(settled) if part.spare is not None), None),
        own_keys={} if terms is None else terms.report_keys(),
        totals=totals_of_parts([part.told for part in settled]),
        stages=stages_of_parts(facts, deposits, [part.told for part in settled]),
    )
    document = encode_canonical(build_report(network, facts, outcome, previous.report_hash))
    return _settlement_of(facts, outcome, document, _Kept(pools, deposits, columns, parts, tree_file))


def _settlement_of(facts: EpochFacts, outcome: Outcome, document: bytes, kept: _Kept) -> PartedSettlement:
    return PartedSettlement(
        facts=facts,
        document=document,
        report_hash=hash_report(document),
        root=outcome.root,
        is_voided=outcome.weights is None,
        pool=outcome.allocation.pool,
        distributed=outcome.allocation.distributed,
        remainder=outcome.allocation.remainder,
        pools=kept.pools,
        deposits=kept.deposits,
        leaves=kept.columns.leaves,
        tree=kept.columns.tree,
        events_digest=outcome.stages["events"],
        parts=kept.parts,
        tree_file=kept.tree_file,
        leaves_sha256=outcome.stages["leaves"].sha256,
    )


def _share_emission(plan: AmountPlan, floors: int, parts: EpochParts) -> _SharedEmission:
    """Return what is distributed of the emission; UnsoundError where it is more than the pool."""
    distributed, shares = floors, list[SpareShare]()
    if plan.is_normalized and floors:
        spare, distributed = plan.emitted - parts.scale(plan.emitted, floors), plan.emitted
        shares = _find_spare(plan.emitted, spare, parts)
    if distributed > plan.emitted:
        raise UnsoundError("more than the pool", expected=f"at most {plan.emitted}", got=str(distributed))
    return _SharedEmission(floors, distributed, shares)


def _find_spare(pool: int, spare: int, parts: EpochParts) -> list[SpareShare]:
    """Return who gets so many spare wei, by part."""
    if not spare:
        return [SpareShare(pool, 0)] * PARTS
    search, counted = begin_search(pool, spare), list[DigitCounts]()
    while not search.is_done:
        counted = parts.count_digits(search)
        search = search.after(counted)
    last = search.prefix & ((1 << DIGIT_BITS) - 1)
    return share_ties(search, [int(counts[digits == last].sum()) for digits, counts in counted])
